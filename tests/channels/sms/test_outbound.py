"""Texts go out once, and what cannot be known is said to be in doubt."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from support.twilio_server import TwilioServer

from channels.errors import ChannelError, NotConfigured
from channels.message import OutboundMessage
from channels.sms import outbound, provider
from channels.sms.settings import settings

KEY = "k9" * 16
NGOZI = "+447700900123"


def now() -> datetime:
    return datetime.now(UTC)


def notice(
    text: str = "We have your message. Your reference is LH-7K2M.", to: str = NGOZI, tried: datetime | None = None
) -> OutboundMessage:
    return OutboundMessage(key=KEY, channel="sms", to=to, text=text, first_tried_at=tried)


def test_a_text_goes_out_with_the_address_for_its_status(twilio: TwilioServer) -> None:
    receipt = outbound.send(notice(), now=now())
    (taken,) = twilio.messages
    assert (taken["to"], taken["from"], taken["body"]) == (NGOZI, "+441632960100", notice().text)
    assert (receipt.status, receipt.key, receipt.provider_id) == ("accepted", KEY, taken["sid"])
    assert twilio.callbacks[taken["sid"]] == f"https://earshot.larchmere.example/webhooks/sms/status?n={KEY}"


def test_without_a_public_address_no_status_is_asked_for(twilio: TwilioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EARSHOT_PUBLIC_URL")
    settings.cache_clear()
    outbound.send(notice(), now=now())
    assert twilio.callbacks == {}


def test_one_line_to_twilio_is_kept_open(twilio: TwilioServer) -> None:
    outbound.send(notice("one"), now=now())
    first = provider.client()
    outbound.send(notice("two 🥶"), now=now())
    assert provider.client() is first
    assert [one["body"] for one in twilio.messages] == ["one", "two 🥶"]


@pytest.mark.parametrize("code", [21211, 21610, 21614])
def test_a_number_that_will_never_take_it_is_permanent(twilio: TwilioServer, code: int) -> None:
    twilio.refuse(NGOZI, code)
    with pytest.raises(ChannelError) as failure:
        outbound.send(notice(), now=now())
    assert failure.value.permanent
    assert not failure.value.in_doubt
    assert str(code) in failure.value.sentence


@pytest.mark.parametrize(
    ("status", "code", "in_doubt"),
    [(429, 20429, False), (503, 20503, False), (401, 20003, False), (500, 20500, True), (502, 0, True), (504, 0, True)],
)
def test_a_fault_of_twilio_passes(twilio: TwilioServer, status: int, code: int, in_doubt: bool) -> None:
    twilio.fail_next(status, code)
    with pytest.raises(ChannelError) as failure:
        outbound.send(notice(), now=now())
    assert not failure.value.permanent
    assert failure.value.in_doubt is in_doubt
    outbound.send(notice(), now=now())
    assert len(twilio.messages) == 1


def test_a_twilio_that_is_not_there_is_not_in_doubt(
    twilio: TwilioServer, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("EARSHOT_TWILIO_API_BASE", f"http://127.0.0.1:{free_port}")
    settings.cache_clear()
    with pytest.raises(ChannelError) as failure:
        outbound.send(notice(), now=now())
    assert (failure.value.permanent, failure.value.in_doubt) == (False, False)


def test_an_answer_that_never_comes_leaves_the_text_in_doubt_and_twilio_is_asked(
    twilio: TwilioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "SECONDS", 0.2)
    tried = now()
    twilio.delay_next(10)
    with pytest.raises(ChannelError) as failure:
        outbound.send(notice(), now=tried)
    assert failure.value.in_doubt
    assert not failure.value.permanent
    found = outbound.ask(notice(tried=tried), now=now())
    assert found is not None
    assert (found.provider_id, found.key, found.status) == (twilio.messages[0]["sid"], KEY, "accepted")
    assert len(twilio.messages) == 1


def test_a_text_that_twilio_never_had_is_not_found(twilio: TwilioServer) -> None:
    tried = now()
    outbound.send(notice("Something else"), now=tried)
    outbound.send(notice(to="+447700900456"), now=tried)
    assert outbound.ask(notice(tried=tried), now=now()) is None


def test_the_same_words_sent_the_day_before_are_another_text(twilio: TwilioServer) -> None:
    outbound.send(notice(), now=now())
    assert outbound.ask(notice(tried=now() + timedelta(days=1)), now=now()) is None


def test_asking_tells_the_fate_of_a_text(twilio: TwilioServer) -> None:
    sid = outbound.send(notice(), now=now()).provider_id
    twilio.message(sid).update(status="undelivered", error_code=30005)
    found = outbound.ask(notice(tried=now()), now=now())
    assert found is not None
    assert (found.status, found.permanent) == ("failed", True)


def test_asking_looks_through_several_pages(twilio: TwilioServer) -> None:
    tried = now()
    wanted = outbound.send(notice(), now=tried).provider_id
    for number in range(60):
        outbound.send(notice(f"reminder {number}"), now=now())
    found = outbound.ask(notice(tried=tried), now=now())
    assert found is not None
    assert found.provider_id == wanted


def test_an_unset_channel_names_what_to_set() -> None:
    with pytest.raises(NotConfigured, match="EARSHOT_TWILIO_ACCOUNT_SID and EARSHOT_TWILIO_AUTH_TOKEN"):
        outbound.send(notice(), now=now())


def test_no_number_and_no_words_in_the_log(twilio: TwilioServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        outbound.send(notice(), now=now())
        outbound.ask(notice(tried=now()), now=now())
    assert NGOZI not in caplog.text
    assert "7700900123" not in caplog.text
    assert "reference" not in caplog.text
