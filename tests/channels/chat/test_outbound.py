"""Chat messages go out once, and what cannot be known is said to be in doubt."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from support.telegram_server import EWA, TOKEN, TelegramServer

from channels import registry
from channels.chat import bot, outbound
from channels.chat.settings import settings
from channels.errors import ChannelError, NotConfigured
from channels.message import OutboundMessage

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEY = "c4" * 16


def notice(text: str = "We have your message. Your reference is LH-7K2M.", to: str = str(EWA)) -> OutboundMessage:
    return OutboundMessage(key=KEY, channel="chat", to=to, text=text)


def refused(message: OutboundMessage) -> ChannelError:
    with pytest.raises(ChannelError) as failure:
        outbound.send(message, now=NOW)
    return failure.value


def test_a_message_goes_out(telegram: TelegramServer) -> None:
    receipt = outbound.send(notice("Mamy Twoją wiadomość 👍"), now=NOW)
    (sent,) = telegram.messages
    assert (sent["chat"]["id"], sent["text"]) == (EWA, "Mamy Twoją wiadomość 👍")
    assert (receipt.status, receipt.key, receipt.at) == ("accepted", KEY, NOW)
    assert receipt.provider_id == f"{EWA}:{sent['message_id']}"
    assert receipt.moved_to == ""


def test_telegram_does_not_open_the_residents_link_for_a_preview(telegram: TelegramServer) -> None:
    outbound.send(notice("See https://earshot.larchmere.example/case/abc"), now=NOW)
    assert telegram.messages[0]["asked"]["link_preview_options"] == {"is_disabled": True}


def test_a_resident_who_blocked_the_bot_is_lost_to_this_channel(telegram: TelegramServer) -> None:
    telegram.block(EWA)
    failure = refused(notice())
    assert (failure.permanent, failure.stopped) == (True, True)
    assert "blocked the bot" in failure.sentence


def test_a_request_to_wait_is_obeyed_later(telegram: TelegramServer) -> None:
    telegram.fail_next(429, "Too Many Requests: retry after 7", retry_after=7)
    failure = refused(notice())
    assert (failure.permanent, failure.in_doubt) == (False, False)
    assert "7 seconds" in failure.sentence
    assert failure.wait == timedelta(seconds=7)
    assert outbound.send(notice(), now=NOW).status == "accepted"


@pytest.mark.parametrize(
    ("code", "permanent", "words"),
    [(400, True, "refused the message"), (401, False, "EARSHOT_TELEGRAM_TOKEN"), (500, False, "cannot be reached")],
)
def test_a_refusal_is_told_in_words(telegram: TelegramServer, code: int, permanent: bool, words: str) -> None:
    telegram.fail_next(code, "Bad Request: chat not found")
    failure = refused(notice())
    assert (failure.permanent, failure.in_doubt) == (permanent, False)
    assert words in failure.sentence


def test_an_answer_that_never_comes_leaves_the_message_in_doubt(
    telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot, "READ_SECONDS", 0.2)
    telegram.delay_next(10)
    failure = refused(notice())
    assert (failure.permanent, failure.in_doubt) == (False, True)
    assert len(telegram.messages) == 1


def test_a_line_that_breaks_leaves_the_message_in_doubt(telegram: TelegramServer) -> None:
    telegram.delay_next(10)
    breaking = threading.Timer(0.3, telegram.stop)
    breaking.start()
    failure = refused(notice())
    breaking.join()
    assert failure.in_doubt


def test_a_telegram_that_is_not_there_is_not_in_doubt(
    telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("EARSHOT_TELEGRAM_API_BASE", f"http://127.0.0.1:{free_port}")
    settings.cache_clear()
    failure = refused(notice())
    assert (failure.permanent, failure.in_doubt) == (False, False)


def test_a_group_that_moved_is_followed(telegram: TelegramServer) -> None:
    telegram.migrate(-500, -100500)
    receipt = outbound.send(notice(to="-500"), now=NOW)
    assert receipt.provider_id.startswith("-100500:")
    assert receipt.moved_to == "-100500"


@pytest.mark.parametrize("to", ["", "@ewa", "5550001x", "ewa@example.org"])
def test_an_address_that_is_no_chat_is_refused_here(telegram: TelegramServer, to: str) -> None:
    assert refused(notice(to=to)).permanent
    assert telegram.calls == []


def test_one_loop_serves_every_thread(telegram: TelegramServer) -> None:
    threads = [threading.Thread(target=outbound.send, args=(notice(f"{n}"),), kwargs={"now": NOW}) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one["text"] for one in telegram.messages) == list("01234")
    assert [one.name for one in threading.enumerate()].count("telegram") == 1


def test_an_unset_channel_names_what_to_set() -> None:
    with pytest.raises(NotConfigured, match="EARSHOT_TELEGRAM_TOKEN"):
        outbound.send(notice(), now=NOW)


def test_telegram_cannot_be_asked() -> None:
    assert registry.get("chat").ask is None


def test_no_token_no_chat_and_no_words_in_the_log(telegram: TelegramServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        outbound.send(notice(), now=NOW)
        telegram.fail_next(429, "Too Many Requests", retry_after=3)
        refused(notice())
    assert TOKEN.partition(":")[2] not in caplog.text
    assert str(EWA) not in caplog.text
    assert "reference" not in caplog.text
