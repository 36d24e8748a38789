"""Priya Shah at the console in Chromium."""

from collections.abc import Callable

from playwright.sync_api import Page
from support.desk_work import OURS, OUTCOMES, UNDERSTANDING

Look = Callable[[Page, str], None]


def sign_in(page: Page, address: str, email: str, password: str) -> None:
    page.goto(f"{address}/staff/")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", level=1, name="Inbox").wait_for()


def acknowledge(page: Page, reference: str, look: Look) -> None:
    """From the inbox to the acknowledgement on its way; `look` is called on each page with its name."""
    look(page, "inbox")
    page.get_by_role("link", name=reference).first.click()
    page.get_by_role("heading", level=1).wait_for()
    look(page, "case")
    page.get_by_role("link", name="Acknowledge").or_(page.get_by_role("button", name="Acknowledge")).first.click()
    page.get_by_label("How we understand the complaint").fill(UNDERSTANDING)
    page.get_by_label("What they would like to happen").fill(OUTCOMES)
    page.get_by_label("What is, and is not, ours to put right").fill(OURS)
    look(page, "acknowledge")
    page.get_by_role("button", name="See what they will get").click()
    page.get_by_role("heading", name="This is what they will get").wait_for()
    look(page, "preview")
    page.get_by_role("button", name="Send it now").click()
    page.get_by_text("The acknowledgement is on its way").wait_for()
    look(page, "case-acknowledged")
