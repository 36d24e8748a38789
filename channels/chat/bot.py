"""One bot and one event loop for the whole process. Importing this costs 0.9 s: only senders and pollers do.

python-telegram-bot is asynchronous and the house is not, so the loop runs in a thread of its own,
where any thread may hand it work: a poll that waits never holds up a notice.
"""

import asyncio
import atexit
import logging
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from telegram import Bot
from telegram.request import HTTPXRequest

from channels.chat.settings import Settings, settings
from channels.errors import NotConfigured

CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0

# httpx logs each address, and Telegram's hold the token; python-telegram-bot logs what it cannot parse.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)

os.environ.setdefault("PTB_TIMEDELTA", "true")  # its own switch: waits are timedeltas, and it does not warn of ints

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Running:
    owner: Settings
    loop: asyncio.AbstractEventLoop
    thread: threading.Thread
    bot: Bot
    lines: tuple[HTTPXRequest, HTTPXRequest]


_running: _Running | None = None
_lock = threading.Lock()
_of_the_parent: list[_Running] = []


def run(work: Callable[[Bot], Coroutine[Any, Any, T]]) -> T:
    """Do one piece of work with the bot and wait for it; raises NotConfigured, or what the work raises."""
    running = _started()
    future: Future[T] = asyncio.run_coroutine_threadsafe(work(running.bot), running.loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()  # an interrupted wait (a job's time limit) must not leave the work behind
        raise


def close() -> None:
    """Close the lines to Telegram and end the loop; the next `run` starts anew."""
    global _running
    with _lock:
        running, _running = _running, None
    if running is None:
        return
    asyncio.run_coroutine_threadsafe(_shut_down(running.lines), running.loop).result(CONNECT_SECONDS)
    running.loop.call_soon_threadsafe(running.loop.stop)
    running.thread.join(CONNECT_SECONDS)
    running.loop.close()


def _started() -> _Running:
    global _running
    known = settings()
    if _running is not None and _running.owner != known:
        close()
    with _lock:
        if _running is None:
            bot, lines = _new(known)
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=loop.run_forever, name="telegram", daemon=True)
            thread.start()
            _running = _Running(known, loop, thread, bot, lines)
        return _running


def _new(known: Settings) -> tuple[Bot, tuple[HTTPXRequest, HTTPXRequest]]:
    if known.telegram_token is None:
        raise NotConfigured("chat", *known.missing())
    base = known.telegram_api_base
    polling, calling = _lines(), _lines()
    bot = Bot(
        known.telegram_token.get_secret_value(),
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=calling,
        get_updates_request=polling,
    )
    return bot, (polling, calling)


def _lines() -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=8,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        write_timeout=READ_SECONDS,
        pool_timeout=CONNECT_SECONDS,
    )


async def _shut_down(lines: tuple[HTTPXRequest, HTTPXRequest]) -> None:
    for line in lines:  # not bot.shutdown(): it does nothing before bot.initialize(), which calls getMe
        await line.shutdown()


def _begin_again() -> None:
    """In a forked child: start a loop anew; the parent's is kept, so that it is never closed from here."""
    global _running, _lock
    if _running is not None:
        _of_the_parent.append(_running)
    _running, _lock = None, threading.Lock()


atexit.register(close)
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_begin_again)
