"""The webhook under load: signed texts from several clients at once, at the peak and at half of it."""

import http.client
import threading
import time
import urllib.parse
from collections import Counter
from typing import Any

from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from casework.storage.tables import Message
from commands.bench.house import ACCOUNT, NUMBER, TOKEN, House, percentiles
from commands.bench.mails import words

CLIENTS = 8


def measure(house: House, messages: int) -> dict[str, Any]:
    """Answers a second and their times in milliseconds; `lost` counts texts answered 200 that are not in the book."""
    peak = _run(house, messages, "peak", rate=None)
    half = _run(house, messages, "half", rate=peak["answers_per_second"] / 2)
    return {"peak": peak, "half_of_peak": half}


def _run(house: House, messages: int, name: str, *, rate: float | None) -> dict[str, Any]:
    posts = [_signed(house, f"{name}{number:06d}", words(number), number) for number in range(messages)]
    times: list[float] = []
    answered: Counter[int] = Counter()
    began = time.perf_counter()

    def client(mine: int) -> None:
        connection = http.client.HTTPConnection(house.bind, timeout=30)
        for number in range(mine, messages, CLIENTS):
            if rate:
                time.sleep(max(0.0, began + number / rate - time.perf_counter()))
            body, signature = posts[number]
            headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
            asked = time.perf_counter()
            connection.request("POST", "/webhooks/sms", body, headers)
            answer = connection.getresponse()
            answer.read()
            times.append((time.perf_counter() - asked) * 1000)
            answered[answer.status] += 1

    threads = [threading.Thread(target=client, args=(mine,)) for mine in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    with house.book.reading() as session:
        kept = session.scalar(select(func.count()).where(Message.external_id.startswith(f"SM{name}"))) or 0
    return {
        "answers_per_second": round(messages / seconds),
        "ms": percentiles(times),
        "status": {str(code): count for code, count in answered.items()},
        "lost": answered[200] - kept,
    }


def _signed(house: House, sid: str, text: str, number: int) -> tuple[str, str]:
    fields = {
        "MessageSid": f"SM{sid}",
        "AccountSid": ACCOUNT,
        "From": f"+4477009{number % 100_000:05d}",
        "To": NUMBER,
        "Body": text,
    }
    signature = RequestValidator(TOKEN).compute_signature(f"{house.url}/webhooks/sms", fields)
    return urllib.parse.urlencode(fields), signature
