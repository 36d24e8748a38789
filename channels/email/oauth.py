"""Signing in with a token where the provider takes no passwords: Microsoft 365 and Google (XOAUTH2).

A token is fetched by client credentials, or by a refresh token where there is one, kept for as long as it is good, and
fetched anew a while before it ends: a connection never begins with one that is about to.
"""

import json
import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from channels.errors import ChannelError, SignInRefused

if TYPE_CHECKING:
    import requests

_SECONDS = 20
_BEFORE_IT_ENDS = 300.0
_SHORTEST = 30.0
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Grant:
    """What the token is asked for with; without a refresh token the client asks in its own name."""

    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    scope: str = ""

    def form(self, refresh_token: str) -> dict[str, str]:
        asked = {"client_id": self.client_id, "client_secret": self.client_secret, "scope": self.scope}
        if refresh_token:
            asked |= {"grant_type": "refresh_token", "refresh_token": refresh_token}
        else:
            asked |= {"grant_type": "client_credentials"}
        return {name: value for name, value in asked.items() if value}


@dataclass(slots=True)
class _Kept:
    """A token and until when it is good; providers may also hand out a new refresh token with it."""

    token: str
    until: float
    refresh_token: str


_lock = threading.Lock()
_kept: dict[Grant, _Kept] = {}


def access_token(grant: Grant) -> str:
    """The token of this process; raises SignInRefused where none is given, ChannelError where nobody answers."""
    with _lock:
        kept = _kept.get(grant)
        if kept is None or time.monotonic() >= kept.until:
            kept = _kept[grant] = _fetch(grant, kept.refresh_token if kept is not None else grant.refresh_token)
        return kept.token


def forget(grant: Grant) -> bool:
    """Have the next token fetched, since this one was refused; False when none was kept."""
    with _lock:
        kept = _kept.get(grant)
        if kept is not None:
            kept.until = 0.0
        return kept is not None


def initial_response(user: str, token: str) -> str:
    """What XOAUTH2 says to a server, before it is put in base64."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def _fetch(grant: Grant, refresh_token: str) -> _Kept:
    import requests  # here, because the web process lists channels and never signs in to a mailbox

    host = urlsplit(grant.token_url).hostname
    try:
        answer = requests.post(
            grant.token_url, data=grant.form(refresh_token), timeout=_SECONDS, allow_redirects=False, stream=True
        )
        said = _json(answer)
    except requests.RequestException as error:
        raise ChannelError(f"The sign-in server {host} does not answer ({type(error).__name__}).") from error
    if answer.status_code >= 500 or answer.status_code == 429:
        raise ChannelError(f"The sign-in server {host} gives no tokens right now ({answer.status_code}).")
    token = said.get("access_token")
    if answer.status_code != 200 or not isinstance(token, str) or not token:
        reason = str(said.get("error") or answer.status_code)[:60]
        raise SignInRefused(
            f"The sign-in server {host} gives us no token ({reason}): check EARSHOT_MAIL_OAUTH_CLIENT_ID, "
            "EARSHOT_MAIL_OAUTH_CLIENT_SECRET and EARSHOT_MAIL_OAUTH_REFRESH_TOKEN, and whether they have run out."
        )
    lasts = _seconds(said.get("expires_in"))
    good_for = max(lasts - _BEFORE_IT_ENDS, min(lasts / 2, _SHORTEST))
    renewed = said.get("refresh_token")
    return _Kept(token, time.monotonic() + good_for, renewed if isinstance(renewed, str) and renewed else refresh_token)


def _json(answer: "requests.Response") -> dict[str, object]:
    with answer:
        raw = answer.raw.read(_MOST_BYTES, decode_content=True)
    try:
        said = json.loads(raw)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _seconds(said: object) -> float:
    """How long a token lasts by the provider's word, an hour when it says nothing that can be counted."""
    try:
        return max(float(str(said)), 1.0)
    except ValueError:
        return 3600.0


def _new_lock() -> None:
    """A child must not wait for a lock that another thread of its parent held."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_lock)
