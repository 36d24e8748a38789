"""Fetches a picture or another file that came with a text from where Twilio keeps it.

Only Twilio's own hosts are called, only over TLS, and our password goes to its API alone: the address stands in a
payload, and a redirect says where the file really lies.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from channels.channel import MOST_BYTES_OF_A_FILE
from channels.errors import ChannelError, NotConfigured
from channels.files import named
from channels.message import Attachment
from channels.sms.settings import TWILIO, settings

_MOST_REDIRECTS = 3
_FAMILIES = (".twilio.com", ".twiliocdn.com")
_STORE = ("s3-external-1.amazonaws.com", "/media.twiliocdn.com/")
_CHUNK = 64 * 1024


def fetch(medium: Mapping[str, Any]) -> Attachment:
    """The file at `medium["url"]`; raises ChannelError, permanent where trying again is useless."""
    known = settings()
    if known.missing():
        raise NotConfigured("sms", *known.missing())
    url = str(medium.get("url", ""))
    if _parts(url).hostname != urlsplit(TWILIO).hostname:
        raise _not_at_twilio()
    here = known.twilio_api_base + url.removeprefix(TWILIO)
    declared, content = _download(here)
    name = PurePosixPath(urlsplit(url).path).name or "file"
    return named(name, declared or str(medium.get("content_type", "")), content)


def _download(url: str) -> tuple[str, bytes]:
    from channels.sms import provider  # here, because the web process lists channels and never fetches

    with provider.plain_errors(sending=False):
        for _ in range(_MOST_REDIRECTS + 1):
            _allow(_parts(url))
            with _answer(url) as answer:
                if answer.is_redirect:
                    url = urljoin(url, answer.headers["Location"])
                    continue
                _check(answer.status_code)
                return answer.headers.get("Content-Type", ""), _content(answer)
    raise ChannelError("Twilio sends us from one address to another for this file.", permanent=True)


@contextmanager
def _answer(url: str) -> Iterator[Any]:
    import requests

    from channels.sms import provider

    known = settings()
    is_api = urlsplit(url).netloc == urlsplit(known.twilio_api_base).netloc
    login = (known.twilio_account_sid or "", known.auth_tokens[0]) if is_api else _nobody
    with requests.get(url, auth=login, timeout=provider.SECONDS, stream=True, allow_redirects=False) as answer:
        yield answer


def _nobody(request: Any) -> Any:
    """No login at all: without this, one in a .netrc file would be sent."""
    return request


def _allow(address: SplitResult) -> None:
    """Raise for an address that is not Twilio's; while EARSHOT_TWILIO_API_BASE names a test server, only that one."""
    base = urlsplit(settings().twilio_api_base)
    if address.scheme == base.scheme and address.netloc == base.netloc:
        return
    host = address.hostname or ""
    at_twilio = host.endswith(_FAMILIES) or (host == _STORE[0] and address.path.startswith(_STORE[1]))
    if base.geturl() != TWILIO or address.scheme != "https" or address.port not in (None, 443) or not at_twilio:
        raise _not_at_twilio()


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise _not_at_twilio() from error


def _not_at_twilio() -> ChannelError:
    return ChannelError("The file does not lie at Twilio.", permanent=True)


def _check(status: int) -> None:
    if status in (401, 403):
        raise ChannelError("Twilio does not let us have the file: check EARSHOT_TWILIO_AUTH_TOKEN.")
    if status == 404:  # for a moment also while it is still being stored
        raise ChannelError("Twilio does not have the file (any more).")
    if status != 200:
        raise ChannelError(f"Twilio could not give us the file (HTTP {status}).")


def _content(answer: Any) -> bytes:
    too_large = ChannelError(f"The file is larger than {MOST_BYTES_OF_A_FILE // 1024 // 1024} MB.", permanent=True)
    declared = answer.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > MOST_BYTES_OF_A_FILE:
        raise too_large
    found = bytearray()
    for chunk in answer.iter_content(_CHUNK):
        found += chunk
        if len(found) > MOST_BYTES_OF_A_FILE:
            raise too_large
    if declared.isdecimal() and "Content-Encoding" not in answer.headers and len(found) < int(declared):
        raise ChannelError("The line broke before the whole file was here.")
    if not found:
        raise ChannelError("Twilio gave us an empty file.")
    return bytes(found)
