"""What we ask of Twilio, and what the loopback answers in its stead, keep to Twilio's own published description."""

from datetime import UTC, datetime, timedelta

import pytest
from support.twilio_description import wrong_with
from support.twilio_server import TwilioServer

from channels.message import OutboundMessage
from channels.sms import collect, outbound

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LONG_AGO = {"until": (NOW - timedelta(days=1)).isoformat(), "deep": (NOW - timedelta(days=2)).isoformat()}


def notice(words: str = "We have heard you.") -> OutboundMessage:
    return OutboundMessage(key="k" * 32, channel="sms", to="+447700900123", text=words)


def test_a_text_is_handed_over_as_twilio_describes_it(twilio: TwilioServer) -> None:
    outbound.send(notice(), now=NOW)
    [(method, _, fields)] = twilio.requests
    assert (method, wrong_with("create", fields)) == ("POST", None)


def test_the_loopback_answers_as_twilio_describes_it(twilio: TwilioServer) -> None:
    outbound.send(notice(), now=NOW)
    twilio.receive("+447700900123", "The lift is out again", at=NOW)
    assert [wrong_with("message", one) for one in twilio.messages] == [None, None]


@pytest.mark.parametrize(
    "fields",
    [
        {"To": "+447700900123", "Text": "a name that Twilio does not know"},
        {"To": "+447700900123", "Body": "x", "StatusCallback": "no address"},
        {"To": "+447700900123", "Body": "x", "Attempt": "often"},
        {"To": "+447700900123", "ContentSid": "HX1"},
    ],
)
def test_the_description_refuses_what_twilio_would_refuse(fields: dict[str, str]) -> None:
    assert wrong_with("create", fields)


def test_its_list_is_asked_for_as_twilio_describes_it(twilio: TwilioServer) -> None:
    twilio.receive("+447700900123", "The lift is out again", at=NOW - timedelta(hours=1))
    source = collect.source()
    assert source is not None
    source.open()
    source.fetch(LONG_AGO, limit=50, now=NOW)
    asked = [path for method, path, _ in twilio.requests if method == "GET"]
    assert asked  # the loopback refuses a query that is not described
