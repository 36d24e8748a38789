"""A board on the loopback that staff alerts are put up on, as Apprise's JSON service does.

EARSHOT_STAFF_ALERTS = board.apprise_url;  board.wait_for("gas")
"""

import json
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

from support.loopback import Loopback


class AlertBoard(Loopback):
    """`alerts` are what was put up, oldest first: title and message."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        super().__init__(_Handler)
        self.apprise_url = self.url.replace("http://", "json://")

    def wait_for(self, words: str, seconds: float = 30) -> dict[str, Any]:
        """The first alert with these words in it."""
        end = time.monotonic() + seconds
        while True:
            found = [alert for alert in self.alerts if words in f"{alert['title']} {alert['message']}"]
            if found:
                return found[0]
            assert time.monotonic() < end, f"no alert says {words!r}: {self.alerts}"
            time.sleep(0.02)


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.owner.alerts.append(json.loads(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
