"""A resident writes to the bot, polled and pushed, and is answered there."""

from collections.abc import Callable

import pytest
from support.dates import assert_counts, assert_within_a_minute, clock
from support.desk_work import acknowledge
from support.house import House
from support.telegram_server import EWA, TOKEN, TelegramServer
from support.visitor import Visitor

from notifier.render import short_date

pytestmark = pytest.mark.needs("redis")

WORDS = (
    "I told you two weeks ago that the lift at Larch Court is stuck and you promised to send somebody. "
    "Nobody came. This is not acceptable, I have a pram."
)


both_ways_in = pytest.mark.parametrize("public_url", [{}, {"EARSHOT_PUBLIC_URL": "HERE"}], ids=["polled", "pushed"])


@both_ways_in
def test_a_complaint_by_chat_is_received_acknowledged_and_answered_in_the_chat(
    public_url: dict[str, str],
    open_house: Callable[..., House],
    telegram: TelegramServer,
    priya: Callable[[House], Visitor],
) -> None:
    house = open_house(EARSHOT_TELEGRAM_TOKEN=TOKEN, EARSHOT_TELEGRAM_API_BASE=telegram.url, **public_url)
    if public_url:
        house.until(lambda: telegram.webhook, "webhook")
    telegram.say(WORDS)

    case = house.case()
    assert (case.kind, case.state) == ("complaint", "stage_1_received")
    assert_counts(clock(case, "acknowledge_1"), case.messages[0].received_at)
    assert_within_a_minute(house.notice("receipt"), case.messages[0])
    said = chat(house, telegram, 1)
    assert case.reference in said
    assert short_date(clock(case, "acknowledge_1").code_due) in said

    acknowledge(priya(house), case.reference)
    said = chat(house, telegram, 2)
    respond = clock(house.case(), "respond_1")
    assert_counts(respond, respond.started_at)
    assert short_date(respond.code_due) in said

    telegram.say("Yes. Please call before you come.")
    joined = house.case(messages=2)
    assert joined.messages[1].outcome == "attached"
    assert telegram.pushes == ([200, 200] if public_url else [])
    house.until(lambda: not telegram.waiting, "last word to Telegram that it may forget")


@both_ways_in
def test_a_conversation_with_buttons_from_the_greeting_to_a_person(
    public_url: dict[str, str], open_house: Callable[..., House], telegram: TelegramServer
) -> None:
    house = open_house(EARSHOT_TELEGRAM_TOKEN=TOKEN, EARSHOT_TELEGRAM_API_BASE=telegram.url, **public_url)
    if public_url:
        house.until(lambda: telegram.webhook, "webhook")
    telegram.say("/start")
    assert "you do not have to" in chat(house, telegram, 1)

    telegram.press("I want to complain")
    assert "What you write next is recorded as a complaint" in chat(house, telegram, 2)
    telegram.say("The bins")  # which no reader would take for one
    case = house.case()
    assert (case.kind, case.state, case.review) == ("complaint", "stage_1_received", False)
    said = chat(house, telegram, 3)
    assert "We understand it as a complaint" in said
    assert case.reference in said

    telegram.press("Where is my case?")
    said = chat(house, telegram, 4)
    assert case.reference in said
    assert short_date(clock(case, "acknowledge_1").code_due) in said

    telegram.press("I want to add something")
    assert case.reference in chat(house, telegram, 5)
    telegram.say("The blue ones")
    assert "is now part of" in chat(house, telegram, 6)

    telegram.press("It's not a complaint")
    assert "A person will look at it and decide" in chat(house, telegram, 7)
    telegram.press("I want to speak to a person")
    assert "speak to a person" in chat(house, telegram, 8)
    assert {notice.facts["why"] for notice in house.alerts()} == {"not_complaint", "speak_to_human"}
    telegram.press("Yes, that's right")
    assert "you need do nothing more" in chat(house, telegram, 9)
    house.until(lambda: len(house.case().messages) == 6, "last press")
    case = house.case()
    assert (case.kind, case.state) == ("complaint", "stage_1_received")
    house.until(lambda: len(telegram.answered) == 6, "answer to every press")
    house.until(lambda: not telegram.waiting, "last word to Telegram that it may forget")


def test_what_was_announced_outlives_every_process(open_house: Callable[..., House], telegram: TelegramServer) -> None:
    house = open_house(EARSHOT_TELEGRAM_TOKEN=TOKEN, EARSHOT_TELEGRAM_API_BASE=telegram.url)
    telegram.say("/start")
    chat(house, telegram, 1)
    telegram.press("I want to complain")
    chat(house, telegram, 2)
    house.until(lambda: not telegram.waiting, "last word to Telegram that it may forget")
    house.stop()
    telegram.say("The bins")
    house.start()
    assert house.case().kind == "complaint"
    assert "We understand it as a complaint" in chat(house, telegram, 3)


def test_pain_6_a_second_program_that_polls_is_told_to_staff_once_and_nothing_is_lost(
    open_house: Callable[..., House], telegram: TelegramServer
) -> None:
    telegram.rival = True
    telegram.say(WORDS)
    house = open_house(EARSHOT_TELEGRAM_TOKEN=TOKEN, EARSHOT_TELEGRAM_API_BASE=telegram.url)
    house.until(lambda: told_of_a_rival(house), "alert to staff")
    asked = sum(method.lower() == "getupdates" for method, _ in telegram.calls)
    assert asked < 10, "a rival must not be fought for each message"
    telegram.rival = False
    assert house.case().kind == "complaint"
    assert told_of_a_rival(house) == 1


def told_of_a_rival(house: House) -> int:
    """How often staff were told that another program polls the bot."""
    said = "Another program is collecting this bot's messages: stop it"
    return sum(said in alert.facts["sentence"] for alert in house.alerts())


def chat(house: House, telegram: TelegramServer, count: int) -> str:
    """What the bot said last, once it has spoken so often, always to Ewa."""
    house.until(lambda: len(telegram.messages) >= count, f"chat message number {count}")
    assert [message["chat"]["id"] for message in telegram.messages] == [EWA] * count
    return str(telegram.messages[-1]["text"])
