"""Answers to WhatsApp leave by WhatsApp: freely for a day, then by an approved template, else another way."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from support.twilio_server import TwilioServer

from channels.errors import ChannelError
from channels.message import OutboundMessage
from channels.sms.outbound import ask, send
from channels.sms.settings import settings

HEARD = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OURS, NGOZI = "+441632960200", "+447700900123"
WORDS = "Larchmere Homes: we have your message. Reference 4817-2736-K."


@pytest.fixture
def whatsapp(twilio: TwilioServer, monkeypatch: pytest.MonkeyPatch) -> TwilioServer:
    monkeypatch.setenv("EARSHOT_TWILIO_WHATSAPP_FROM", OURS)
    settings.cache_clear()
    return twilio


def answer(**fields: object) -> OutboundMessage:
    way = {"via": "whatsapp", "heard_at": HEARD.isoformat()}
    return OutboundMessage(key="a1b2c3d4" * 4, channel="sms", to=NGOZI, text=WORDS, way=way, **fields)  # type: ignore[arg-type]


def test_within_a_day_the_answer_leaves_in_our_own_words(whatsapp: TwilioServer) -> None:
    send(answer(), now=HEARD + timedelta(hours=23))
    [sent] = whatsapp.messages
    assert (sent["from"], sent["to"], sent["body"]) == (f"whatsapp:{OURS}", f"whatsapp:{NGOZI}", WORDS)


def test_later_it_leaves_by_the_approved_template(whatsapp: TwilioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_TWILIO_WHATSAPP_TEMPLATE", "HX" + "a1" * 16)
    settings.cache_clear()
    send(answer(), now=HEARD + timedelta(hours=25))
    _, _, fields = whatsapp.requests[0]
    assert fields["ContentSid"] == "HX" + "a1" * 16
    assert json.loads(fields["ContentVariables"]) == {"1": WORDS}
    assert "Body" not in fields


def test_without_a_template_it_goes_another_way(whatsapp: TwilioServer) -> None:
    with pytest.raises(ChannelError, match="WhatsApp") as refused:
        send(answer(), now=HEARD + timedelta(hours=25))
    assert refused.value.permanent
    assert whatsapp.messages == []


def test_a_landlord_without_a_whatsapp_number_answers_by_text(twilio: TwilioServer) -> None:
    send(answer(), now=HEARD)
    assert twilio.messages[0]["to"] == NGOZI


def test_what_may_have_gone_by_whatsapp_is_looked_for_there(whatsapp: TwilioServer) -> None:
    send(answer(), now=HEARD)
    tried = datetime.now(UTC)
    found = ask(answer(first_tried_at=tried), now=tried)
    assert found is not None
    assert found.provider_id == whatsapp.messages[0]["sid"]
    plain = OutboundMessage(key="a1b2c3d4" * 4, channel="sms", to=NGOZI, text=WORDS, first_tried_at=tried)
    assert ask(plain, now=tried) is None


@pytest.mark.parametrize(("name", "value"), [("FROM", "07700 900123"), ("TEMPLATE", "MG123")])
def test_a_wrong_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"EARSHOT_TWILIO_WHATSAPP_{name}", value)
    with pytest.raises(ValueError, match="must be"):
        settings()
