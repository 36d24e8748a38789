"""Whether Twilio signed a request: the address that it called and the fields, under one of our auth tokens.

What Twilio signs is the address as it was typed into its console. Behind a proxy we see another one: without TLS, on
another port, under another name or path. So each address that may be meant is tried, with each token that counts.
Trying many costs microseconds and opens nothing, since every one of them needs the token.
"""

import hmac
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, urlsplit

from twilio.request_validator import RequestValidator

from channels.channel import PushedRequest
from channels.errors import BadSignature, UnreadablePayload
from channels.sms.form import form
from channels.sms.settings import Settings, settings

_STANDARD_PORT = {"http": 80, "https": 443}


def verify(request: PushedRequest) -> dict[str, str]:
    """The fields of a request that Twilio signed; raises BadSignature for any other."""
    known = settings()
    if not known.auth_tokens:
        raise BadSignature("EARSHOT_TWILIO_AUTH_TOKEN is not set, so no text can be trusted.")
    given = _header(request.headers, "X-Twilio-Signature").encode("utf-8", "replace")
    try:
        fields, _ = form(request.body)
        validators = [RequestValidator(token) for token in known.auth_tokens]
        for url in dict.fromkeys(_addresses(request, known)):
            for validator in validators:
                if hmac.compare_digest(validator.compute_signature(url, fields).encode(), given):
                    return fields
    except (UnreadablePayload, ValueError) as error:
        raise BadSignature("The request is not one that Twilio could have signed.") from error
    raise BadSignature("The signature is not Twilio's for this address: check EARSHOT_PUBLIC_URL and the auth token.")


def _addresses(request: PushedRequest, known: Settings) -> Iterator[str]:
    """Every address that Twilio may have called, the likeliest first."""
    called = urlsplit(request.url)
    tail = called.path + (f"?{called.query}" if called.query else "")
    yield request.url
    for base in known.public_addresses:
        yield f"{base}{tail}"
    host = _first(_header(request.headers, "X-Forwarded-Host"))
    bases = [f"{called.scheme}://{called.netloc}", *known.public_addresses, *([f"https://{host}"] if host else [])]
    for base in bases:
        for scheme in (_first(_header(request.headers, "X-Forwarded-Proto")) or "https", "https", "http"):
            if scheme in _STANDARD_PORT:
                parts = urlsplit(base)._replace(scheme=scheme)
                yield from (f"{one.geturl()}{tail}" for one in _with_and_without_port(parts))


def _with_and_without_port(parts: SplitResult) -> tuple[SplitResult, ...]:
    """The address as it is, without its port, and with the port that its scheme stands for."""
    if parts.port is not None:
        return parts, parts._replace(netloc=parts.netloc.rpartition(":")[0])
    return parts, parts._replace(netloc=f"{parts.netloc}:{_STANDARD_PORT[parts.scheme]}")


def _header(headers: Mapping[str, str], wanted: str) -> str:
    return next((value for name, value in headers.items() if name.lower() == wanted.lower()), "")


def _first(listed: str) -> str:
    return listed.partition(",")[0].strip()
