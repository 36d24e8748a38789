"""The residents' doors in Chromium: on a phone and on a desk, with scripts and without, without a cookie either way."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.accessible import assert_accessible

from casework.links import token_for
from casework.reading import Reading
from casework.storage import cases, messages, people
from casework.storage.tables import Message

pytestmark = pytest.mark.needs("chromium")


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def look_at(page: Page, name: str) -> None:
    """Whoever can see it can use it, and so can whoever cannot; axe needs scripts to run."""
    fits(page)
    if has_scripts(page):
        assert_accessible(page, f"doors-{name}-{page.viewport_size['width'] if page.viewport_size else 0}")


def has_scripts(page: Page) -> bool:
    return page.evaluate("document.body.classList.contains('js-enabled')")


def open_case(console: Any, words: str, kind: str) -> str:
    now = datetime.now(UTC)
    with console.book.transaction() as session:
        message = Message(
            channel="sms", our_address="+441632960100", external_id="SM1", received_at=now, accepted_at=now, raw=b"",
            raw_sha256="", kind="message", text=words, new_text=words, sender="+447700900123", next_try_at=now,
        )  # fmt: skip
        session.add(message)
        person = people.know(
            session, None, [("phone", "+447700900123")], {}, name="Ngozi Okafor", home="", adjustments="", now=now
        )
        case = cases.open_case(
            session, message, Reading(kind, (kind,)), person=person, rules=console.desk.rules, now=now
        )
        messages.settle(message, "opened", case=case, now=now)
        case.reply_channel, case.reply_address = "sms", "+447700900123"
        return f"/case/{token_for(case.reference, console.desk.secret)}"


def test_a_resident_mends_a_slip_and_is_thanked(window: Page, address: str) -> None:
    window.goto(address)
    look_at(window, "form")
    window.get_by_label("Email address (optional)").fill("ngozi at example")
    window.get_by_role("button", name="Send").click()
    summary = window.locator(".govuk-error-summary")
    expect(summary).to_contain_text("Enter an email address in the correct format")
    if has_scripts(window):
        expect(summary).to_be_focused()
    look_at(window, "form-error")
    summary.get_by_text("Tell us what happened").click()
    expect(window.get_by_label("What happened?")).to_be_focused()
    window.get_by_label("What happened?").fill("The boiler is broken for the third time.")
    window.get_by_label("Email address (optional)").fill("ngozi.okafor@example.org")
    window.get_by_role("button", name="Send").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("We have your message")
    look_at(window, "thanks")
    assert window.context.cookies() == []


def test_a_resident_reads_their_page_chooses_and_adds(window: Page, address: str, console: Any) -> None:
    window.goto(address + open_case(console, "The tap drips.", "service_request"))
    expect(window.get_by_role("heading", name="Recorded")).to_be_visible()
    look_at(window, "page")
    window.get_by_role("button", name="Make this a complaint").click()
    expect(window.get_by_text("We are treating this as a complaint.")).to_be_visible()
    window.get_by_text("Why this date").click()
    expect(window.get_by_text("working day 5")).to_be_visible()
    look_at(window, "page-complaint")
    window.get_by_label("Your message").fill("It drips faster now.")
    window.get_by_role("button", name="Send").click()
    expect(window.get_by_text("We have what you added.")).to_be_visible()
    assert window.context.cookies() == []


def test_a_page_that_is_not_there_can_be_read_by_everybody(window: Page, address: str) -> None:
    window.goto(f"{address}/nowhere")
    expect(window.get_by_role("heading", level=1)).to_have_text("We cannot find that page")
    look_at(window, "not-found")
