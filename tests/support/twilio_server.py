"""A small Twilio on the loopback: takes texts as its documents describe, and pushes signed texts and statuses.

twilio = TwilioServer()                      # EARSHOT_TWILIO_API_BASE = twilio.url
twilio.messages[0]["body"]                   # what we sent
twilio.deliver(sid)                          # signed status call-backs: sent, then delivered
twilio.push_text(url, "+447700900123", "hi") # a resident's text, signed
twilio.delay_next(1.5)                       # takes the next text, answers too late
twilio.stop()
"""

import base64
import hashlib
import hmac
import http.client
import re
import secrets
import threading
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from support.loopback import Loopback
from support.twilio_description import wrong_with
from support.twilio_wire import TwilioHandler

ACCOUNT = "AC" + "a1" * 16
AUTH_TOKEN = "an-auth-token-for-tests-only-0001"

_E164 = re.compile(r"(?:whatsapp:)?\+[1-9]\d{6,14}")


class TwilioServer(Loopback):
    """`messages` are the texts taken, oldest first, as the Message resources that Twilio would show."""

    def __init__(self, account: str = ACCOUNT, auth_token: str = AUTH_TOKEN) -> None:
        self.account = account
        self.auth_token = auth_token
        self.messages: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.callbacks: dict[str, str] = {}
        self.refused_numbers: dict[str, int] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.elsewhere: dict[str, str] = {}
        self._delays: deque[float] = deque()
        self._failures: deque[tuple[int, int, str]] = deque()
        self._lock = threading.Lock()
        super().__init__(TwilioHandler)

    def delay_next(self, seconds: float) -> None:
        """The next text is taken at once, but answered only after so many seconds."""
        self._delays.append(seconds)

    def fail_next(self, status: int, code: int = 0, message: str = "A fault for the test.") -> None:
        """The next text is answered with an error and not taken."""
        self._failures.append((status, code, message))

    def refuse(self, number: str, code: int = 21610) -> None:
        """Every text to this number is refused; 21610 is Twilio's answer after the owner said STOP."""
        self.refused_numbers[number] = code

    def deliver(self, sid: str) -> list[int]:
        """Push `sent` and `delivered` for a text; gives our HTTP answers."""
        return [self.push_status(sid, "sent"), self.push_status(sid, "delivered")]

    def fail_delivery(self, sid: str, error_code: int = 30005) -> int:
        """Push `undelivered` with an error code."""
        return self.push_status(sid, "undelivered", error_code=error_code)

    def push_status(self, sid: str, status: str, *, error_code: int | None = None, url: str = "") -> int:
        """Post one signed status to the text's StatusCallback (or `url`); gives our HTTP answer."""
        found = self.message(sid)
        found["status"] = status
        found["error_code"] = error_code
        fields = {
            "AccountSid": self.account,
            "ApiVersion": "2010-04-01",
            "From": found["from"],
            "To": found["to"],
            "MessageSid": sid,
            "MessageStatus": status,
            "SmsSid": sid,
            "SmsStatus": status,
        }
        if error_code:
            fields["ErrorCode"] = str(error_code)
        return self.post_signed(url or self.callbacks[sid], fields)

    def push_text(self, url: str, sender: str, body: str, to: str = "+441632960100", **extra: str) -> int:
        """Post one signed text from a resident to our webhook; gives our HTTP answer."""
        return self.post_signed(url, self.text_fields(sender, body, to, **extra))

    def text_fields(self, sender: str, body: str, to: str = "+441632960100", **extra: str) -> dict[str, str]:
        """The form of a resident's text, in Twilio's names."""
        sid = extra.pop("MessageSid", "SM" + secrets.token_hex(16))
        fields = {
            "ToCountry": "GB",
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "SmsSid": sid,
            "SmsStatus": "received",
            "Body": body,
            "FromCountry": "GB",
            "To": to,
            "NumSegments": "1",
            "MessageSid": sid,
            "AccountSid": self.account,
            "From": sender,
            "ApiVersion": "2010-04-01",
        }
        return fields | extra

    def post_signed(self, url: str, fields: dict[str, str], *, connect_to: str = "") -> int:
        """Post a form signed for `url`; `connect_to` is the host and port to call where a proxy would stand between."""
        parts = urlsplit(url)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": self.signature(url, fields),
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        }
        line = http.client.HTTPConnection(connect_to or parts.netloc, timeout=10)
        try:
            line.request("POST", parts._replace(scheme="", netloc="").geturl(), urlencode(fields), headers)
            return line.getresponse().status
        finally:
            line.close()

    def signature(self, url: str, fields: dict[str, str]) -> str:
        """Twilio's signature: the address and the sorted fields under HMAC-SHA1, written out here anew."""
        signed = url + "".join(name + fields[name] for name in sorted(fields))
        return base64.b64encode(hmac.new(self.auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()

    def receive(
        self, sender: str, body: str, to: str = "+441632960100", *, at: datetime, files: Sequence[bytes] = ()
    ) -> dict[str, Any]:
        """A resident's text that Twilio has taken and not pushed; gives its Message resource."""
        found = self._message({"From": sender, "To": to, "Body": body})
        moment = format_datetime(at.astimezone(UTC).replace(microsecond=0))
        found |= {"direction": "inbound", "status": "received", "num_media": str(len(files))}
        found |= dict.fromkeys(("date_created", "date_sent", "date_updated"), moment)
        for number, content in enumerate(files):
            self.keep_file(f"{found['uri'].removesuffix('.json')}/Media/ME{number}", content)
        self.messages.append(found)
        return found

    def keep_file(self, path: str, content: bytes, content_type: str = "image/jpeg") -> str:
        """Keep a file; gives the address that Twilio would name for it."""
        self.files[path] = (content_type, content)
        return f"https://api.twilio.com{path}"

    def media_of(self, authorization: str, account: str, sid: str) -> tuple[int, dict[str, Any]]:
        """The answer to ListMedia."""
        refusal = self._unauthorised(authorization, account)
        folder = f"/2010-04-01/Accounts/{account}/Messages/{sid}/Media/"
        found = [{"content_type": kind, "uri": f"{path}.json"} for path, (kind, _) in self.files.items()
                 if path.startswith(folder)]  # fmt: skip
        return refusal or (200, {"media_list": found})

    def message(self, sid: str) -> dict[str, Any]:
        return next(one for one in self.messages if one["sid"] == sid)

    def created(
        self, authorization: str, account: str, content_type: str, body: bytes
    ) -> tuple[int, dict[str, Any], float]:
        """The answer to CreateMessage, and the seconds to wait before giving it."""
        refusal = self._unauthorised(authorization, account)
        if refusal:
            return *refusal, 0.0
        if content_type.partition(";")[0].strip() != "application/x-www-form-urlencoded":
            return *_error(415, 20001, "Unsupported Media Type"), 0.0
        if self._failures:
            status, code, message = self._failures.popleft()
            return *_error(status, code, message), 0.0
        fields = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
        wrong = self._wrong_with(fields)
        if wrong:
            return *_error(400, *wrong), 0.0
        with self._lock:
            taken = self._message(fields)
            self.messages.append(taken)
            if "StatusCallback" in fields:
                self.callbacks[taken["sid"]] = fields["StatusCallback"]
        return 201, taken, self._delays.popleft() if self._delays else 0.0

    def listed(self, authorization: str, account: str, query: str) -> tuple[int, dict[str, Any]]:
        """The answer to ListMessage, newest first, filtered by To, From and DateSent."""
        refusal = self._unauthorised(authorization, account)
        if refusal:
            return refusal
        wanted = {name: values[0] for name, values in parse_qs(query).items()}
        if wrong := wrong_with("list_query", wanted):
            return _error(400, 20001, f"Not as Twilio describes it: {wrong}")
        found = [one for one in reversed(self.messages) if _fits(one, wanted)]
        size, page = int(wanted.get("PageSize", "50")), int(wanted.get("Page", "0"))
        path = f"/2010-04-01/Accounts/{self.account}/Messages.json"
        more = len(found) > (page + 1) * size
        following = urlencode(wanted | {"PageSize": size, "Page": page + 1, "PageToken": f"PA{page + 1}"})
        return 200, {
            "messages": found[page * size : (page + 1) * size],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": max(0, min(len(found), (page + 1) * size) - 1),
            "first_page_uri": f"{path}?{urlencode(wanted | {'Page': 0})}",
            "next_page_uri": f"{path}?{following}" if more else None,
            "previous_page_uri": None,
            "uri": f"{path}?{query}",
        }

    def fetched(self, authorization: str, account: str, sid: str) -> tuple[int, dict[str, Any]]:
        """The answer to FetchMessage."""
        refusal = self._unauthorised(authorization, account)
        if refusal:
            return refusal
        found = [one for one in self.messages if one["sid"] == sid]
        return (200, found[0]) if found else _error(404, 20404, f"The requested resource {sid} was not found")

    def owner_of(self, authorization: str, account: str) -> tuple[int, dict[str, Any]]:
        """The answer to FetchAccount."""
        refusal = self._unauthorised(authorization, account)
        return refusal or (
            200, {"sid": self.account, "friendly_name": "Larchmere Homes", "status": "active", "type": "Full"},
        )  # fmt: skip

    def _unauthorised(self, authorization: str, account: str) -> tuple[int, dict[str, Any]] | None:
        expected = base64.b64encode(f"{self.account}:{self.auth_token}".encode()).decode()
        if authorization != f"Basic {expected}" or account != self.account:
            return _error(401, 20003, "Authenticate")
        return None

    def may_have(self, authorization: str) -> bool:
        """Whether a call brings our login."""
        return self._unauthorised(authorization, self.account) is None

    def _wrong_with(self, fields: dict[str, str]) -> tuple[int, str] | None:
        to = fields.get("To", "")
        if wrong := wrong_with("create", fields):
            return 20001, f"Not as Twilio describes it: {wrong}"
        if not to:
            return 21604, "A 'To' phone number is required."
        if not _E164.fullmatch(to):
            return 21211, f"The 'To' number {to} is not a valid phone number."
        if not _E164.fullmatch(fields.get("From", "")):
            return 21603, "A 'From' phone number is required."
        if not fields.get("Body") and not re.fullmatch(r"HX[0-9a-fA-F]{32}", fields.get("ContentSid", "")):
            return 21602, "Message body is required."
        if len(fields.get("Body", "")) > 1600:
            return 21617, "The concatenated message body exceeds the 1600 character limit"
        if "StatusCallback" in fields and not re.fullmatch(r"https?://[^\s/]+\S*", fields["StatusCallback"]):
            return 21609, "The 'StatusCallback' URL is not a valid URL."
        if to in self.refused_numbers:
            return self.refused_numbers[to], "Attempt to send to unsubscribed recipient"
        return None

    def _message(self, fields: dict[str, str]) -> dict[str, Any]:
        sid, moment = "SM" + secrets.token_hex(16), format_datetime(datetime.now(UTC).replace(microsecond=0))
        uri = f"/2010-04-01/Accounts/{self.account}/Messages/{sid}"
        return {
            "account_sid": self.account, "api_version": "2010-04-01", "body": fields.get("Body", ""),
            "date_created": moment, "date_sent": None, "date_updated": moment, "direction": "outbound-api",
            "error_code": None,
            "error_message": None, "from": fields["From"], "messaging_service_sid": None, "num_media": "0",
            "num_segments": "1", "price": None, "price_unit": "USD", "sid": sid, "status": "queued",
            "subresource_uris": {"media": f"{uri}/Media.json"}, "to": fields["To"], "uri": f"{uri}.json",
        }  # fmt: skip


def _fits(message: dict[str, Any], wanted: dict[str, str]) -> bool:
    if any(name in wanted and message[field] != wanted[name] for name, field in (("To", "to"), ("From", "from"))):
        return False
    since = wanted.get("DateSent>")
    sent = message["date_sent"]
    return not since or (sent is not None and parsedate_to_datetime(sent) >= datetime.fromisoformat(since))


def _error(status: int, code: int, message: str) -> tuple[int, dict[str, Any]]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": message, "more_info": more, "status": status}
