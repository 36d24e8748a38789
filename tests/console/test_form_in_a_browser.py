"""Pain 31, accessibility unproven: each of the form's pages and states in Chromium, by axe-core for WCAG 2.2 AA.

Also what rules cannot see: the keyboard alone, 400 % zoom, the size of targets, focus that nothing covers, less motion,
writing from right to left, and a connection that is lost.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select
from support.accessible import assert_accessible
from support.clamd import EICAR, clamd

from casework.reading import COMPLAINT, Reading
from casework.settings import settings
from casework.storage import cases, messages
from casework.storage.tables import Message
from console import form, rush
from console.errors import say

pytestmark = pytest.mark.needs("chromium")

WORDS = "I smell gas in the hall of 12 Larch Court, and nobody has come."
NARROW, PHONE, DESK = (320, 256), (390, 740), (1280, 900)
"""The first is 1280 by 1024 pixels at 400 %: what WCAG 1.4.10 asks for."""

LANGUAGES = ("en", "pl", "ar", "ur", "bn")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "WAIT", 0.0)


@pytest.fixture(params=[NARROW, PHONE, DESK], ids=["zoom", "phone", "desk"])
def resident(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    yield from opened(browser, request.param)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    yield from opened(browser, PHONE)


def opened(browser: Browser, size: tuple[int, int], **how: Any) -> Iterator[Page]:
    window = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=window, locale="en-GB", timezone_id="Europe/London", **how)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert faults == []


def look_at(page: Page, name: str) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert_accessible(page, f"form-{name}-{width}")
    small = page.evaluate(SMALL_TARGETS)
    assert small == [], f"{name}: WCAG 2.5.8 asks for 24 by 24 pixels"


SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input, textarea, summary')].filter(target => {
    const { width, height } = target.getBoundingClientRect()
    const shown = width > 1 && height > 1 && getComputedStyle(target).opacity !== '0'
    const inline = target.tagName === 'A' && ['P', 'LI'].includes(target.parentElement.tagName)
        && target.parentElement.textContent.trim() !== target.textContent.trim()
    return shown && !inline && (width < 24 || height < 20)
}).map(target => target.outerHTML.slice(0, 120))"""


def send(page: Page) -> None:
    page.locator("form button:not([type=button])").last.click()


def open_case(console: Any) -> None:
    now = datetime.now(UTC)
    with console.book.transaction() as session:
        message = session.scalars(select(Message).order_by(Message.id.desc())).first()
        message.assessment = {"hazards": ["gas"], "urgent": True}
        reading = Reading(COMPLAINT, (COMPLAINT,))
        case = cases.open_case(session, message, reading, person=None, rules=console.desk.rules, now=now)
        messages.settle(message, "opened", case=case, now=now)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pain_31_every_state_of_the_form_can_be_used_by_everybody(
    resident: Page, address: str, console: Any, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    page = resident
    page.goto(f"{address}/?lang={lang}")
    look_at(page, f"empty-{lang}")
    page.locator("#email").fill("ngozi at example")
    page.locator("details summary").click()
    send(page)
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    look_at(page, f"errors-{lang}")
    page.locator("#message").fill(WORDS)
    page.locator("#email").fill("")
    send(page)
    expect(page.locator(".house-code")).to_be_visible()
    look_at(page, f"waiting-{lang}")
    code = page.locator(".house-code").inner_text()
    open_case(console)
    page.reload()
    expect(page.locator(".govuk-warning-text")).to_contain_text("0800 111 999")
    look_at(page, f"hazard-{lang}")
    page.goto(f"{address}/claim?lang={lang}")
    look_at(page, f"claim-{lang}")
    send(page)
    look_at(page, f"claim-error-{lang}")
    page.locator("#code").fill(code)
    send(page)
    expect(page.locator(".house-stage")).to_be_visible()
    look_at(page, f"claimed-{lang}")


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_pain_31_the_question_for_a_crowded_connection_can_be_used_by_everybody(
    resident: Page, address: str, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setattr(rush, "counts", rush.Counts("rush", seconds=rush.WINDOW))
    monkeypatch.setitem(rush.is_crowded.__kwdefaults__, "free", 0)
    resident.set_extra_http_headers({"X-Forwarded-For": "203.0.113.7"})
    resident.goto(f"{address}/?lang={lang}")
    resident.locator("#message").fill(WORDS)
    send(resident)
    expect(resident.locator("#message")).to_have_value(WORDS)
    look_at(resident, f"crowded-{lang}")
    asked = re.findall(r"\d", resident.locator("label[for=answer]").inner_text())
    resident.locator("#answer").fill(str(sum(map(int, asked))))
    send(resident)
    expect(resident.locator(".house-code")).to_be_visible()


@pytest.mark.parametrize("lang", ["en", "ur"])
def test_pain_31_a_file_with_a_virus_is_told_to_everybody(
    phone: Page, address: str, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    with clamd() as scanner:
        monkeypatch.setenv("EARSHOT_CLAMAV", scanner)
        settings.cache_clear()
        phone.goto(f"{address}/?lang={lang}")
        phone.locator("#message").fill(WORDS)
        phone.locator("#files").set_input_files({"name": "letter.txt", "mimeType": "text/plain", "buffer": EICAR})
        send(phone)
        expect(phone.locator(".govuk-warning-text")).to_contain_text("letter.txt")
    look_at(phone, f"virus-{lang}")


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("code", [404, 413, 429, 503])
def test_pain_31_what_went_wrong_is_told_to_everybody(
    resident: Page, address: str, app: Any, code: int, lang: str
) -> None:
    app.view_functions["claim.show"] = lambda: say(code)
    resident.goto(f"{address}/claim?lang={lang}")
    look_at(resident, f"{code}-{lang}")


def test_pain_31_the_keyboard_alone_is_enough_and_nothing_covers_the_focus(phone: Page, address: str) -> None:
    page = phone
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name, seen = page.evaluate(
            """() => { const at = document.activeElement, box = at.getBoundingClientRect()
                const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20))
                const seen = !!top && (at.contains(top) || top.contains(at) || top.htmlFor === at.id)
                return [at.name || at.tagName, seen] }"""
        )
        assert seen, f"the focus on {name} is covered"
        reached.append(name)
        if name == "message":
            page.keyboard.type(WORDS)
        if name == "behalf":
            page.keyboard.press("Space")
        if page.evaluate("document.activeElement.type") == "submit":
            page.keyboard.press("Enter")
            break
    assert "more" not in reached, "the field for machines is out of a person's way"
    assert [name for name in reached if name in ("message", "outcome", "address", "behalf", "name", "email", "files")]
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your message")


def test_pain_31_whoever_wants_less_motion_gets_none(browser: Browser, address: str) -> None:
    for page in opened(browser, PHONE, reduced_motion="reduce"):
        page.goto(address)
        moving = page.evaluate(
            "[...document.all].filter(one => getComputedStyle(one).transitionDuration !== '0s').length"
        )
        assert moving == 0


def test_the_reading_order_needs_no_styles(browser: Browser, address: str) -> None:
    for page in opened(browser, PHONE, java_script_enabled=False):
        page.route("**/*.css*", lambda route: route.abort())
        page.goto(address)
        places = [page.locator(f"#{name}").bounding_box() for name in ("message", "outcome", "email", "files")]
        tops = [place["y"] for place in places if place]
        assert len(tops) == 4
        assert tops == sorted(tops)
        page.locator("#message").fill(WORDS)
        send(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("We have your message")


def test_a_lost_connection_loses_no_word_and_no_message_twice(phone: Page, address: str, console: Any) -> None:
    page = phone
    page.goto(address)
    page.locator("#message").fill(WORDS)
    page.locator("#behalf-2").check()
    page.locator("#resident").evaluate("field => { field.value = 'Stan Brown' }")
    page.locator("#relation").evaluate("field => { field.value = 'neighbour' }")
    page.route("**/*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    send(page)
    page.wait_for_timeout(200)
    page.unroute("**/*")
    page.goto(address)
    expect(page.locator("#message")).to_have_value(WORDS)
    expect(page.locator("#behalf-2")).to_be_checked()
    expect(page.locator("#resident")).to_have_value("Stan Brown")
    expect(page.get_by_text("We have put back what you wrote here before.")).to_be_visible()
    look_at(page, "draft")
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your message")
    page.goto(address)
    expect(page.locator("#message")).to_have_value("")
    with console.book.reading() as session:
        assert [message.copies for message in session.scalars(select(Message))] == [0]


def lose_the_answer(route: Route) -> None:
    route.fetch(max_redirects=0)
    route.abort()


def test_an_answer_that_got_lost_and_a_second_sending_are_one_message(phone: Page, address: str, console: Any) -> None:
    page = phone
    page.goto(address)
    page.locator("#message").fill(WORDS)
    page.route("**/*", lambda route: lose_the_answer(route) if route.request.method == "POST" else route.continue_())
    send(page)
    page.wait_for_timeout(300)
    page.unroute("**/*")
    page.goto(address)
    expect(page.locator("#message")).to_have_value(WORDS)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your message")
    with console.book.reading() as session:
        assert [message.copies for message in session.scalars(select(Message))] == [1]


def test_on_a_shared_computer_the_draft_is_forgotten_at_a_press(phone: Page, address: str) -> None:
    page = phone
    page.goto(address)
    expect(page.get_by_role("button", name="Forget what I wrote")).to_be_hidden()
    page.locator("#message").fill(WORDS)
    page.wait_for_timeout(400)
    assert WORDS in page.evaluate("localStorage.getItem('earshot-draft')")
    page.get_by_role("button", name="Forget what I wrote").click()
    expect(page.locator("#message")).to_have_value("")
    assert page.evaluate("localStorage.length") == 0


def test_a_change_of_language_keeps_what_was_written(phone: Page, address: str) -> None:
    phone.goto(address)
    phone.locator("#message").fill(WORDS)
    phone.wait_for_timeout(400)
    phone.get_by_role("link", name="Polski").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Napisz, co się stało")
    expect(phone.locator("#message")).to_have_value(WORDS)


def test_the_thank_you_page_prints_without_what_nobody_needs_on_paper(phone: Page, address: str) -> None:
    phone.goto(address)
    phone.locator("#message").fill(WORDS)
    send(phone)
    expect(phone.locator(".house-code")).to_be_visible()
    phone.emulate_media(media="print")
    expect(phone.locator(".house-languages")).to_be_hidden()
    expect(phone.locator(".house-code")).to_be_visible()
