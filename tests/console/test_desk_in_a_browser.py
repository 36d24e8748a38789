"""The staff console in Chromium: by keyboard alone, with and without scripts, on a phone and on a desk."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select
from support.accessible import assert_accessible
from support.staffroom import DAY, Scripted, desk_of, hear, notices_of, read_as

from casework.storage import rereading, staff
from casework.storage.tables import Message
from classifier.labels import Hazard, Label
from intake.process import process

PASSWORD = "a boiler is not a kettle"

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def app(console) -> Flask:
    with console.book.transaction() as session:
        staff.add(
            session, email="priya@larchmere.example", name="Priya Shah", role="officer", phone="01632 960101",
            password=PASSWORD, now=datetime.now(UTC),
        )  # fmt: skip
    return console.app


def fits(page: Page) -> None:
    """No page is wider than its window, and where scripts run axe-core has looked at it with every fold open."""
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, page.url
    if page.evaluate("document.body.classList.contains('js-enabled')"):
        page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        assert_accessible(page, "desk-" + page.url.rpartition("/")[2])
        page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = false)")


def press_until_focused(page: Page, name: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name in (focused.inner_text() or focused.get_attribute("value") or ""):
            return
    raise AssertionError(f"{name!r} cannot be reached by the keyboard")


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/staff/")
    page.get_by_label("Email address").focus()
    page.keyboard.type("priya@larchmere.example")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/staff/")


def test_an_officer_acknowledges_a_complaint_by_keyboard_alone(app: Flask, address: str, window: Page) -> None:
    reference = hear(app, ago=2 * DAY)
    sign_in(window, address)
    fits(window)
    press_until_focused(window, "The boiler is broken")
    window.keyboard.press("Enter")
    window.wait_for_url(f"**/staff/cases/{reference}")
    fits(window)
    press_until_focused(window, "Acknowledge")
    window.keyboard.press("Enter")
    window.wait_for_url("**/acknowledgement")
    fits(window)
    press_until_focused(window, "See what they will get")
    window.keyboard.press("Enter")
    window.get_by_role("heading", name="This is what they will get").wait_for()
    fits(window)
    press_until_focused(window, "Send it now")
    window.keyboard.press("Enter")
    window.wait_for_url(f"**/staff/cases/{reference}")
    assert window.get_by_text("The acknowledgement is on its way").is_visible()
    assert len(notices_of(app, reference, "acknowledgement")) == 1


def test_every_page_fits_its_window_and_has_one_heading(app: Flask, address: str, window: Page) -> None:
    long = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 3
    reference = hear(app, long, read=read_as(hazards=(Hazard.GAS,)), sender_name=long)
    sign_in(window, address)
    for path in (
        "", "sent", "quarantine", "take-down", "rereading", "reports/missed-complaints", f"cases/{reference}",
        f"cases/{reference}/acknowledgement", "cases/none",
    ):  # fmt: skip
        window.goto(f"{address}/staff/{path}")
        fits(window)
        assert window.get_by_role("heading", level=1).count() == 1, path
        for field in window.locator("input:visible, select:visible, textarea:visible").all():
            number = field.get_attribute("id")
            assert window.locator(f'label[for="{number}"]').count() == 1, (path, number)


def test_a_call_is_taken_down_without_a_mouse(app: Flask, address: str, window: Page) -> None:
    sign_in(window, address)
    window.goto(f"{address}/staff/take-down")
    window.get_by_label("What they said, in their own words").focus()
    window.keyboard.type("You never came back about the lift.")
    press_until_focused(window, "Store it")
    window.keyboard.press("Enter")
    window.get_by_text("It is being read now").wait_for()
    fits(window)


def test_what_is_being_typed_outlives_the_session_and_is_gone_once_it_is_stored(
    app: Flask, address: str, window: Page
) -> None:
    sign_in(window, address)
    window.goto(f"{address}/staff/take-down")
    if not window.evaluate("document.body.classList.contains('js-enabled')"):
        return  # without scripts the browser's own Back keeps it
    assert window.evaluate("document.activeElement.id") == "message"
    window.keyboard.type("You never came back about the lift.")
    window.context.clear_cookies()
    press_until_focused(window, "Store it")
    window.keyboard.press("Enter")
    window.get_by_role("heading", level=1).wait_for()
    sign_in(window, address)
    window.goto(f"{address}/staff/take-down")
    assert (
        window.get_by_label("What they said, in their own words").input_value() == "You never came back about the lift."
    )
    fits(window)
    press_until_focused(window, "Store it")
    window.keyboard.press("Enter")
    window.get_by_text("It is being read now").wait_for()
    window.goto(f"{address}/staff/take-down")
    assert window.get_by_label("What they said, in their own words").input_value() == ""


def test_every_state_of_taking_down_fits_its_window(app: Flask, address: str, window: Page) -> None:
    sign_in(window, address)
    window.goto(f"{address}/staff/take-down")
    for name, value in {"day": "26", "month": "10", "year": "2025", "time": "1.30am"}.items():
        window.locator(f"[name={name}]").fill(value)
    press_until_focused(window, "Store it")
    window.keyboard.press("Enter")
    window.get_by_text("this time came twice").first.wait_for()
    fits(window)
    window.get_by_label("What they said, in their own words").fill("I smell gas.")
    window.get_by_label("The second time").check()
    window.get_by_role("button", name="Store it").click()
    window.get_by_text("It is being read now").wait_for()
    with desk_of(app).book.reading() as session:
        number = session.scalars(select(Message.id)).one()
    process(desk_of(app), Scripted(read_as(hazards=(Hazard.GAS,))), [number], now=datetime.now(UTC))
    window.goto(f"{address}/staff/take-down/{number}")
    assert window.get_by_text("Say now:").is_visible()
    fits(window)


def test_a_message_is_read_again_and_counted_without_a_mouse(app: Flask, address: str, window: Page) -> None:
    hear(app, "Another lovely cold bath this morning.", read=read_as(Label.COMMENT))
    with desk_of(app).book.transaction() as session:
        rereading.draw(session, size=30, now=datetime.now(UTC) + 7 * DAY)
    sign_in(window, address)
    window.goto(f"{address}/staff/rereading")
    fits(window)
    window.get_by_label("Yes").focus()
    window.keyboard.press("Space")
    press_until_focused(window, "Save and go on")
    window.keyboard.press("Enter")
    window.wait_for_url("**/staff/cases/*")
    assert window.get_by_role("button", name="Save the label").is_visible()
    fits(window)
    window.goto(f"{address}/staff/reports/missed-complaints")
    assert window.get_by_role("cell", name="Text message").first.is_visible()
    fits(window)
