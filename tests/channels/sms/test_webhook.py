"""Twilio's two doors: only what Twilio signed comes in."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from support.twilio_server import TwilioServer

from channels import registry
from channels.channel import PushedRequest
from channels.errors import BadSignature, UnreadablePayload
from channels.sms import webhook
from channels.sms.settings import settings

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PUBLIC = "https://earshot.larchmere.example"
KEY = "a1b2c3d4" * 4
FORM = "application/x-www-form-urlencoded"


def pushed(twilio: TwilioServer, signed_url: str, fields: dict[str, str], *, seen_url: str = "") -> PushedRequest:
    """A request signed for one address and seen by us under another, as behind a proxy."""
    headers = {"x-twilio-signature": twilio.signature(signed_url, fields), "Content-Type": FORM}
    return PushedRequest(seen_url or signed_url, headers, urlencode(fields).encode(), FORM, NOW)


def status(sid: str, state: str, **extra: str) -> dict[str, str]:
    return {"MessageSid": sid, "MessageStatus": state, "To": "+447700900123", "From": "+441632960100"} | extra


def test_a_signed_text_is_heard(twilio: TwilioServer) -> None:
    fields = twilio.text_fields("+447700900123", "Boiler still out 🥶")
    found = webhook.text_pushed(pushed(twilio, f"{PUBLIC}/webhooks/sms", fields), NOW)
    (message,) = found.messages
    assert (message.text, message.sender, message.external_id) == (
        "Boiler still out 🥶",
        "+447700900123",
        fields["MessageSid"],
    )
    assert message.raw == urlencode(fields).encode()
    answer = webhook.empty_twiml(found)
    assert answer.body.endswith("<Response/>")
    assert answer.content_type.startswith("text/xml")


def test_a_signature_survives_a_proxy_that_ends_tls(twilio: TwilioServer) -> None:
    fields = twilio.text_fields("+447700900123", "Hello")
    request = pushed(twilio, f"{PUBLIC}/webhooks/sms", fields, seen_url="http://127.0.0.1:8000/webhooks/sms")
    assert webhook.text_pushed(request, NOW).messages


def test_a_signature_survives_a_port_that_twilio_names(twilio: TwilioServer) -> None:
    fields = twilio.text_fields("+447700900123", "Hello")
    request = pushed(twilio, f"{PUBLIC}:443/webhooks/sms", fields, seen_url=f"{PUBLIC}/webhooks/sms")
    assert webhook.text_pushed(request, NOW).messages


@pytest.mark.parametrize("change", ["body", "url", "unsigned", "other token", "no token"])
def test_what_twilio_did_not_sign_is_refused(
    twilio: TwilioServer, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{PUBLIC}/webhooks/sms"
    fields = twilio.text_fields("+447700900123", "Hello")
    headers = {"X-Twilio-Signature": twilio.signature(url, fields)}
    body = urlencode(fields).encode()
    if change == "body":
        body = urlencode(fields | {"Body": "Give me money"}).encode()
    elif change == "url":
        url = f"{PUBLIC}/webhooks/sms?n={KEY}"
    elif change == "unsigned":
        headers = {}
    else:
        monkeypatch.setenv("EARSHOT_TWILIO_AUTH_TOKEN", "" if change == "no token" else "another-token")
        settings.cache_clear()
    with pytest.raises(BadSignature):
        webhook.text_pushed(PushedRequest(url, headers, body, FORM), NOW)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"%ZZ=&&=", b"a=1&" * 2000])
@pytest.mark.parametrize("url", ["https://x/webhooks/sms", "https://[::1/webhooks/sms", "https://x:port/webhooks/sms"])
def test_garbage_is_refused_and_nothing_else_happens(twilio: TwilioServer, body: bytes, url: str) -> None:
    with pytest.raises(BadSignature):
        webhook.text_pushed(PushedRequest(url, {"X-Twilio-Signature": "ünsigned"}, body), NOW)


@pytest.mark.parametrize(
    ("state", "code", "expected", "permanent"),
    [
        ("queued", "", "accepted", False),
        ("sent", "", "accepted", False),
        ("delivered", "", "delivered", False),
        ("read", "", "delivered", False),
        ("undelivered", "30003", "failed", False),
        ("undelivered", "30005", "failed", True),
        ("undelivered", "30006", "failed", True),
        ("failed", "21610", "failed", True),
        ("failed", "30008", "failed", False),
        ("failed", "", "failed", False),
    ],
)
def test_a_status_becomes_a_receipt(
    twilio: TwilioServer, state: str, code: str, expected: str, permanent: bool
) -> None:
    fields = status("SM" + "1" * 32, state, **({"ErrorCode": code} if code else {}))
    url = f"{PUBLIC}/webhooks/sms/status?n={KEY}"
    seen = f"http://127.0.0.1:8000/webhooks/sms/status?n={KEY}"
    (receipt,) = webhook.status_pushed(pushed(twilio, url, fields, seen_url=seen), NOW).receipts
    assert (receipt.status, receipt.permanent, receipt.key) == (expected, permanent, KEY)
    assert (receipt.provider_id, receipt.at, receipt.raw) == ("SM" + "1" * 32, NOW, urlencode(fields).encode())
    assert (code in receipt.detail) if code else receipt.detail == state


def test_a_status_without_our_key_is_tied_by_twilios_id(twilio: TwilioServer) -> None:
    fields = status("SM" + "2" * 32, "delivered")
    (receipt,) = webhook.status_pushed(pushed(twilio, f"{PUBLIC}/webhooks/sms/status?n=..%2F", fields), NOW).receipts
    assert (receipt.key, receipt.provider_id) == ("", "SM" + "2" * 32)


def test_the_state_of_a_text_that_came_in_is_no_receipt(twilio: TwilioServer) -> None:
    fields = status("SM" + "3" * 32, "received")
    assert webhook.status_pushed(pushed(twilio, f"{PUBLIC}/webhooks/sms/status", fields), NOW).receipts == ()


def test_a_state_that_nobody_knows_is_kept_for_a_person(twilio: TwilioServer) -> None:
    fields = status("SM" + "4" * 32, "teleported")
    with pytest.raises(UnreadablePayload):
        webhook.status_pushed(pushed(twilio, f"{PUBLIC}/webhooks/sms/status", fields), NOW)


def test_the_registry_offers_both_doors() -> None:
    assert [hook.path for hook in registry.get("sms").hooks] == ["/webhooks/sms", "/webhooks/sms/status"]
