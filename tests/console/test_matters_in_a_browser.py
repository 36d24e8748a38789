"""Proving an address, and deciding what is one matter, in Chromium: phone and desk, with and without scripts."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from support.accessible import assert_accessible
from support.desk_browser import sign_in
from support.staffroom import DAY, hear, read_as

from casework.codes import code_of
from casework.links import token_for
from casework.storage import staff
from casework.storage.people_tables import ContactCode
from classifier.labels import Label
from intake.likeness import compare_new

PASSWORD = "a boiler is not a kettle"

pytestmark = pytest.mark.needs("chromium")


def look_at(page: Page, name: str) -> None:
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, page.url
    if page.evaluate("document.body.classList.contains('js-enabled')"):
        page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        assert_accessible(page, f"matters-{name}-{page.viewport_size['width'] if page.viewport_size else 0}")
        page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = false)")


def press(page: Page, name: str) -> None:
    """By the keyboard alone."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name in (focused.inner_text() or focused.get_attribute("value") or ""):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name!r} cannot be reached by the keyboard")


def two(app: Flask, *, of: Label = Label.SERVICE_REQUEST) -> tuple[str, str]:
    one = hear(app, "The boiler at 14 Larch Road is broken.", number=1, ago=DAY, read=read_as(of))
    other = hear(app, "Still no boiler at 14 Larch Road!", number=2, read=read_as(of))
    compare_new(app.extensions["desk"], now=datetime.now(UTC))
    return one, other


def code(console: Any) -> str:
    with console.book.reading() as session:
        nonce = session.scalars(select(ContactCode.nonce).order_by(ContactCode.id.desc())).first()
        return code_of(nonce, console.desk.secret)


def prove(window: Page, console: Any, number: str) -> None:
    window.get_by_label("Your email address or phone number").fill(number)
    press(window, "Send me a code")
    expect(window.get_by_role("heading", level=1)).to_have_text("Type in the code")
    window.get_by_label("Six-digit code").fill(code(console))


def test_a_resident_proves_two_addresses_and_puts_two_cases_together(window: Page, address: str, console: Any) -> None:
    one, other = two(console.app)
    window.goto(f"{address}/case/{token_for(one, console.desk.secret)}")
    look_at(window, "case")
    press(window, "Show me everything")
    expect(window.get_by_role("heading", level=1)).to_have_text("Everything that you have with us")
    look_at(window, "nothing-proved")
    press(window, "Prove an address")
    window.get_by_label("Your email address or phone number").fill("ngozi at example")
    press(window, "Send me a code")
    expect(window.locator(".govuk-error-summary")).to_contain_text("Enter an email address or a phone number")
    look_at(window, "no-address")
    prove(window, console, "07700 900001")
    look_at(window, "code")
    press(window, "Go on")
    expect(window.get_by_text("This address is proved to be yours.")).to_be_visible()
    press(window, "Prove another address")
    expect(window.get_by_role("heading", level=1)).to_have_text("Prove how we reach you")
    look_at(window, "another")
    prove(window, console, "07700 900002")
    window.get_by_label("Six-digit code").fill("1")
    press(window, "Go on")
    expect(window.locator(".govuk-error-summary")).to_contain_text("This code is not right")
    look_at(window, "wrong-code")
    window.get_by_label("Six-digit code").fill(code(console))
    press(window, "Go on")
    expect(window.get_by_role("heading", name="Are these about the same matter?")).to_be_visible()
    look_at(window, "everything")
    press(window, "Yes, one matter")
    expect(window.get_by_text("We deal with these two as one from now on.")).to_be_visible()
    look_at(window, "one-matter")
    window.get_by_role("link", name="Still no boiler").click()
    expect(window.get_by_text(f"We deal with this together with {one}")).to_be_visible()
    look_at(window, "joined")
    assert other in window.content()


def test_an_officer_joins_and_parts_two_cases_by_keyboard_alone(window: Page, address: str, console: Any) -> None:
    with console.book.transaction() as session:
        staff.add(
            session, email="priya@larchmere.example", name="Priya Shah", role="officer", phone="01632 960101",
            password=PASSWORD, now=datetime.now(UTC),
        )  # fmt: skip
    one, other = two(console.app)
    sign_in(window, address, "priya@larchmere.example", PASSWORD)
    press(window, "One matter?")
    expect(window.get_by_role("heading", level=1)).to_have_text("One matter, or two?")
    look_at(window, "list")
    window.goto(f"{address}/staff/cases/{other}")
    look_at(window, "staff-case")
    press(window, "One matter: deal with them as one")
    expect(window.get_by_text("This is dealt with together with")).to_be_visible()
    look_at(window, "staff-joined")
    window.goto(f"{address}/staff/cases/{one}")
    look_at(window, "staff-head")
    window.goto(f"{address}/staff/cases/{other}")
    press(window, "Make it a case of its own again")
    expect(window.get_by_text("They are two cases again")).to_be_visible()
    press(window, "One person or two?")
    expect(window.get_by_role("heading", level=1)).to_have_text("One person or two?")
    press(window, "They are one person")
    expect(window.locator(".govuk-error-summary")).to_contain_text("Enter the reference of a case of theirs")
    look_at(window, "people-error")
    window.get_by_label("Reference of a case of theirs").fill(one)
    window.get_by_label("How do you know that they are one person?").fill("Rang both numbers.")
    press(window, "They are one person")
    expect(window.get_by_text("They are one person now")).to_be_visible()
    look_at(window, "people")
    press(window, "Make them two people again")
    expect(window.get_by_text("They are two people again")).to_be_visible()


def test_two_complainants_are_asked_about_in_one_fold(window: Page, address: str, console: Any) -> None:
    with console.book.transaction() as session:
        staff.add(
            session, email="priya@larchmere.example", name="Priya Shah", role="officer", phone="01632 960101",
            password=PASSWORD, now=datetime.now(UTC),
        )  # fmt: skip
    two(console.app, of=Label.COMPLAINT)
    sign_in(window, address, "priya@larchmere.example", PASSWORD)
    window.goto(f"{address}/staff/together")
    look_at(window, "two-people")
    window.get_by_text("They are one person, and it is one matter").click()
    press(window, "One person, one matter")
    expect(window.locator(".govuk-error-summary")).to_contain_text("Say how you know")
    look_at(window, "two-people-error")
