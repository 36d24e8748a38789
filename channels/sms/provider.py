"""Twilio's own client, pointed where the settings say. Importing this costs 0.3 s: only senders do."""

import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from channels.errors import ChannelError, NotConfigured
from channels.sms.settings import TWILIO, Settings, settings
from channels.sms.statuses import STOPPED, is_permanent, sentence

SECONDS = 20.0  # Twilio answers in well under one; a worker must not hang on a silent line

logging.getLogger("twilio.http_client").setLevel(logging.WARNING)  # below, it logs residents' numbers

_kept = threading.local()


class _HttpClient(TwilioHttpClient):  # type: ignore[misc]
    def __init__(self, base: str) -> None:
        super().__init__(timeout=SECONDS)
        self._base = base

    def request(self, method: str, url: str, *args: object, **kwargs: object) -> Response:
        # `region` and `edge` of the client change only the host's name; a test server needs it all changed.
        return super().request(method, self._base + url.removeprefix(TWILIO), *args, **kwargs)


def client() -> Client:
    """The client of this thread, its connection kept alive; raises NotConfigured."""
    known = settings()
    owner = (os.getpid(), known)
    if getattr(_kept, "owner", None) != owner:  # a forked worker must not share its parent's connection
        close()
        _kept.client, _kept.owner = _new(known), owner
    return _kept.client


def close() -> None:
    """Close this thread's connection."""
    kept = getattr(_kept, "client", None)
    if kept is not None:
        kept.http_client.session.close()
        del _kept.client, _kept.owner


def get(path: str, **parameters: str | int) -> dict[str, Any] | None:
    """What Twilio's API holds at a path, as it says it; None where it holds nothing. Raises ChannelError."""
    with plain_errors(sending=False):
        answer = client().request("GET", f"{TWILIO}{path}", params=parameters)
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise TwilioRestException(answer.status_code, path, code=_code_in(answer.text))
        found: dict[str, Any] = json.loads(answer.text)
        return found


def account_path() -> str:
    """Where everything of our account stands in Twilio's API."""
    return f"/2010-04-01/Accounts/{settings().twilio_account_sid}"


def _code_in(text: str) -> int | None:
    try:
        return int(json.loads(text)["code"])
    except (ValueError, KeyError, TypeError):
        return None


@contextmanager
def plain_errors(*, sending: bool) -> Iterator[None]:
    """Turn what Twilio's client and its HTTP library raise into a ChannelError, in doubt where a text may have gone."""
    try:
        yield
    except TwilioException as error:
        raise _refusal(error, sending=sending) from error
    except (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
        raise ChannelError("Twilio cannot be reached.") from error
    except requests.ConnectionError as error:
        if _never_connected(error):
            raise ChannelError("Twilio cannot be reached.") from error
        raise ChannelError("The line to Twilio broke before it answered.", in_doubt=sending) from error
    except requests.RequestException as error:
        raise ChannelError("Twilio did not answer in time.", in_doubt=sending) from error
    except (ValueError, KeyError, TypeError) as error:  # an answer that is not Twilio's JSON
        raise ChannelError("Twilio's answer could not be read.", in_doubt=sending) from error


def _refusal(error: TwilioException, *, sending: bool) -> ChannelError:
    status, code = getattr(error, "status", 0), getattr(error, "code", None)
    if is_permanent(code):
        return ChannelError(sentence(code), permanent=True, stopped=code == STOPPED)
    if status in (429, 503):  # refused before it was taken
        return ChannelError("Twilio is taking no more requests for now.")
    if status >= 500:  # may have been taken behind the gateway that gave up; asking costs little
        return ChannelError(f"Twilio had a fault of its own (HTTP {status}).", in_doubt=sending)
    return ChannelError(sentence(code) or "Twilio refused the text.")


def _never_connected(error: requests.ConnectionError) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _new(known: Settings) -> Client:
    missing = known.missing()
    if missing or not known.auth_tokens:
        raise NotConfigured("sms", *missing)
    return Client(known.twilio_account_sid, known.auth_tokens[0], http_client=_HttpClient(known.twilio_api_base))
