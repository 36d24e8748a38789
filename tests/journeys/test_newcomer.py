"""The newcomer's path, in Chromium: be a resident, be the landlord, pull the plug on a worker, find nothing lost."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support import desk_browser
from support.accessible import assert_accessible, keep_picture
from support.dates import assert_counts, clock
from support.earshot_run import EarshotRun
from support.standing import check_the_books, whole

from casework.storage.sessions import Book
from notifier.render import long_date, short_date

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("redis")]

SAID = "The boiler has been broken for the third time and nobody comes."


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[EarshotRun]:
    with EarshotRun(tmp_path / "var", "--demo") as running:
        yield running


def test_the_newcomers_path(demo: EarshotRun, page: Page) -> None:
    assert "/demo" in demo.said
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{demo.url}/demo")
    assert_accessible(page, "demo-empty")
    page.get_by_label("Ngozi writes").fill(SAID)
    page.get_by_role("button", name="Send", exact=True).click()
    conversation = page.get_by_role("log")
    expect(conversation).to_contain_text("Larchmere Homes has it")
    expect(conversation).to_contain_text("We treat it as a complaint", timeout=60_000)
    assert_accessible(page, "demo-text")

    book = Book(f"sqlite:///{demo.var / 'earshot.sqlite'}")
    [case] = whole(book)
    assert_counts(clock(case, "acknowledge_1"), case.received_at)
    expect(conversation).to_contain_text(short_date(clock(case, "acknowledge_1").code_due))

    page.get_by_role("button", name="Sign in as Priya").click()
    page.get_by_role("link", name=case.summary).or_(page.get_by_role("link", name=case.reference)).first.click()
    page.get_by_text("Why this date").first.click()
    expect(page.locator("main")).to_contain_text(long_date(clock(case, "acknowledge_1").code_due))
    keep_picture(page, "case-why")
    page.goto(f"{demo.url}/staff/")
    desk_browser.acknowledge(page, case.reference, assert_accessible)

    page.goto(f"{demo.url}/demo/ngozi/text")
    [case] = whole(book)
    expect(conversation).to_contain_text(short_date(clock(case, "respond_1").code_due), timeout=60_000)
    keep_picture(page, "demo-acknowledged")

    for name in ("earshot:intake", "earshot:notices", "earshot:worker"):
        [pid, *_] = demo.children(name)
        os.kill(pid, signal.SIGKILL)
    page.goto(f"{demo.url}/demo/ngozi/mail")
    page.get_by_label("Subject").fill(f"My complaint {case.reference}")
    page.get_by_label("Ngozi writes").fill("Thank you. Please come before noon.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(conversation).to_contain_text("added your message", timeout=60_000)
    assert_accessible(page, "demo-mail")
    [case] = whole(book)
    assert [message.channel for message in case.messages] == ["sms", "email"]
    check_the_books(book)
    book.close()
