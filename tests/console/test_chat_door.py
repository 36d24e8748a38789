"""Telegram's door in bad weather: doubled, replayed, out of order, too large, garbled; no yes before the commit."""

import json
import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from casework.storage.tables import Message
from channels.chat.settings import settings as chat_settings
from console.webhooks import MOST_BYTES

EWA = {"id": 5550001, "is_bot": False, "first_name": "Ewa", "language_code": "pl"}
CHAT = {"id": 5550001, "type": "private", "first_name": "Ewa"}


def said(number: int, words: str = "The lift is broken", **more: Any) -> dict[str, Any]:
    message = {"message_id": number, "from": EWA, "chat": CHAT, "date": 1795338000, "text": words}
    return {"update_id": 8000000 + number, "message": message | more}


def edited(number: int, words: str, at: int = 1795338060) -> dict[str, Any]:
    first = said(number, words, edit_date=at)
    return {"update_id": first["update_id"] + 50, "edited_message": first["message"]}


def press(name: str, data: str = "cases") -> dict[str, Any]:
    under = {"message_id": 102, "chat": CHAT, "date": 0}
    return {"update_id": 8000900, "callback_query": {"id": name, "from": EWA, "message": under, "data": data}}


def push(client: FlaskClient, update: dict[str, Any] | bytes, secret: str | None = None) -> TestResponse:
    secret = secret if secret is not None else chat_settings().webhook_secret or ""
    return client.post(
        "/webhooks/telegram",
        data=update if isinstance(update, bytes) else json.dumps(update).encode(),
        content_type="application/json",
        headers={"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {},
    )


def kept(console: Any) -> list[tuple[str, str, int]]:
    with console.book.reading() as session:
        rows = session.execute(select(Message.external_id, Message.state, Message.copies).order_by(Message.id))
        return [(row.external_id, row.state, row.copies) for row in rows]


def test_pain_19_what_telegram_gives_again_and_again_is_stored_once_and_answered_the_same(console: Any) -> None:
    answers = [push(console.client(), press("p1")) for _ in range(3)]
    assert {(answer.status_code, answer.data) for answer in answers} == {(200, answers[0].data)}
    assert json.loads(answers[0].data) == {"method": "answerCallbackQuery", "callback_query_id": "p1"}
    assert kept(console) == [("5550001:press:p1", "accepted", 2)]


def test_pain_19_the_same_update_five_times_at_once_is_stored_once(console: Any) -> None:
    statuses: list[int] = []

    def once() -> None:
        statuses.append(push(console.client(), said(101)).status_code)

    threads = [threading.Thread(target=once) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 5
    assert [name for name, _, _ in kept(console)] == ["5550001:101"]


def test_updates_out_of_order_are_all_kept_under_their_own_names(console: Any) -> None:
    for update in (edited(101, "twice", at=1795338090), edited(101, "once"), said(102), said(101)):
        assert push(console.client(), update).status_code == 200
    assert [name for name, _, _ in kept(console)] == [
        "5550001:101:1795338090", "5550001:101:1795338060", "5550001:102", "5550001:101",
    ]  # fmt: skip


@pytest.mark.parametrize("secret", ["", "guess", "x" * 256])
def test_pain_20_a_press_without_our_secret_is_refused_unheard_and_unanswered(console: Any, secret: str) -> None:
    answer = push(console.client(), press("p1"), secret)
    assert answer.status_code == 403
    assert b"answerCallbackQuery" not in answer.data
    assert kept(console) == []


def test_a_press_that_cannot_be_kept_is_not_answered(console: Any) -> None:
    @event.listens_for(console.book.engine, "connect")
    def hurry(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    console.book.engine.dispose()
    locker = console.book.engine.raw_connection()
    locker.cursor().execute("BEGIN IMMEDIATE")
    answer = push(console.client(), press("p1"))
    locker.rollback()
    locker.close()
    assert answer.status_code == 503
    assert b"answerCallbackQuery" not in answer.data
    assert push(console.client(), press("p1")).status_code == 200


def test_an_update_too_large_is_told_so(console: Any) -> None:
    assert push(console.client(), said(101, "x" * (MOST_BYTES + 1))).status_code == 413
    assert kept(console) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[" * 5_000,
        b'{"callback_query": {"id": "1"}}',
        b'{"callback_query": {"id": 1, "data": "cases", "from": {}, "message": {}}}',
        b'{"callback_query": {"id": "1", "data": "' + b"x" * 65 + b'", "from": {}, "message": {"chat": {"id": 1}}}}',
        b'{"my_chat_member": {"chat": {"id": "seven"}}}',
        b'{"message": {"chat": {"id": 1e400}}}',
    ],
)
def test_garbage_with_our_secret_is_taken_and_waits_for_a_person(console: Any, body: bytes) -> None:
    assert push(console.client(), body).status_code == 200
    assert [state for _, state, _ in kept(console)] == ["quarantined"]


def test_an_update_that_tells_nothing_of_a_resident_is_taken_and_not_kept(console: Any) -> None:
    assert push(console.client(), {"update_id": 1, "message_reaction": {"chat": CHAT}}).status_code == 200
    assert kept(console) == []
