"""A resident fills in the form on her phone, an officer answers in the console, both in Chromium."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from support import desk_browser
from support.accessible import assert_accessible
from support.cast import NGOZI
from support.dates import assert_counts, assert_within_a_minute, clock
from support.desk_work import UNDERSTANDING
from support.handset import Handset, texts_by
from support.house import PASSWORD, House
from support.imap_server import Account
from support.letters import opened, plain, reply
from support.smtp_server import SmtpServer
from support.twilio_server import TwilioServer
from support.visitor import Visitor

from notifier.render import long_date, short_date

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("redis")]

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
SAID = (
    "The damp in the bedroom of 12 Larch Court came back. I reported it in March and again in June and nobody has "
    "done anything about it. I am really unhappy with how you have dealt with this."
)
TAP = "The kitchen tap drips at 12 Larch Court, could somebody please come and mend it?"
PICTURE = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


@pytest.mark.needs("dovecot")
def test_a_complaint_by_form_is_received_acknowledged_and_answered_by_mail(
    open_house: Callable[..., House],
    mailbox_server: Account,
    submission_server: SmtpServer,
    browser: Browser,
    page: Page,
) -> None:
    house = open_house(EARSHOT_IMAP_URL=mailbox_server.imap_url, EARSHOT_SMTP_URL=submission_server.url)
    page.set_viewport_size(PHONE)
    page.goto(house.url)
    assert_accessible(page, "form")

    page.get_by_role("button", name="Send").click()
    summary = page.get_by_role("alert")
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    assert page.title().startswith("Error: ")
    assert_accessible(page, "form-error")
    summary.get_by_role("link", name="Tell us what happened").click()
    expect(page.get_by_label("What happened?")).to_be_focused()

    page.get_by_label("What happened?").fill(SAID)
    page.get_by_label("Photos, letters or recordings").set_input_files(
        {"name": "mould.jpg", "mimeType": "image/jpeg", "buffer": PICTURE}
    )
    page.get_by_label("Your name").fill(NGOZI.name)
    page.get_by_label("Email address").fill("Ngozi.Okafor@example.org")
    page.get_by_label("Address of the home").fill(NGOZI.home)
    page.get_by_label("Email", exact=True).check()
    page.get_by_role("button", name="Send").click()

    page.get_by_role("heading", name="We have your message").wait_for()
    case = house.case()
    assert (case.kind, case.state) == ("complaint", "stage_1_received")
    assert_counts(clock(case, "acknowledge_1"), case.messages[0].received_at)
    expect(page.locator("main")).to_contain_text(case.reference)
    expect(page.locator("main")).to_contain_text(long_date(clock(case, "acknowledge_1").code_due))
    assert_accessible(page, "thanks")

    [receipt] = submission_server.wait_for(1)
    assert receipt.to == (NGOZI.email,)
    assert_within_a_minute(house.notice("receipt"), case.messages[0])
    page.get_by_role("link", name="your page").click()
    expect(page.locator("main")).to_contain_text(case.reference)
    expect(page.locator("main")).to_contain_text("damp in the bedroom")
    assert_accessible(page, "resident-page")

    desk = browser.new_context(viewport=DESK, locale="en-GB", timezone_id="Europe/London", accept_downloads=True)
    officer = desk.new_page()
    desk_browser.sign_in(officer, house.url, house.employ().email, PASSWORD)
    desk_browser.acknowledge(officer, case.reference, assert_accessible)
    with officer.expect_download() as download:
        officer.get_by_role("link", name="mould.jpg").click()
    assert download.value.path().read_bytes() == PICTURE
    desk.close()

    respond = clock(house.case(), "respond_1")
    assert_counts(respond, respond.started_at)
    acknowledgement = opened(submission_server.wait_for(2)[1].raw)
    assert long_date(respond.code_due) in plain(acknowledgement)
    assert UNDERSTANDING in plain(acknowledgement)
    page.reload()
    expect(page.locator("main")).to_contain_text(long_date(respond.code_due))
    assert_accessible(page, "resident-page-acknowledged")

    mailbox_server.put(reply(acknowledgement, "Yes, that is it. Mornings are best.").as_bytes())
    joined = house.case(messages=2)
    assert joined.messages[1].new_text == "Yes, that is it. Mornings are best."


def test_who_asks_for_a_text_is_answered_by_text(
    open_house: Callable[..., House], twilio: TwilioServer, smtp_sink: SmtpServer
) -> None:
    house = open_house(**texts_by(twilio), EARSHOT_SMTP_URL=smtp_sink.url)
    with Visitor(house.url) as visitor:
        thanks = visitor.open("/").send(
            "/", message=SAID, name=NGOZI.name, phone="07700 900123", email=NGOZI.email, prefers="text"
        )
    case = house.case()
    assert case.reference in thanks.words
    said = Handset(twilio, house).received(1)
    assert short_date(clock(case, "acknowledge_1").code_due) in said
    assert smtp_sink.mails == []


def test_who_may_be_unhappy_makes_it_a_complaint_on_the_page_and_adds_to_it_without_scripts(
    open_house: Callable[..., House], smtp_sink: SmtpServer
) -> None:
    house = open_house(EARSHOT_SMTP_URL=smtp_sink.url)
    with Visitor(house.url) as visitor:
        thanks = visitor.open("/").send("/", message=TAP, name=NGOZI.name, email=NGOZI.email)
        case = house.case()
        assert case.kind == "service_request"
        assert case.clocks == []
        [link] = [link for link in thanks.links if link.startswith("/case/")]
        chosen = visitor.open(link).send("/complaint")
        assert "We are treating this as a complaint" in chosen.words
        complaint = house.case()
        assert (complaint.kind, complaint.state) == ("complaint", "stage_1_received")
        assert_counts(clock(complaint, "acknowledge_1"), case.received_at)
        assert long_date(clock(complaint, "acknowledge_1").code_due) in chosen.words

        chosen.send("/add", message="The plumber has been, and it drips again.")
        house.case(messages=2)
        assert "it drips again" in visitor.open(link).words
        stranger = visitor.open(link[:-1] + ("A" if link[-1] != "A" else "B"))
        assert (stranger.status, case.reference in stranger.words) == (404, False)


def test_who_leaves_no_name_and_reads_polish_sees_with_a_code_how_far_it_is(
    open_house: Callable[..., House], smtp_sink: SmtpServer
) -> None:
    house = open_house(EARSHOT_SMTP_URL=smtp_sink.url)
    with Visitor(house.url) as visitor:
        thanks = visitor.open("/?lang=pl").send("/?lang=pl", message=SAID, behalf="anonymous", outcome="A dry wall")
        case = house.case()
        assert (case.kind, case.person) == ("complaint", None)
        assert "Mamy Twoją wiadomość" in thanks.words
        assert case.reference in thanks.words
        code = re.search(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\b", thanks.words)
        assert code is not None
        page = visitor.open("/claim?lang=pl").send("/claim?lang=pl", code=code[0])
    assert "Skarga, etap 1: otrzymana" in page.words
    assert case.reference in page.words
    assert "damp" not in page.words
    assert "A dry wall" in case.messages[0].new_text
    assert smtp_sink.mails == []
