"""A Bot API server with one bot and no Telegram behind it: keeps what the bot says, pushes what residents say."""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from channels.chat.settings import settings
from console.demo.neighbourhood import RESIDENTS
from console.demo.post_office import Item, PostOffice
from console.demo.postman import PRESS, TELEGRAM_SECRET, TELEGRAM_WEBHOOK, Postman, bot_id, update_of

blueprint = Blueprint("demo_telegram", __name__, url_prefix="/demo/telegram/bot<token>")

MOST_LETTERS = 4096
_ME = {"is_bot": True, "first_name": "Larchmere Homes", "username": "larchmere_homes_bot"}

Fields = dict[str, Any]
Said = tuple[int, dict[str, Any]]


def prepare(app: Flask) -> None:
    """Programs call here with the token in the address; there is no cookie to misuse."""
    app.extensions["csrf"].exempt(blueprint)


def chat_from(office: PostOffice, chat_id: int, body: str, *, now: datetime) -> Item:
    """A resident's chat message, to be pushed to us."""
    item = office.add("chat", str(chat_id), body, from_resident=True, at=now, status="sending")
    office.owe_push(item, "message", not_before=now)
    return item


def buttons_under(item: Item) -> list[tuple[str, str]]:
    """The buttons under what the bot said, each with its words and its data."""
    if item.from_resident or not item.callback:
        return []
    rows = json.loads(item.callback)["inline_keyboard"]
    return [(button["text"], button["callback_data"]) for row in rows for button in row]


def press_from(office: PostOffice, chat_id: int, pressed: str, *, now: datetime) -> bool:
    """A resident presses a button, named by its message and its place; False where there is none such."""
    number, _, place = pressed.partition(":")
    said = next((item for item in office.conversation("chat", str(chat_id)) if str(item.id) == number), None)
    buttons = buttons_under(said) if said else []
    if said is None or not place.isdecimal() or int(place) >= len(buttons):
        return False
    label, data = buttons[int(place)]
    item = office.add(
        "chat", str(chat_id), label, from_resident=True, at=now, status="sending", name=f"{PRESS}{said.id}",
        callback=data,
    )  # fmt: skip
    office.owe_push(item, "message", not_before=now)
    return True


@blueprint.route("/<method>", methods=["GET", "POST"])
def call(token: str, method: str) -> tuple[Response, int]:
    ours = settings().telegram_token
    if ours is None or not secrets.compare_digest(token.encode(), ours.get_secret_value().encode()):
        code, answer = _refused(401, "Unauthorized")
    elif method.lower() not in METHODS:
        code, answer = _refused(404, "Not Found: method not found")
    else:
        office: PostOffice = current_app.extensions["post_office"]
        code, answer = METHODS[method.lower()](office, _fields())
        postman: Postman = current_app.extensions["postman"]
        postman.wake()
    return jsonify(answer), code


def _get_me(office: PostOffice, fields: Fields) -> Said:
    abilities = dict.fromkeys(("can_join_groups", "can_read_all_group_messages", "supports_inline_queries"), False)
    return _ok({"id": bot_id(), **_ME, **abilities})


def _send_message(office: PostOffice, fields: Fields) -> Said:
    text, chat_id = str(fields.get("text", "")), str(fields.get("chat_id", ""))
    person = next((resident for resident in RESIDENTS if str(resident.telegram) == chat_id), None)
    if person is None:
        return _refused(400, "Bad Request: chat not found")
    if not text.strip():
        return _refused(400, "Bad Request: message text is empty")
    if len(text) > MOST_LETTERS:
        return _refused(400, "Bad Request: message is too long")
    given = fields.get("reply_markup") or ""
    markup = given if isinstance(given, str) else json.dumps(given)
    try:
        with_buttons = not markup or isinstance(json.loads(markup)["inline_keyboard"], list)
    except (ValueError, TypeError, KeyError):
        with_buttons = False
    if not with_buttons:
        return _refused(400, "Bad Request: can't parse reply keyboard markup JSON object")
    item = office.add(
        "chat", chat_id, text, from_resident=False, at=datetime.now(UTC), status="delivered", callback=markup
    )
    first, _, last = person.name.partition(" ")
    return _ok(
        {
            "message_id": item.id,
            "from": {"id": bot_id(), **_ME},
            "chat": {"id": person.telegram, "type": "private", "first_name": first, "last_name": last},
            "date": int(item.at.timestamp()),
            "text": text,
        }
    )


def _answer_callback_query(office: PostOffice, fields: Fields) -> Said:
    return _ok(True)


def _set_webhook(office: PostOffice, fields: Fields) -> Said:
    url = str(fields.get("url", ""))
    office.remember(TELEGRAM_WEBHOOK, url)
    office.remember(TELEGRAM_SECRET, str(fields.get("secret_token", "")))
    return _ok(True)


def _delete_webhook(office: PostOffice, fields: Fields) -> Said:
    office.remember(TELEGRAM_WEBHOOK, "")
    return _ok(True)


def _get_webhook_info(office: PostOffice, fields: Fields) -> Said:
    waiting = sum(push.item.kind == "chat" for _, push in office.pushes())
    url = office.recall(TELEGRAM_WEBHOOK)
    return _ok({"url": url, "has_custom_certificate": False, "pending_update_count": waiting})


def _get_updates(office: PostOffice, fields: Fields) -> Said:
    """What waits; told again until a call names a higher offset. It never holds the line: threads are few here."""
    if office.recall(TELEGRAM_WEBHOOK):
        return _refused(409, "Conflict: can't use getUpdates method while webhook is active")
    offset = int(fields.get("offset") or 0)
    waiting = [push for _, push in office.pushes() if push.item.kind == "chat"]
    for push in waiting:
        if push.item.id < offset:
            office.set_status(push.item, "taken")
            office.pushed(push)
    return _ok([update_of(push.item) for push in waiting if push.item.id >= offset])


METHODS: dict[str, Callable[[PostOffice, Fields], Said]] = {
    "getme": _get_me,
    "sendmessage": _send_message,
    "answercallbackquery": _answer_callback_query,
    "setwebhook": _set_webhook,
    "deletewebhook": _delete_webhook,
    "getwebhookinfo": _get_webhook_info,
    "getupdates": _get_updates,
}


def _fields() -> Fields:
    posted = request.get_json(silent=True)
    if isinstance(posted, dict):
        return posted
    return dict(request.values.items())


def _ok(result: Any) -> Said:
    return 200, {"ok": True, "result": result}


def _refused(code: int, description: str) -> Said:
    return code, {"ok": False, "error_code": code, "description": description}
