"""Twilio's own list: what its push has missed is found there."""

from datetime import UTC, datetime, timedelta

import pytest
from support.twilio_server import TwilioServer

from channels.channel import Collected
from channels.errors import ChannelError
from channels.sms import collect, recover
from channels.sms.settings import settings

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NGOZI = "+447700900123"


def look(position: dict[str, str] | None, *, now: datetime) -> Collected:
    source = collect.source()
    assert source is not None
    return source.fetch(position, limit=50, now=now)


def test_without_texts_there_is_no_list() -> None:
    assert collect.source() is None


def test_the_first_look_begins_now_and_asks_nothing(twilio: TwilioServer) -> None:
    twilio.receive(NGOZI, "Long ago", at=NOW - timedelta(hours=1))
    assert look(None, now=NOW).messages == ()
    assert twilio.requests == []


def test_a_text_that_was_not_pushed_is_found_as_of_when_twilio_got_it(twilio: TwilioServer) -> None:
    position = look(None, now=NOW).position
    missed = twilio.receive(NGOZI, "Nobody answered 🥶", at=NOW + timedelta(minutes=3))
    assert look(position, now=NOW + timedelta(minutes=10)).messages == ()
    found = look(position, now=NOW + timedelta(minutes=20))
    [message] = found.messages
    assert (message.external_id, message.text, message.sender) == (missed["sid"], "Nobody answered 🥶", NGOZI)
    assert message.received_at == NOW + timedelta(minutes=3)
    assert message.details["recovered"] == "list"
    assert look(found.position, now=NOW + timedelta(minutes=50)).messages == ()


def test_it_has_the_name_that_the_push_would_have_given_it(twilio: TwilioServer) -> None:
    from urllib.parse import urlencode

    from channels.sms.inbound import read

    missed = twilio.receive(NGOZI, "Boiler", at=NOW + timedelta(minutes=3))
    pushed = read(
        urlencode(twilio.text_fields(NGOZI, "Boiler", MessageSid=missed["sid"])).encode(),
        received_at=NOW,
    )
    [listed] = look(look(None, now=NOW).position, now=NOW + timedelta(minutes=20)).messages
    assert (listed.our_address, listed.external_id) == (pushed.our_address, pushed.external_id)
    assert (listed.sender, listed.new_text) == (pushed.sender, pushed.new_text)


def test_what_is_on_its_way_by_the_push_is_left_to_it(twilio: TwilioServer) -> None:
    later = NOW + timedelta(minutes=20)
    twilio.receive(NGOZI, "Just sent", at=later - timedelta(minutes=1))
    position = look(None, now=NOW).position
    found = look(position, now=later)
    assert found.messages == ()
    [message] = look(found.position, now=later + timedelta(minutes=15)).messages
    assert message.text == "Just sent"


def test_our_own_texts_are_not_heard(twilio: TwilioServer) -> None:
    ours = twilio.receive("+441632960100", "Ours", to="+441632960100", at=NOW + timedelta(minutes=3))
    ours["direction"] = "outbound-api"
    assert look(look(None, now=NOW).position, now=NOW + timedelta(minutes=20)).messages == ()


def test_once_a_day_it_looks_two_days_back(twilio: TwilioServer) -> None:
    twilio.receive(NGOZI, "Listed late", at=NOW - timedelta(hours=30))
    position = {"until": NOW.isoformat(), "deep": (NOW - timedelta(hours=25)).isoformat()}
    [message] = look(position, now=NOW + timedelta(minutes=20)).messages
    assert message.text == "Listed late"


def test_a_long_list_is_read_to_its_end_oldest_first(twilio: TwilioServer) -> None:
    for number in range(450):
        twilio.receive(NGOZI, f"Text {number}", at=NOW + timedelta(seconds=number))
    found = look(look(None, now=NOW).position, now=NOW + timedelta(minutes=20)).messages
    assert [message.text for message in found] == [f"Text {number}" for number in range(450)]


def test_pictures_are_named_as_the_push_names_them(twilio: TwilioServer) -> None:
    twilio.receive(NGOZI, "Mould", at=NOW + timedelta(minutes=3), files=[b"\xff\xd8\xff one", b"\xff\xd8\xff two"])
    [message] = look(look(None, now=NOW).position, now=NOW + timedelta(minutes=20)).messages
    assert [medium["url"].rpartition("/")[2] for medium in message.details["media"]] == ["ME0", "ME1"]


def test_whatsapp_is_listed_under_its_own_number(twilio: TwilioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_TWILIO_WHATSAPP_FROM", "+441632960200")
    settings.cache_clear()
    twilio.receive(f"whatsapp:{NGOZI}", "Hi", "whatsapp:+441632960200", at=NOW + timedelta(minutes=3))
    [message] = look(look(None, now=NOW).position, now=NOW + timedelta(minutes=20)).messages
    assert (message.sender, message.details["via"]) == (NGOZI, "whatsapp")


def test_a_twilio_that_is_away_is_said_so(twilio: TwilioServer) -> None:
    position = look(None, now=NOW).position
    twilio.auth_token = "changed-at-twilio"
    with pytest.raises(ChannelError, match="EARSHOT_TWILIO_AUTH_TOKEN"):
        look(position, now=NOW + timedelta(minutes=20))


def test_the_inventory_names_every_text_to_us(twilio: TwilioServer) -> None:
    sids = [twilio.receive(NGOZI, f"{number}", at=NOW)["sid"] for number in range(3)]
    source = collect.source()
    assert source is not None
    assert sorted(source.inventory(NOW - timedelta(hours=1), until=NOW)) == sorted(sids)
    assert [one.text for one in source.recover(sids[1:]).messages] == ["1", "2"]
    assert source.inventory(NOW - timedelta(hours=1), until=NOW - timedelta(minutes=1)) == []


def test_what_twilio_heard_before_we_first_looked_is_in_no_inventory(twilio: TwilioServer) -> None:
    twilio.receive(NGOZI, "Long before there was an Earshot", at=NOW - timedelta(hours=2))
    source = collect.source()
    assert source is not None
    source.fetch(None, limit=50, now=NOW)
    assert source.inventory(NOW - timedelta(days=1), until=NOW) == []


def test_pain_20_only_twilios_answer_about_an_unsigned_text_is_believed(twilio: TwilioServer) -> None:
    known = twilio.receive(NGOZI, "The real words", at=NOW - timedelta(minutes=1))
    found = recover.recover(known["sid"], now=NOW)
    assert found is not None
    assert (found.text, found.details["recovered"]) == ("The real words", "asked")
    assert recover.recover("SM" + "0" * 32, now=NOW) is None
    known["direction"] = "outbound-reply"
    assert recover.recover(known["sid"], now=NOW) is None
