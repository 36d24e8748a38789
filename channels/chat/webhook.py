"""The door that Telegram pushes."""

import hmac
import json
from datetime import datetime

from channels.channel import Answer, Hook, Pushed, PushedRequest
from channels.chat.inbound import carrier_of, read
from channels.chat.settings import settings
from channels.errors import BadSignature
from channels.payloads import json_object

PATH = "/webhooks/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # the header's name, not a secret


def update_pushed(request: PushedRequest, now: datetime) -> Pushed:
    """The message in a pushed update, or nothing; raises BadSignature or UnreadablePayload."""
    _verify(request)
    if carrier_of(json_object(request.body)) is None:
        return Pushed()
    return Pushed(messages=(read(request.body, received_at=request.received_at or now),))


def taken(pushed: Pushed) -> Answer:
    """Any 2xx tells Telegram to forget the update; a pressed button is answered in the same breath.

    Telegram runs the method that stands in our answer, so that the button stops turning without another call.
    """
    press = next((message.details["press"] for message in pushed.messages if "press" in message.details), None)
    if press is None:
        return Answer()
    return Answer(json.dumps({"method": "answerCallbackQuery", "callback_query_id": press}), "application/json")


HOOKS = (Hook(PATH, update_pushed, taken),)


def _verify(request: PushedRequest) -> None:
    secret = settings().webhook_secret
    sent = next((value for name, value in request.headers.items() if name.lower() == SECRET_HEADER.lower()), "")
    if secret is None:
        raise BadSignature("EARSHOT_TELEGRAM_TOKEN is not set, so no update can be trusted.")
    if not hmac.compare_digest(sent.encode("utf-8", "replace"), secret.encode()):
        raise BadSignature("The secret token of this update is not the one that we gave to Telegram.")
