"""Carries what the demo's providers have to tell us to our real doors, signed as they sign, over HTTP.

A thread of its own, so that no request waits for another request to the same server; what it could not
deliver waits on the shelf, also across a restart.
"""

import base64
import hashlib
import hmac
import http.client
import json
import logging
import sqlite3
import threading
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from channels.chat.settings import settings as chat
from channels.sms.settings import settings as sms
from console.demo.neighbourhood import RESIDENTS
from console.demo.post_office import Item, PostOffice, Push

log = logging.getLogger(__name__)

SECONDS = 30.0
IDLE = 5.0

PRESS = "press:"
"""What the name of an item begins with that is a pressed button; the number of the message above it follows."""

TELEGRAM_WEBHOOK, TELEGRAM_SECRET = "telegram:webhook", "telegram:secret"


class Postman:
    """`here` is HOST:PORT of our own server, `public` the address that a provider would call and sign."""

    def __init__(self, office: PostOffice, *, here: str, public: str) -> None:
        self._office = office
        self._here = here
        self._public = public.rstrip("/")
        self._awake = threading.Event()
        self._retired = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Have a look at the shelf now."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._walk, name="postman", daemon=True)
                self._thread.start()
        self._awake.set()

    def retire(self) -> None:
        """Walk no more; returns when the last round is over."""
        self._retired.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join(SECONDS)

    def round(self, now: datetime) -> float:
        """Push everything that is due; returns how many seconds until there is more to do."""
        for at, push in self._office.pushes():
            if at > now:
                return min((at - now).total_seconds(), IDLE)
            if self._deliver(push):
                self._office.pushed(push)
            else:
                self._office.put_off(push, now=now)
        return IDLE

    def _walk(self) -> None:
        while not self._retired.is_set():
            self._awake.clear()
            try:
                pause = self.round(datetime.now(UTC))
            except sqlite3.Error as error:
                log.warning("The demo's post office is busy (%s).", type(error).__name__)
                pause = IDLE
            if not self._retired.is_set():
                self._awake.wait(pause)

    def _deliver(self, push: Push) -> bool:
        if push.item.kind == "chat":
            return self._push_update(push.item)
        delivered = self._push_text(push.item) if push.says == "message" else self._push_status(push.item, push.says)
        if delivered and push.says != "message":
            self._office.set_status(push.item, push.says)
        return delivered

    def _push_text(self, item: Item) -> bool:
        fields = {
            "ToCountry": "GB", "FromCountry": "GB", "SmsMessageSid": item.name, "MessageSid": item.name,
            "SmsSid": item.name, "AccountSid": sms().twilio_account_sid or "", "SmsStatus": "received", "NumMedia": "0",
            "NumSegments": "1", "ApiVersion": "2010-04-01", "From": item.address, "To": sms().twilio_from or "",
            "Body": item.body,
        }  # fmt: skip
        taken = self._post_signed(f"{self._public}/webhooks/sms", fields)
        if taken:
            self._office.set_status(item, "taken")
        return taken

    def _push_status(self, item: Item, status: str) -> bool:
        fields = {
            "ApiVersion": "2010-04-01", "AccountSid": sms().twilio_account_sid or "", "MessageSid": item.name,
            "SmsSid": item.name, "MessageStatus": status, "SmsStatus": status, "From": sms().twilio_from or "",
            "To": item.address,
        }  # fmt: skip
        return self._post_signed(item.callback, fields) if item.callback else True

    def _post_signed(self, url: str, fields: dict[str, str]) -> bool:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": _twilio_signature(url, fields),
            "User-Agent": "TwilioProxy/1.1 (demo)",
        }
        return self._post(url, urlencode(fields).encode(), headers)

    def _push_update(self, item: Item) -> bool:
        webhook = self._office.recall(TELEGRAM_WEBHOOK)
        if not webhook:
            return False  # whoever asks for updates, or sets the webhook, gets it then
        headers = {
            "Content-Type": "application/json",
            "X-Telegram-Bot-Api-Secret-Token": self._office.recall(TELEGRAM_SECRET),
        }
        taken = self._post(webhook, json.dumps(update_of(item)).encode(), headers)
        if taken:
            self._office.set_status(item, "taken")
        return taken

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> bool:
        """Post to our own server whatever its public name is; True when it has taken it."""
        line = http.client.HTTPConnection(self._here, timeout=SECONDS)
        try:
            line.request("POST", urlsplit(url)._replace(scheme="", netloc="").geturl(), body, headers)
            status = line.getresponse().status
        except OSError as error:
            log.info("The demo's provider could not reach us (%s); it tries again.", type(error).__name__)
            return False
        finally:
            line.close()
        if 400 <= status < 500:
            log.error("The demo's provider was refused with %d and gives up.", status)
        return status < 500


def update_of(item: Item) -> dict[str, object]:
    """A resident's chat message, or a button that they pressed, as a Telegram update."""
    first, _, last = next((r.name for r in RESIDENTS if str(r.telegram) == item.address), "Somebody").partition(" ")
    who = {"id": int(item.address), "first_name": first, "last_name": last}
    if item.name.startswith(PRESS):
        return {
            "update_id": item.id,
            "callback_query": {
                "id": f"demo-{item.id}",
                "from": who | {"is_bot": False, "language_code": "en"},
                "message": {
                    "message_id": int(item.name.removeprefix(PRESS)),
                    "chat": who | {"type": "private"},
                    "date": int(item.at.timestamp()),
                    "reply_markup": {"inline_keyboard": [[{"text": item.body, "callback_data": item.callback}]]},
                },
                "chat_instance": "demo",
                "data": item.callback,
            },
        }
    return {
        "update_id": item.id,
        "message": {
            "message_id": item.id,
            "from": who | {"is_bot": False, "language_code": "en"},
            "chat": who | {"type": "private"},
            "date": int(item.at.timestamp()),
            "text": item.body,
        },
    }


def bot_id() -> int:
    """The id of the demo's bot."""
    return int(chat().bot_id or 0)


def _twilio_signature(url: str, fields: dict[str, str]) -> str:
    token = sms().twilio_auth_token
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    secret = token.get_secret_value().encode() if token else b""
    return base64.b64encode(hmac.new(secret, signed.encode(), hashlib.sha1).digest()).decode()
