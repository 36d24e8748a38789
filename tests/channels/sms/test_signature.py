"""Twilio's signature under every address and token that may be meant."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from support.twilio_server import ACCOUNT, AUTH_TOKEN, TwilioServer

from channels.channel import PushedRequest
from channels.errors import BadSignature
from channels.sms import webhook
from channels.sms.settings import settings
from channels.sms.signature import verify

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SEEN = "http://10.0.0.7:8000/webhooks/sms"


def signed(twilio: TwilioServer, url: str, *, seen: str = SEEN, **headers: str) -> PushedRequest:
    fields = twilio.text_fields("+447700900123", "Boiler still out")
    sent = {"X-Twilio-Signature": twilio.signature(url, fields)} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return PushedRequest(seen, sent, urlencode(fields).encode())


@pytest.mark.parametrize(
    "called",
    [
        "https://earshot.larchmere.example/webhooks/sms",
        "https://earshot.larchmere.example:443/webhooks/sms",
        "http://earshot.larchmere.example/webhooks/sms",
        "http://earshot.larchmere.example:80/webhooks/sms",
        "https://texts.larchmere.example/webhooks/sms",
        "https://texts.larchmere.example:443/webhooks/sms",
        "https://proxy.example:8443/earshot/webhooks/sms",
        "https://user:secret@basic.example/webhooks/sms",
        "https://10.0.0.7:8000/webhooks/sms",
        "http://10.0.0.7/webhooks/sms",
    ],
)
def test_pain_21_a_signature_holds_behind_a_proxy_under_every_address_that_is_ours(
    twilio: TwilioServer, monkeypatch: pytest.MonkeyPatch, called: str
) -> None:
    urls = "https://texts.larchmere.example/webhooks/sms https://proxy.example:8443/earshot https://user:secret@basic.example"
    monkeypatch.setenv("EARSHOT_TWILIO_WEBHOOK_URLS", urls)
    settings.cache_clear()
    assert verify(signed(twilio, called))["Body"] == "Boiler still out"


def test_what_a_proxy_says_of_the_address_is_tried_too(twilio: TwilioServer) -> None:
    request = signed(
        twilio, "https://new.example/webhooks/sms", X_Forwarded_Host="new.example, inner", X_Forwarded_Proto="https"
    )
    assert verify(request)


def test_an_address_that_nobody_named_is_not_ours(twilio: TwilioServer) -> None:
    with pytest.raises(BadSignature):
        verify(signed(twilio, "https://elsewhere.example/webhooks/sms"))


def test_the_path_that_was_called_is_part_of_what_is_signed(twilio: TwilioServer) -> None:
    with pytest.raises(BadSignature):
        verify(signed(twilio, "https://earshot.larchmere.example/webhooks/sms", seen=f"{SEEN}/status"))


def test_while_the_token_changes_either_may_sign(twilio: TwilioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_TWILIO_AUTH_TOKEN", f"the-next-token {AUTH_TOKEN}")
    settings.cache_clear()
    assert verify(signed(twilio, SEEN))
    twilio.auth_token = "the-next-token"
    assert verify(signed(twilio, SEEN))
    twilio.auth_token = "no-token-of-ours"
    with pytest.raises(BadSignature):
        verify(signed(twilio, SEEN))


def test_pain_20_an_unsigned_text_of_our_account_tells_which_text_to_ask_for(twilio: TwilioServer) -> None:
    fields = twilio.text_fields("+447700900123", "The boiler is out")
    with pytest.raises(BadSignature) as refused:
        webhook.text_pushed(PushedRequest(SEEN, {}, urlencode(fields).encode()), NOW)
    assert refused.value.announced == fields["MessageSid"]


@pytest.mark.parametrize(
    "changed",
    [{"AccountSid": "AC" + "9" * 32}, {"AccountSid": ""}, {"MessageSid": "SM1"}, {"MessageSid": "SM" + "z" * 32},
     {"MessageSid": "SM" + "0" * 33}],
)  # fmt: skip
def test_an_unsigned_text_of_anybody_else_tells_nothing(twilio: TwilioServer, changed: dict[str, str]) -> None:
    fields = twilio.text_fields("+447700900123", "The boiler is out") | changed
    with pytest.raises(BadSignature) as refused:
        webhook.text_pushed(PushedRequest(SEEN, {}, urlencode(fields).encode()), NOW)
    assert refused.value.announced == ""


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"%ZZ=&&=", b"a=1&" * 2000, b"{" * 500])
def test_unsigned_garbage_tells_nothing(twilio: TwilioServer, body: bytes) -> None:
    with pytest.raises(BadSignature) as refused:
        webhook.text_pushed(PushedRequest(SEEN, {"X-Twilio-Signature": "x"}, body), NOW)
    assert refused.value.announced == ""


def test_a_status_that_nobody_signed_announces_no_text(twilio: TwilioServer) -> None:
    fields = {"AccountSid": ACCOUNT, "MessageSid": "SM" + "1" * 32, "MessageStatus": "delivered"}
    with pytest.raises(BadSignature) as refused:
        webhook.status_pushed(PushedRequest(f"{SEEN}/status", {}, urlencode(fields).encode()), NOW)
    assert refused.value.announced == ""
