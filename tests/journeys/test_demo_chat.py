"""The demo's chat on a phone: greeted, pressed, understood, and told where the case stands."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.accessible import assert_accessible
from support.earshot_run import EarshotRun
from support.standing import whole

from casework.storage.sessions import Book
from notifier.render import short_date

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("redis")]

SECONDS = 60_000


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[EarshotRun]:
    with EarshotRun(tmp_path / "var", "--demo") as running:
        yield running


def test_a_resident_talks_to_the_bot_by_buttons(demo: EarshotRun, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{demo.url}/demo/ewa/chat")
    conversation = page.get_by_role("log")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(conversation).to_contain_text("you do not have to", timeout=SECONDS)
    assert_accessible(page, "demo-chat-greeting")

    page.get_by_role("button", name="I want to complain").click()
    expect(conversation).to_contain_text("What you write next is recorded as a complaint", timeout=SECONDS)
    page.get_by_label("Ewa writes").fill("The lift has stood still since Monday.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(conversation).to_contain_text("We understand it as a complaint", timeout=SECONDS)
    assert_accessible(page, "demo-chat-receipt")

    page.get_by_role("button", name="Where is my case?").last.click()
    book = Book(f"sqlite:///{demo.var / 'earshot.sqlite'}")
    [case] = whole(book)
    due = short_date(next(clock for clock in case.clocks if clock.kind == "acknowledge_1").code_due)
    expect(conversation).to_contain_text(f"We will write to you about it by {due}", timeout=SECONDS)
    assert_accessible(page, "demo-chat-status")
    page.get_by_role("button", name="It's not a complaint").last.click()
    expect(conversation).to_contain_text("A person will look at it and decide", timeout=SECONDS)
    book.close()
