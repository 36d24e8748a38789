"""A sign-in server that hands out tokens and, asked by Dovecot, says whose they are.

oauth = OAuthServer(user); oauth.variables      the EARSHOT_ variables that point to it
oauth.error = "invalid_grant"                   it refuses from now on; `oauth.withdraw()` ends the tokens given so far
"""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.loopback import Loopback

CLIENT, SECRET, REFRESH = "earshot-client", "oauth-client-secret", "oauth-refresh-token"


class OAuthServer(Loopback):
    """`asked` holds the form of each request for a token; `lasts` is how long its tokens are good, in seconds."""

    def __init__(self, user: str = "info") -> None:
        self.user = user
        self.asked: list[dict[str, str]] = []
        self.error = ""
        self.status = 400
        self.lasts: Any = 3600
        self.renews = ""
        self.good: set[str] = set()
        super().__init__(_Handler)

    @property
    def variables(self) -> dict[str, str]:
        return {
            "EARSHOT_MAIL_OAUTH_TOKEN_URL": f"{self.url}/token",
            "EARSHOT_MAIL_OAUTH_CLIENT_ID": CLIENT,
            "EARSHOT_MAIL_OAUTH_CLIENT_SECRET": SECRET,
            "EARSHOT_MAIL_OAUTH_SCOPE": "https://outlook.office365.com/.default",
        }

    def withdraw(self) -> None:
        self.good.clear()

    def give(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(form)
        if self.error:
            return self.status, {"error": self.error, "error_description": f"{form} is not what we know"}
        if form.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client"}
        token = f"token-{len(self.asked)}"
        self.good.add(token)
        given = {"access_token": token, "token_type": "Bearer", "expires_in": self.lasts}
        return 200, given | ({"refresh_token": self.renews} if self.renews else {})


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._say(*self.server.owner.give({name: values[0] for name, values in parse_qs(sent).items()}))

    def do_GET(self) -> None:
        token = parse_qs(urlsplit(self.path).query).get("access_token", [""])[0]
        owner = self.server.owner
        self._say(200, {"username": owner.user} if token in owner.good else {"error": "invalid_token"})

    def _say(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
