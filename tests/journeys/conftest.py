"""A message in, an answer out: the house, and the providers on the other side of its doors."""

from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from support.house import PASSWORD, House, database, open_house, zygote  # noqa: F401 - fixtures
from support.imap_server import (  # noqa: F401
    _shared_imap_server,
    mailbox_server,
    oauth,
    own_imap_server,
    token_imap_server,
)
from support.postfix import open_postfix  # noqa: F401
from support.smtp_server import smtp_sink, submission_server  # noqa: F401
from support.telegram_server import TelegramServer
from support.twilio_server import TwilioServer
from support.visitor import Visitor


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Where a journey fails, show what the house said."""
    outcome = yield
    report = outcome.get_result()
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if report.failed and folder is not None:
        for log in sorted(folder.rglob("*.log")):
            report.sections.append((log.name, log.read_text(errors="replace")[-4000:]))


@pytest.fixture
def twilio() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@pytest.fixture
def priya() -> Iterator[Callable[[House], Visitor]]:
    """Priya Shah, an officer, at her desk in this house: employed and signed in to the console."""
    came: list[Visitor] = []

    def sits_down(house: House) -> Visitor:
        member = house.employ()
        came.append(Visitor(house.url))
        return came[-1].sign_in(member.email, PASSWORD)

    yield sits_down
    for visitor in came:
        visitor.close()
