"""The addresses of the loopback Twilio: which request is which call."""

import json
import re
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class TwilioHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any
    _account = re.compile(r"/2010-04-01/Accounts/([^/]+)\.json")
    _media = re.compile(r"/2010-04-01/Accounts/([^/]+)/Messages/(\w+)/Media\.json")
    _path = re.compile(r"/2010-04-01/Accounts/([^/]+)/Messages(?:/(\w+))?\.json")

    def do_POST(self) -> None:
        twilio = self.server.owner
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = self._path.fullmatch(urlsplit(self.path).path)
        if found is None or found[2]:
            return self._answer(404, {"status": 404, "message": "Not found", "code": 20404})
        twilio.requests.append(("POST", self.path, dict(parse_qsl(body.decode("utf-8", "replace")))))
        kind = self.headers.get("Content-Type", "")
        status, answer, delay = twilio.created(self.headers.get("Authorization", ""), found[1], kind, body)
        if delay:
            twilio.stopped.wait(delay)
        self._answer(status, answer)

    def do_GET(self) -> None:
        twilio = self.server.owner
        parts = urlsplit(self.path)
        authorization = self.headers.get("Authorization", "")
        if account := self._account.fullmatch(parts.path):
            return self._answer(*twilio.owner_of(authorization, account[1]))
        if parts.path in twilio.elsewhere:
            return self._redirect(twilio.elsewhere[parts.path])
        if parts.path in twilio.files:
            return self._file(*twilio.files[parts.path])
        if media := self._media.fullmatch(parts.path):
            return self._answer(*twilio.media_of(authorization, media[1], media[2]))
        found = self._path.fullmatch(parts.path)
        if found is None:
            return self._answer(404, {"status": 404, "message": "Not found", "code": 20404})
        twilio.requests.append(("GET", self.path, {}))
        if found[2]:
            return self._answer(*twilio.fetched(authorization, found[1], found[2]))
        self._answer(*twilio.listed(authorization, found[1], parts.query))

    def _redirect(self, address: str) -> None:
        self.send_response(307)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _file(self, content_type: str, content: bytes) -> None:
        if not self.server.owner.may_have(self.headers.get("Authorization", "")):
            return self._answer(401, {"status": 401, "message": "Authenticate", "code": 20003})
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, status: int, value: dict[str, Any]) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass
