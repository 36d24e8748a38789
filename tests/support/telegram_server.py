"""A small Telegram Bot API on the loopback, with what the usual fakes leave out: offsets that acknowledge,
updates given again until then, long polling, and the secret token of webhooks.

    telegram = TelegramServer()                       # EARSHOT_TELEGRAM_API_BASE = telegram.url
    telegram.say("The lift is broken", chat_id=5550001, first_name="Ewa")
    telegram.messages[0]["text"]                      # what the bot sent
    telegram.press("Yes, that's right")               # a button under what the bot sent; `answered` is what it heard
    telegram.files["v1"] = b"..."                     # what getFile leads to
    telegram.rival = True                             # another program polls: 409
    telegram.block(5550001)                           # 403 from now on
    telegram.fail_next(429, retry_after=7)
    telegram.delay_next(1.5)                          # sends, but answers too late
    telegram.stop()
"""

import http.client
import json
import re
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from support.loopback import Loopback

TOKEN = "5559990:AA-a-token-for-tests-only"
EWA = 5550001


class TelegramServer(Loopback):
    """`messages` are those that the bot sent, oldest first; `waiting` are the updates not yet acknowledged."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.bot_id = int(token.partition(":")[0])
        self.messages: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.waiting: list[dict[str, Any]] = []
        self.webhook: dict[str, Any] = {}
        self.webhook_trouble: dict[str, Any] = {}
        self.pushes: list[int] = []
        self.answered: list[str] = []
        self.files: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.rival = False
        self._blocked: set[int] = set()
        self._moved: dict[int, int] = {}
        self._failures: deque[tuple[int, dict[str, Any]]] = deque()
        self._delays: deque[float] = deque()
        self._numbers = {"update_id": 8_000_000, "message_id": 100, "press": 70_000}
        self._arrived = threading.Condition()
        super().__init__(_Handler)

    def say(self, text: str, chat_id: int = EWA, first_name: str = "Ewa", **extra: Any) -> dict[str, Any]:
        """A resident writes to the bot: pushed at once where a webhook is set, else kept until polled."""
        message = {
            "message_id": self._next("message_id"),
            "from": {"id": chat_id, "is_bot": False, "first_name": first_name, "language_code": "en"},
            "chat": {"id": chat_id, "type": "private", "first_name": first_name},
            "date": int(time.time()),
            "text": text,
        }
        return self.add({"message": {name: value for name, value in (message | extra).items() if value is not None}})

    def edit(self, update: dict[str, Any], text: str) -> dict[str, Any]:
        """The resident corrects an earlier message."""
        return self.add({"edited_message": update["message"] | {"text": text, "edit_date": int(time.time())}})

    def press(
        self, label: str, chat_id: int = EWA, *, message: dict[str, Any] | None = None, first_name: str = "Ewa",
        language: str = "en",
    ) -> dict[str, Any]:  # fmt: skip
        """A resident presses a button: under `message`, or under the last one in the chat that has it."""
        under = message or next(
            sent for sent in reversed(self.messages) if sent["chat"]["id"] == chat_id and label in labels(sent)
        )
        shown = {name: value for name, value in under.items() if name != "asked"}
        who = {"id": chat_id, "is_bot": False, "first_name": first_name, "language_code": language}
        return self.add(
            {
                "callback_query": {
                    "id": f"{self._next('press')}",
                    "from": who,
                    "message": shown,
                    "chat_instance": "1",
                    "data": labels(under)[label],
                }
            }
        )

    def membership(self, status: str, was: str = "member", **chat: Any) -> dict[str, Any]:
        """The bot is blocked or let in: status member, left or kicked."""
        where = {"id": EWA, "type": "private", "first_name": "Ewa"} | chat
        me = {"id": self.bot_id, "is_bot": True, "first_name": "Larchmere"}
        return self.add(
            {
                "my_chat_member": {
                    "chat": where,
                    "from": {"id": EWA, "is_bot": False, "first_name": "Ewa", "language_code": "en"},
                    "date": int(time.time()),
                    "old_chat_member": {"user": me, "status": was},
                    "new_chat_member": {"user": me, "status": status},
                }
            }
        )

    def add(self, update: dict[str, Any]) -> dict[str, Any]:
        """Any update, numbered here."""
        numbered = {"update_id": self._next("update_id")} | update
        with self._arrived:
            self.waiting.append(numbered)
            self._arrived.notify_all()
        if self.webhook:
            self.push_waiting()
        return numbered

    def push_waiting(self) -> list[int]:
        """Push what waits to the webhook, in order, as Telegram does again and again until it gets a 2xx."""
        answers = []
        for update in list(self.waiting):
            answer = self.push(update)
            answers.append(answer)
            if not 200 <= answer < 300:
                break
            self.waiting.remove(update)
        return answers

    def push(self, update: dict[str, Any], *, secret: str | None = None) -> int:
        """Post one update to the webhook, with its secret or another; gives our HTTP answer, 0 for none."""
        parts = urlsplit(self.webhook["url"])
        token = self.webhook.get("secret_token") if secret is None else secret
        headers = {"Content-Type": "application/json"} | ({"X-Telegram-Bot-Api-Secret-Token": token} if token else {})
        line = http.client.HTTPConnection(self.webhook.get("connect_to") or parts.netloc, timeout=10)
        try:
            line.request("POST", parts.path, json.dumps(update).encode(), headers)
            response = line.getresponse()
            answer = response.status
            self._obey(response.read())
        except OSError:
            answer = 0
        finally:
            line.close()
        self.pushes.append(answer)
        return answer

    def _obey(self, body: bytes) -> None:
        """Run the method that stands in the answer to a pushed update, as Telegram does."""
        try:
            asked = json.loads(body)
        except ValueError:
            return
        if isinstance(asked, dict) and "method" in asked:
            self.call(self.token, str(asked.pop("method")), asked)

    def block(self, chat_id: int) -> None:
        """The resident blocks the bot."""
        self._blocked.add(chat_id)

    def migrate(self, chat_id: int, new_chat_id: int) -> None:
        """The group becomes a supergroup with another id."""
        self._moved[chat_id] = new_chat_id

    def fail_next(self, code: int, description: str = "A fault for the test", **parameters: Any) -> None:
        """The next call of sendMessage is answered with an error and does nothing."""
        answer = {"ok": False, "error_code": code, "description": description}
        self._failures.append((code, answer | ({"parameters": parameters} if parameters else {})))

    def delay_next(self, seconds: float) -> None:
        """The next sendMessage is done at once, but answered only after so many seconds."""
        self._delays.append(seconds)

    def call(self, token: str, method: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any], float]:
        """The answer to one call, and the seconds to wait before giving it."""
        if token != self.token:
            return *_error(401, "Unauthorized"), 0.0
        self.calls.append((method, asked))
        work = getattr(self, f"_{method.lower()}", None)
        return work(asked) if work else (*_error(404, "Not Found: method not found"), 0.0)

    def _getme(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any], float]:
        return (
            200,
            _ok({"id": self.bot_id, "is_bot": True, "first_name": "Larchmere", "username": "larchmere_bot"}),
            0.0,
        )

    def _getupdates(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any], float]:
        if self.webhook:
            return *_error(409, "Conflict: can't use getUpdates method while webhook is active"), 0.0
        if self.rival:
            return *_error(409, "Conflict: terminated by other getUpdates request"), 0.0
        offset, allowed = int(asked.get("offset") or 0), asked.get("allowed_updates")
        ends = time.monotonic() + float(asked.get("timeout") or 0)
        with self._arrived:
            self.waiting = [update for update in self.waiting if update["update_id"] >= offset]
            if allowed:
                self.waiting = [update for update in self.waiting if set(update) & set(allowed)]
            while not self.waiting and not self.stopped.is_set() and (left := ends - time.monotonic()) > 0:
                self._arrived.wait(min(left, 0.1))
            return 200, _ok(self.waiting[: int(asked.get("limit") or 100)]), 0.0

    def _setwebhook(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any], float]:
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", str(asked.get("secret_token", ""))):
            return *_error(400, "Bad Request: secret token contains unallowed characters"), 0.0
        self.webhook = dict(asked) if asked.get("url") else {}
        return 200, _ok(True), 0.0

    def _getwebhookinfo(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any], float]:
        told = {"url": self.webhook.get("url", ""), "pending_update_count": len(self.waiting)} | self.webhook_trouble
        return 200, _ok(told | {"has_custom_certificate": False}), 0.0

    def _deletewebhook(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any], float]:
        self.webhook = {}
        if asked.get("drop_pending_updates"):
            self.waiting.clear()
        return 200, _ok(True), 0.0

    def _sendmessage(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any], float]:
        chat_id, text = int(asked["chat_id"]), str(asked.get("text", ""))
        if self._failures:
            return *self._failures.popleft(), 0.0
        if chat_id in self._blocked:
            return *_error(403, "Forbidden: bot was blocked by the user"), 0.0
        if chat_id in self._moved:
            code, answer = _error(400, "Bad Request: group chat was upgraded to a supergroup chat")
            return code, answer | {"parameters": {"migrate_to_chat_id": self._moved[chat_id]}}, 0.0
        if not text:
            return *_error(400, "Bad Request: message text is empty"), 0.0
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return *_error(400, "Bad Request: message is too long"), 0.0
        sent = {
            "message_id": self._next("message_id"),
            "from": {"id": self.bot_id, "is_bot": True, "first_name": "Larchmere"},
            "chat": {"id": chat_id, "type": "private" if chat_id > 0 else "supergroup"},
            "date": int(time.time()),
            "text": text,
        }
        if asked.get("reply_markup"):
            sent["reply_markup"] = asked["reply_markup"]
        self.messages.append(sent | {"asked": asked})
        return 200, _ok(sent), self._delays.popleft() if self._delays else 0.0

    def _answercallbackquery(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any], float]:
        if self._failures:
            return *self._failures.popleft(), 0.0
        self.answered.append(str(asked.get("callback_query_id")))
        return 200, _ok(True), 0.0

    def _getfile(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any], float]:
        if self._failures:
            return *self._failures.popleft(), 0.0
        file_id = str(asked.get("file_id"))
        if file_id not in self.files:
            return *_error(400, "Bad Request: invalid file_id"), 0.0
        found = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(self.files[file_id])}
        return 200, _ok(found | {"file_path": f"files/{file_id}.bin"}), 0.0

    def file_at(self, token: str, path: str) -> bytes | None:
        """The file behind an address that getFile gave."""
        self.fetched.append(path)
        return self.files.get(path.removeprefix("files/").removesuffix(".bin")) if token == self.token else None

    def _next(self, name: str) -> int:
        with self._arrived:
            self._numbers[name] += 1
            return self._numbers[name]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        telegram: TelegramServer = self.server.owner
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", urlsplit(self.path).path)
        if found is None:
            return self._answer(*_error(404, "Not Found"))
        code, answer, delay = telegram.call(found[1], found[2], self._asked(body))
        if delay:
            telegram.stopped.wait(delay)
        self._answer(code, answer)

    def do_GET(self) -> None:
        found = re.fullmatch(r"/file/bot([^/]+)/(.+)", urlsplit(self.path).path)
        if found is None:
            return self.do_POST()
        content = self.server.owner.file_at(found[1], found[2])
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def _asked(self, body: bytes) -> dict[str, Any]:
        if self.headers.get("Content-Type", "").startswith("application/json"):
            return dict(json.loads(body or b"{}"))
        pairs = parse_qsl(body.decode() or urlsplit(self.path).query, keep_blank_values=True)
        return {name: value if name == "text" else _value(value) for name, value in pairs}

    def _answer(self, code: int, value: dict[str, Any]) -> None:
        content = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def labels(sent: dict[str, Any]) -> dict[str, str]:
    """The buttons under what the bot sent: the data of each by its label."""
    rows = sent.get("reply_markup", {}).get("inline_keyboard", [])
    return {button["text"]: button["callback_data"] for row in rows for button in row}


def _value(written: str) -> Any:
    return json.loads(written) if written[:1] in ("[", "{") or written in ("true", "false") else written


def _ok(result: Any) -> dict[str, Any]:
    return {"ok": True, "result": result}


def _error(code: int, description: str) -> tuple[int, dict[str, Any]]:
    return code, {"ok": False, "error_code": code, "description": description}
