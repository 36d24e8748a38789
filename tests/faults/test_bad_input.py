"""What no door was made for: unsigned, oversized, empty, wrongly encoded, repeated without end, binary.

Whoever sends it gets a clear answer; what could be a resident's is kept, at the worst in quarantine (law 9); what
nobody signed is kept nowhere; and no answer and no log holds a traceback or a word of what was sent (law 12).
"""

import http.client
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from support.bad_input import CANARY, FORM, MEGABYTE, NOISE, Bad, all_at, ask, see_that_all_is_quiet
from support.fault import House
from support.fault_channels import EWA, NGOZI, OURS, Chats, Forms, Texts

from casework.storage import staff
from casework.storage.tables import Message
from channels.sms.form import form as read_form

pytestmark = [pytest.mark.needs("redis")]


def text_with(texts: Texts, **fields: str) -> dict[str, str]:
    return texts.twilio.text_fields(NGOZI.phone, CANARY, OURS) | fields


def test_bad_texts(texts: Texts, house: House) -> None:
    house.start("web")
    house.start("worker")
    house.wait_until_open()

    def door(bad: Bad) -> tuple[int, str]:
        try:
            fields = read_form(bad.body)[0]
        except Exception:
            fields = {}
        signature = texts.twilio.signature(f"{house.url}/webhooks/sms", fields) if bad.signed else ""
        return ask(house, "/webhooks/sms", bad.body, FORM | {"X-Twilio-Signature": signature})[:2]

    whole = urlencode(text_with(texts)).encode()
    nameless = {"MessageSid": "", "SmsSid": "", "SmsMessageSid": ""}
    pounds = text_with(texts, Body=f"{CANARY} £20")
    cases = [
        Bad("unsigned", whole, 403, signed=False),
        Bad("nothing at all, unsigned", b"", 403, signed=False),
        Bad("nothing at all, signed", b"", 200, "quarantined"),
        Bad("oversized", urlencode(text_with(texts, Body=CANARY + "x" * 2 * MEGABYTE)).encode(), 413),
        Bad("without its id", urlencode(text_with(texts, **nameless)).encode(), 200, "quarantined"),
        Bad("without words", urlencode(text_with(texts, Body="")).encode(), 200, "kept"),
        Bad("in Windows-1252", urlencode(pounds, encoding="cp1252").encode("ascii"), 200, "kept"),
        Bad("in raw Latin-1", urlencode(text_with(texts)).encode() + b"&Extra=caf\xe9", 200, "kept"),
        Bad("NUL and half a pair", urlencode(text_with(texts, Body="\x00")).encode() + b"%ED%A0%80", 200, "kept"),
        Bad("from nobody's number", urlencode(text_with(texts, From="LARCHMERE")).encode(), 200, "kept"),
        Bad("10,000 words", urlencode(text_with(texts, Body=f"{CANARY} " * 10_000)).encode(), 200, "kept"),
        Bad("10,000 fields", whole + b"&a=b" * 10_000, 403),
        Bad("binary", NOISE, 403, signed=False),
        Bad("binary, signed", NOISE, 200, "quarantined"),
    ]  # fmt: skip
    all_at(door, cases, house)
    assert ask(house, "/webhooks/sms", b"", {}, "GET")[0] == 405
    status = text_with(texts, MessageStatus="no such status")
    body, headers = texts.signed("/webhooks/sms/status", status)
    assert ask(house, "/webhooks/sms/status", body, headers)[0] == 200
    see_that_all_is_quiet(house)


@pytest.mark.parametrize("book_url", ["sqlite"], indirect=True)
def test_ten_thousand_times_the_same_text_is_one_message(texts: Texts, house: House) -> None:
    house.start("web")
    house.wait_until_open()
    body, headers = texts.signed("/webhooks/sms", text_with(texts))

    def push(times: int) -> Counter[int]:
        answers: Counter[int] = Counter()
        line = http.client.HTTPConnection("127.0.0.1", house.port, timeout=20)
        for _ in range(times):
            line.request("POST", "/webhooks/sms", body, headers)
            said = line.getresponse()
            said.read()
            answers[said.status] += 1
        line.close()
        return answers

    with ThreadPoolExecutor(5) as five:
        answers = sum(five.map(push, [2_000] * 5), Counter[int]())
    with house.book.reading() as session:
        copies = session.scalars(select(Message.copies)).all()
    assert answers.total() == 10_000
    assert set(answers) <= {200, 503}
    assert copies == [answers[200] - 1]
    house.start("worker")


def test_bad_updates_of_a_bot(chats: Chats, house: House) -> None:
    house.start("worker")
    house.start("web")
    house.wait_until_open()
    chats.send(EWA, f"{CANARY}, the lift is broken again.")
    secret = chats.telegram.webhook["secret_token"]

    def door(bad: Bad) -> tuple[int, str]:
        headers = {"Content-Type": "application/json"}
        headers |= {"X-Telegram-Bot-Api-Secret-Token": secret if bad.signed else "another"}
        return ask(house, "/webhooks/telegram", bad.body, headers)[:2]

    words = CANARY.encode()
    cases = [
        Bad("with another secret", b'{"update_id": 1}', 403, signed=False),
        Bad("nothing", b"", 200, "quarantined"),
        Bad("no JSON", words, 200, "quarantined"),
        Bad("a list", b"[1, 2]", 200, "quarantined"),
        Bad("nested without end", b"[" * 100_000, 200, "quarantined"),
        Bad("nested without end, in an object", b'{"message": ' + b'{"a": ' * 100_000, 200, "quarantined"),
        Bad("a number of 10,000 digits", b'{"update_id": ' + b"1" * 10_000 + b"}", 200, "quarantined"),
        Bad("no number at all", b'{"update_id": NaN, "message": {}}', 200, "quarantined"),
        Bad("a message in the wrong shape", b'{"update_id": 9, "message": "' + words + b'"}', 200, "quarantined"),
        Bad("in Windows-1252", b'{"update_id": 9, "message": {"text": "\xa320 ' + words + b'"}}', 200, "quarantined"),
        Bad("binary", NOISE, 200, "quarantined"),
        Bad("oversized", b'{"update_id": 1, "a": "' + b"x" * 2 * MEGABYTE + b'"}', 413),
        Bad("of a kind that carries no message", b'{"update_id": 10, "poll": {}}', 200),
    ]
    all_at(door, cases, house)
    see_that_all_is_quiet(house)


@pytest.mark.needs("dovecot")
def test_bad_forms(forms: Forms, house: House) -> None:
    house.start("web")
    house.start("worker")
    house.wait_until_open()
    found = re.search(r'name="form" value="([^"]+)"', house.get("/"))
    assert found is not None
    form = found[1]

    def fields(**written: str) -> bytes:
        return urlencode({"form": form, "name": "Ngozi", "message": CANARY} | written).encode()

    def door(bad: Bad) -> tuple[int, str]:
        kind = "multipart/form-data; boundary=X" if bad.body.startswith(b"--X") else FORM["Content-Type"]
        return ask(house, "/", bad.body, {"Content-Type": kind})[:2]

    part = b'--X\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    page = part % (b"form", b"", form.encode()) + part % (b"message", b"", CANARY.encode())
    cases = [
        Bad("nothing", b"", 400),
        Bad("without words", fields(message="  "), 400),
        Bad("not signed by us", fields(form="forged.signature"), 400),
        Bad("words without end", fields(message="x" * 200_000), 400),
        Bad("larger than any page", b"message=" + b"x" * 121 * MEGABYTE, 413),
        Bad("10,000 fields", fields() + b"&a=b" * 10_000, 303, "kept"),
        Bad("an e-mail address that is none", fields(email=f"{CANARY} at example"), 400),
        Bad("in Latin-1", fields() + b"&address=caf%E9", 303, "kept"),
        Bad("in Latin-1 and not even quoted", fields() + b"&address=caf\xe9", 400),
        Bad("NUL and half a pair", fields(message=f"{CANARY}\x00") + b"%ED%A0%80", 303, "kept"),
        Bad("binary", NOISE, 400),
        Bad("a form cut off in the middle", page[:-20], 400),
        Bad("a file that runs", page + part % (b"files", b'; filename="a.exe"', NOISE) + b"--X--\r\n", 400),
        Bad("an empty file", page + part % (b"files", b'; filename="a.jpg"', b"") + b"--X--\r\n", 400),
        Bad("a binary file", page + part % (b"files", b'; filename="a.jpg"', NOISE) + b"--X--\r\n", 303, "kept"),
        Bad("11 files", page + part % (b"files", b'; filename="a.jpg"', b"x") * 11 + b"--X--\r\n", 400),
    ]
    all_at(door, cases, house)


def test_bad_entries_of_staff(house: House) -> None:
    with house.book.transaction() as session:
        staff.add(session, email="priya@larchmere.example", name="Priya Shah", role="officer",
                  password="correct horse battery", now=datetime.now(UTC))  # fmt: skip
    house.start("web")
    house.start("worker")
    house.wait_until_open()
    path = "/staff/take-down"
    assert ask(house, path, b"message=x", FORM)[0] in (302, 303, 400, 403)
    cookie = sign_in(house)
    _, page, renewed = ask(house, path, b"", {"Cookie": cookie}, "GET")
    cookie = renewed.partition(";")[0] or cookie
    token, entry = hidden(page, "csrf_token"), hidden(page, "entry")
    when = {"day": "2", "month": "11", "year": "2026", "time": "16:40"}

    def fields(**written: str) -> bytes:
        told = {"csrf_token": token, "entry": entry, "how": "phone", "taken_by": "Priya", "message": CANARY}
        return urlencode(told | when | written).encode()

    def door(bad: Bad) -> tuple[int, str]:
        return ask(house, path, bad.body, FORM | ({"Cookie": cookie} if bad.signed else {}))[:2]

    cases = [
        Bad("without the token of the page", fields(csrf_token=""), 400),
        Bad("nothing", b"", 400),
        Bad("nothing but the token", urlencode({"csrf_token": token}).encode(), 400),
        Bad("not signed by us", fields(entry="forged"), 400),
        Bad("the signature in another alphabet", fields(entry="é"), 400),
        Bad("no day that there is", fields(day="31", month="2"), 400),
        Bad("a day in digits of another alphabet", fields(day="²"), 400),
        Bad("a year without end", fields(year="9" * 5_000), 400),
        Bad("tomorrow", fields(year="2999"), 400),
        Bad("words without end", fields(message="x" * 200_000), 400),
        Bad("binary", NOISE, 400),
        Bad("NUL", fields(message=f"{CANARY}\x00"), 302, "kept"),
        Bad("other words in the same form, and 10,000 fields", fields() + b"&a=b" * 10_000, 409),
    ]
    all_at(door, cases, house)
    assert ask(house, path, fields(), FORM)[0] in (302, 303, 400, 403)
    see_that_all_is_quiet(house)


def sign_in(house: House) -> str:
    """The cookie of somebody signed in."""
    path = "/staff/sign-in"
    _, page, cookie = ask(house, path, b"", {}, "GET")
    written = {
        "csrf_token": hidden(page, "csrf_token"),
        "email": "priya@larchmere.example",
        "password": "correct horse battery",
    }
    headers = FORM | {"Cookie": cookie.partition(";")[0]}
    status, words, signed = ask(house, path, urlencode(written).encode(), headers)
    assert status in (302, 303), words[:500]
    return signed.partition(";")[0]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
    assert found is not None, page[:2000]
    return found[1]
