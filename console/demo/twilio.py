"""A Twilio that sends nothing: takes texts as Twilio's documents say, keeps them, and reports them delivered."""

import secrets
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from channels.contacts import phone_number
from channels.sms.keywords import single_word
from channels.sms.settings import settings
from console.demo.post_office import Item, PostOffice
from console.demo.postman import Postman

blueprint = Blueprint("demo_twilio", __name__, url_prefix="/demo/twilio/2010-04-01/Accounts/<account>")

SENT_AFTER, DELIVERED_AFTER = timedelta(seconds=0.3), timedelta(seconds=1)
MOST_LETTERS = 1600
_PAGE = 50


def prepare(app: Flask) -> None:
    """Programs call here with a password of their own; there is no cookie to misuse."""
    app.extensions["csrf"].exempt(blueprint)


def text_from(office: PostOffice, phone: str, body: str, *, now: datetime) -> Item:
    """A resident's text, to be pushed to us; STOP and START steer Twilio's own block list, too."""
    said = single_word(body)
    if said in ("stop", "start"):
        office.remember(f"stopped:{phone}", "yes" if said == "stop" else "")
    item = office.add("text", phone, body, from_resident=True, at=now, name=_sid(), status="sending")
    office.owe_push(item, "message", not_before=now)
    return item


@blueprint.post("/Messages.json")
def create(account: str) -> tuple[Response, int]:
    office, postman = _shelves()
    refused = _unauthorised(account) or _wrong_with(office, request.form)
    if refused:
        return refused
    now = datetime.now(UTC)
    to = phone_number(request.form["To"]) or request.form["To"]
    item = office.add(
        "text", to, request.form["Body"], from_resident=False, at=now, name=_sid(), status="queued",
        callback=request.form.get("StatusCallback", ""),
    )  # fmt: skip
    office.owe_push(item, "sent", not_before=now + SENT_AFTER)
    office.owe_push(item, "delivered", not_before=now + DELIVERED_AFTER)
    postman.wake()
    return jsonify(_resource(item, account)), 201


@blueprint.get("/Messages.json")
def listing(account: str) -> tuple[Response, int]:
    refused = _unauthorised(account)
    if refused:
        return refused
    office, _ = _shelves()
    found = [item for item in office.everything("text", newest=1000) if request.args.get("To") in (None, item.address)]
    page, size = request.args.get("Page", 0, int), request.args.get("PageSize", _PAGE, int)
    return jsonify(
        {
            "messages": [_resource(item, account) for item in found[page * size : (page + 1) * size]],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": max(0, min(len(found), (page + 1) * size) - 1),
            "uri": request.full_path.removeprefix("/demo/twilio"),
            "first_page_uri": f"/2010-04-01/Accounts/{account}/Messages.json?PageSize={size}&Page=0",
            "previous_page_uri": None,
            "next_page_uri": f"/2010-04-01/Accounts/{account}/Messages.json?PageSize={size}&Page={page + 1}"
            if len(found) > (page + 1) * size
            else None,
        }
    ), 200


@blueprint.get("/Messages/<sid>.json")
def fetch(account: str, sid: str) -> tuple[Response, int]:
    refused = _unauthorised(account)
    if refused:
        return refused
    item = _shelves()[0].named(sid)
    return (jsonify(_resource(item, account)), 200) if item else _error(404, 20404, "The resource was not found")


def _shelves() -> tuple[PostOffice, Postman]:
    return current_app.extensions["post_office"], current_app.extensions["postman"]


def _unauthorised(account: str) -> tuple[Response, int] | None:
    token = settings().twilio_auth_token
    given = request.authorization
    ours = settings().twilio_account_sid
    known = given is not None and given.username == ours == account and token is not None
    if known and secrets.compare_digest(str(given and given.password), token.get_secret_value() if token else ""):
        return None
    return _error(401, 20003, "Authenticate")


def _wrong_with(office: PostOffice, fields: Any) -> tuple[Response, int] | None:
    to = phone_number(fields.get("To", ""))
    if to is None:
        return _error(400, 21211, "The 'To' number is not a valid phone number.")
    if not fields.get("From"):
        return _error(400, 21603, "A 'From' phone number is required.")
    if not fields.get("Body"):
        return _error(400, 21602, "Message body is required.")
    if len(fields["Body"]) > MOST_LETTERS:
        return _error(400, 21617, f"The message body exceeds the {MOST_LETTERS} character limit")
    if office.recall(f"stopped:{to}"):
        return _error(400, 21610, "Attempt to send to unsubscribed recipient")
    return None


def _resource(item: Item, account: str) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{account}/Messages/{item.name}"
    ours, moment = settings().twilio_from, format_datetime(item.at.replace(microsecond=0))
    return {
        "account_sid": account, "api_version": "2010-04-01", "body": item.body, "date_created": moment,
        "date_sent": moment if item.status in ("sent", "delivered") else None, "date_updated": moment,
        "direction": "outbound-api", "error_code": None, "error_message": None, "from": ours,
        "messaging_service_sid": None, "num_media": "0", "num_segments": "1", "price": None, "price_unit": "USD",
        "sid": item.name, "status": item.status, "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": item.address, "uri": f"{uri}.json",
    }  # fmt: skip


def _sid() -> str:
    return f"SM{secrets.token_hex(16)}"


def _error(status: int, code: int, message: str) -> tuple[Response, int]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return jsonify({"code": code, "message": message, "more_info": more, "status": status}), status
