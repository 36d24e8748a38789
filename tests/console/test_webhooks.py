"""The doors that providers push: verified, committed, and only then answered."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from casework.settings import settings
from casework.storage.errand_table import Errand
from casework.storage.sessions import Book
from casework.storage.tables import Message, StoredReceipt
from channels import registry
from channels.chat.settings import settings as chat_settings
from console import webhooks
from console.turnstile import Full, Turnstile

AUTH_TOKEN = "an-auth-token-for-tests-only-0001"
TEXT = {
    "MessageSid": "SM" + "0" * 31 + "1",
    "From": "+447700900123",
    "To": "+441632960100",
    "Body": "The boiler is broken for the third time.",
    "NumMedia": "0",
}


def signature(url: str, fields: dict[str, str]) -> str:
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(AUTH_TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def text(client: FlaskClient, path: str = "/webhooks/sms", **changed: str) -> TestResponse:
    fields = TEXT | changed
    headers = {"X-Twilio-Signature": signature(f"http://localhost{path}", fields)}
    return client.post(path, data=urlencode(fields), content_type="application/x-www-form-urlencoded", headers=headers)


def update(client: FlaskClient, body: bytes, secret: str | None = None) -> TestResponse:
    secret = secret if secret is not None else chat_settings().webhook_secret or ""
    return client.post(
        "/webhooks/telegram",
        data=body,
        content_type="application/json",
        headers={"X-Telegram-Bot-Api-Secret-Token": secret},
    )


def messages(book: Book) -> Sequence[Message]:
    with book.reading() as session:
        found = session.scalars(select(Message).order_by(Message.id)).all()
        session.expunge_all()
        return found


def test_every_hook_of_every_channel_is_mounted(console: Any) -> None:
    mounted = {str(rule) for rule in console.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    hooks = {hook.path for channel in registry.every() for hook in channel.hooks}
    assert hooks
    assert hooks <= mounted


def test_a_signed_text_is_kept_and_answered_with_empty_twiml(console: Any) -> None:
    answer = text(console.client())
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.data.endswith(b"<Response/>")
    (kept,) = messages(console.book)
    assert (kept.channel, kept.sender, kept.new_text, kept.state) == ("sms", TEXT["From"], TEXT["Body"], "accepted")


def test_the_same_text_twice_is_stored_once_and_gets_the_same_answer(console: Any) -> None:
    answers = [text(console.client()).data for _ in range(3)]
    assert len(set(answers)) == 1
    (kept,) = messages(console.book)
    assert kept.copies == 2


def test_the_same_text_five_times_at_once_is_stored_once(console: Any) -> None:
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(text(console.client()).status_code)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 5
    assert len(messages(console.book)) == 1


def test_a_text_that_nobody_signed_is_refused_and_not_kept(console: Any) -> None:
    answer = console.client().post("/webhooks/sms", data=TEXT)
    assert answer.status_code == 403
    assert messages(console.book) == []


@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe" * 50, b"Body=hello"], ids=["empty", "binary", "no ids"])
def test_a_signed_text_that_cannot_be_read_is_answered_and_stands_in_quarantine(console: Any, body: bytes) -> None:
    from channels.sms.form import form

    fields, _ = form(body)
    headers = {"X-Twilio-Signature": signature("http://localhost/webhooks/sms", fields)}
    answer = console.client().post(
        "/webhooks/sms", data=body, content_type="application/x-www-form-urlencoded", headers=headers
    )
    assert answer.status_code == 200
    (kept,) = messages(console.book)
    assert (kept.state, kept.kind) == ("quarantined", "unreadable")


def test_an_update_that_is_no_json_is_kept_only_with_the_secret(console: Any) -> None:
    assert update(console.client(), b"not json", secret="wrong").status_code == 403
    assert messages(console.book) == []
    assert update(console.client(), b"not json").status_code == 200
    (kept,) = messages(console.book)
    assert kept.state == "quarantined"


def test_a_request_too_large_is_told_so_and_not_read(console: Any) -> None:
    answer = text(console.client(), Body="x" * (webhooks.MOST_BYTES + 1))
    assert answer.status_code == 413
    assert "larger than anything" in answer.text
    assert messages(console.book) == []


def test_a_status_is_kept_as_a_receipt(console: Any) -> None:
    key = "a1b2c3d4" * 4
    fields = {"MessageSid": "SM" + "9" * 32, "MessageStatus": "delivered", "To": "+447700900123"}
    path = f"/webhooks/sms/status?n={key}"
    answer = console.client().post(
        path, data=fields, headers={"X-Twilio-Signature": signature(f"http://localhost{path}", fields)}
    )
    assert answer.status_code == 200
    with console.book.reading() as session:
        receipt = session.scalars(select(StoredReceipt)).one()
        assert (receipt.key, receipt.status) == (key, "delivered")


def test_a_status_in_the_wrong_shape_is_refused_kindly(console: Any) -> None:
    fields = {"MessageSid": "SM" + "9" * 32, "MessageStatus": "dancing"}
    answer = console.client().post(
        "/webhooks/sms/status",
        data=fields,
        headers={"X-Twilio-Signature": signature("http://localhost/webhooks/sms/status", fields)},
    )
    assert answer.status_code == 200
    assert messages(console.book)[0].reason == "Twilio named a status that we do not know."


def test_a_get_is_told_that_this_is_not_a_page(client: FlaskClient) -> None:
    answer = client.get("/webhooks/sms")
    assert (answer.status_code, answer.mimetype) == (405, "text/plain")
    assert "POST" in answer.headers["Allow"]


def test_a_locked_book_means_come_back_later_and_never_yes(console: Any) -> None:
    @event.listens_for(console.book.engine, "connect")
    def hurry(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    console.book.engine.dispose()
    locker = console.book.engine.raw_connection()
    locker.cursor().execute("BEGIN IMMEDIATE")
    answer = text(console.client())
    locker.rollback()
    locker.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert messages(console.book) == []
    assert text(console.client()).status_code == 200


def test_a_book_that_is_gone_means_come_back_later(console: Any, free_port: int) -> None:
    gone = Book(f"postgresql+psycopg://earshot@127.0.0.1:{free_port}/earshot?connect_timeout=2")
    console.app.extensions["desk"] = replace(console.desk, book=gone)
    answer = text(console.client())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_when_all_places_are_taken_the_next_is_asked_to_come_back(
    environment: None, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.app import create_app

    monkeypatch.setenv("EARSHOT_DATABASE_URL", sqlite_url)
    settings.cache_clear()
    monkeypatch.setattr(webhooks, "PLACES", 1)
    monkeypatch.setattr(webhooks, "PATIENCE", 0.01)
    app = create_app()
    book = app.extensions["desk"].book
    locker = book.engine.raw_connection()
    locker.cursor().execute("BEGIN IMMEDIATE")
    first: list[int] = []
    waiting = threading.Thread(target=lambda: first.append(text(app.test_client()).status_code))
    waiting.start()
    answer = text(app.test_client(), MessageSid="SM" + "0" * 31 + "2")
    while answer.status_code == 503 and "full" not in answer.text:
        answer = text(app.test_client(), MessageSid="SM" + "0" * 31 + "2")
    locker.rollback()
    locker.close()
    waiting.join()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert first == [200]
    assert len(messages(book)) == 1


def test_what_the_book_refuses_although_it_was_read_stands_in_quarantine(
    console: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr(webhooks.accept, "store", refuse)
    assert text(console.client()).status_code == 200
    (kept,) = messages(console.book)
    assert (kept.state, kept.reason) == ("quarantined", "It was read, but could not be stored: ValueError.")


def test_pain_20_an_unsigned_text_of_our_account_is_refused_and_its_number_alone_is_kept(
    console: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from channels.sms.settings import settings as sms_settings

    monkeypatch.setattr(webhooks, "ANNOUNCED", webhooks.Ration(3))
    account = sms_settings().twilio_account_sid or ""
    for number in range(5):
        fields = TEXT | {"AccountSid": account, "MessageSid": f"SM{number:032x}"}
        assert console.client().post("/webhooks/sms", data=fields).status_code == 403
    assert messages(console.book) == []
    with console.book.reading() as session:
        kept = session.scalars(select(Errand).order_by(Errand.id)).all()
        assert [(errand.what, errand.name) for errand in kept] == [("message", f"SM{n:032x}") for n in range(3)]
        assert all(TEXT["Body"] not in repr(vars(errand)) for errand in kept)


def test_an_unsigned_text_is_refused_also_while_the_book_is_away(console: Any, free_port: int) -> None:
    from channels.sms.settings import settings as sms_settings

    gone = Book(f"postgresql+psycopg://earshot@127.0.0.1:{free_port}/earshot?connect_timeout=2")
    console.app.extensions["desk"] = replace(console.desk, book=gone)
    fields = TEXT | {"AccountSid": sms_settings().twilio_account_sid or ""}
    assert console.client().post("/webhooks/sms", data=fields).status_code == 403


class TestTurnstile:
    def test_those_who_wait_together_are_committed_together(self) -> None:
        first_is_in, go_on = threading.Event(), threading.Event()
        batches: list[list[int]] = []

        def commit(batch: Sequence[int]) -> None:
            first_is_in.set()
            go_on.wait(5)
            batches.append(sorted(batch))

        turnstile: Turnstile[int] = Turnstile(commit, places=9, patience=0, hopeless=())
        threads = [threading.Thread(target=turnstile.keep, args=(number,)) for number in range(9)]
        threads[0].start()
        first_is_in.wait(5)
        for thread in threads[1:]:
            thread.start()
        while len(turnstile._line) < 8:
            pass
        go_on.set()
        for thread in threads:
            thread.join()
        assert batches == [[0], [1, 2, 3, 4, 5, 6, 7, 8]]

    def test_one_bad_item_spoils_only_itself(self) -> None:
        kept: list[int] = []
        outcome: dict[int, str] = {}
        ready, go_on = threading.Event(), threading.Event()

        def commit(batch: Sequence[int]) -> None:
            ready.set()
            go_on.wait(5)
            if 13 in batch:
                raise ValueError
            kept.extend(batch)

        turnstile: Turnstile[int] = Turnstile(commit, places=9, patience=0, hopeless=())

        def pass_through(number: int) -> None:
            try:
                turnstile.keep(number)
                outcome[number] = "kept"
            except ValueError:
                outcome[number] = "refused"

        threads = [threading.Thread(target=pass_through, args=(number,)) for number in (1, 2, 13, 3)]
        threads[0].start()
        ready.wait(5)
        for thread in threads[1:]:
            thread.start()
        while len(turnstile._line) < 3:
            pass
        go_on.set()
        for thread in threads:
            thread.join()
        assert outcome == {1: "kept", 2: "kept", 3: "kept", 13: "refused"}
        assert sorted(kept) == [1, 2, 3]

    def test_without_a_place_nothing_is_kept(self) -> None:
        turnstile: Turnstile[int] = Turnstile(lambda batch: None, places=1, patience=0, hopeless=())
        turnstile._places.acquire()
        with pytest.raises(Full):
            turnstile.keep(1)
