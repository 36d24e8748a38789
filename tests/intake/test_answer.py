"""The receipt: at once, on the same channel, in the same thread, and never to a machine that talks back for ever."""

from datetime import timedelta

import pytest
from support.book import House
from support.cast import EWA, GAS, GRUMBLE, MONDAY, NGOZI, REQUEST, STAN, UNSURE, chat, form, mail, text, typed

from intake.acknowledge import acknowledge_in_own_words, route_for

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("message", "channel", "address"),
    [
        (text(REQUEST), "sms", STAN.phone),
        (chat(REQUEST), "chat", EWA.telegram),
        (mail(REQUEST, subject="Tap"), "email", NGOZI.email),
        (form(REQUEST, of=NGOZI), "email", NGOZI.email),
        (form(REQUEST, of=NGOZI, prefers="phone"), "sms", NGOZI.phone),
        (form(REQUEST, of=EWA), "sms", EWA.phone),
        (form(REQUEST), "nobody", ""),
        (typed(REQUEST, of=STAN), "email", STAN.email),
        (text(REQUEST, sender="LARCHCARE", details={"cannot_be_answered": True}), "nobody", ""),
    ],
    ids=[
        "text",
        "chat",
        "mail",
        "form",
        "form, prefers texts",
        "form, phone only",
        "anonymous",
        "typed in",
        "no number",
    ],
)
def test_the_receipt_goes_back_the_way_the_message_came(
    house: House, message: object, channel: str, address: str
) -> None:
    house.hear(message)  # type: ignore[arg-type]
    [receipt] = house.notices("receipt")
    assert (receipt.channel, receipt.address, receipt.created_at) == (channel, address, MONDAY)
    assert (house.case().reply_channel, house.case().reply_address) == (channel, address)


def test_a_mail_is_answered_in_its_thread(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap", id="<c@x>", in_reply_to="<b@x>", references=("<a@x>", "<b@x>")))
    [receipt] = house.notices("receipt")
    assert (receipt.in_reply_to, receipt.references) == ("<c@x>", ["<a@x>", "<b@x>", "<c@x>"])
    with house.book.reading() as session:
        later = route_for(session.merge(house.case()))
    assert (later.in_reply_to, later.references) == ("<c@x>", ("<a@x>", "<b@x>", "<c@x>"))


def test_a_later_answer_stays_in_the_residents_thread_whatever_machines_and_others_have_sent_since(
    house: House,
) -> None:
    house.hear(mail(REQUEST, subject="Tap", id="<hers@x>"))
    key = house.notices("receipt")[0].key
    report = mail("Delivered.", id="<report@x>", kind="bounce", sender="mailer-daemon@example.org", at=MONDAY + MINUTE,
                  details={"original_key": key, "action": "relayed"})  # fmt: skip
    away = mail("Away", id="<away@x>", kind="auto_reply", in_reply_to=f"<{key}@x>", at=MONDAY + 2 * MINUTE)
    other = mail(
        "For her", id="<other@x>", sender="daughter@example.org", in_reply_to=f"<{key}@x>", at=MONDAY + 3 * MINUTE
    )
    house.hear(report, away, other)
    assert {message.case_id for message in house.messages()} == {house.case().id}
    with house.book.reading() as session:
        assert route_for(session.merge(house.case())).in_reply_to == "<hers@x>"


def test_the_fail_safe_uses_the_residents_own_words_and_not_a_machines_or_anothers(house: House) -> None:
    house.hear(mail("", subject="Boiler", id="<hers@x>"))
    key = house.notices("receipt")[0].key
    thread = {"in_reply_to": f"<{key}@x>"}
    report = mail("Delivered.", id="<report@x>", kind="bounce", sender="mailer-daemon@example.org", at=MONDAY + MINUTE,
                  details={"original_key": key, "action": "relayed"})  # fmt: skip
    house.hear(
        report,
        mail(f"Her ex-husband: {GRUMBLE}", sender="other@example.org", at=MONDAY + 2 * MINUTE, **thread),
        mail(GRUMBLE, at=MONDAY + 3 * MINUTE, **thread),
    )
    house.change(lambda session, case: acknowledge_in_own_words(session, house.desk, case, now=MONDAY + 9 * MINUTE))
    assert house.notices("acknowledgement")[0].facts["understanding"] == GRUMBLE


def test_a_mail_without_an_id_is_answered_without_a_thread(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap", id="sha256:0123"))
    assert house.notices("receipt")[0].in_reply_to == ""


def test_the_receipt_says_what_it_must(house: House) -> None:
    house.hear(mail(GAS, subject="Gas"))
    facts = house.notices("receipt")[0].facts
    assert (facts["landlord"], facts["reference"]) == ("Larchmere Homes", house.case().reference)
    assert "0800 111 999" in facts["emergency"]
    assert facts["follow_link"].startswith("https://earshot.larchmere.example/case/")
    assert facts["ombudsman"]["phone"] == "0300 111 3000"
    assert facts["own_words"] == GAS
    assert facts["name"] == NGOZI.name


def test_what_is_added_within_ten_minutes_needs_no_receipt_of_its_own(house: House) -> None:
    house.hear(text(REQUEST), *(text("and", at=MONDAY + n * MINUTE) for n in (1, 5, 9)))
    assert len(house.notices("receipt")) == 1
    house.hear(text("and", at=MONDAY + 11 * MINUTE))
    assert len(house.notices("receipt")) == 2


def test_what_is_added_another_way_has_its_receipt_there_at_once(house: House) -> None:
    house.hear(form(REQUEST, of=NGOZI))
    house.hear(text(f"about {house.case().reference}: and", of=NGOZI, at=MONDAY + MINUTE))
    house.hear(text("and", of=NGOZI, at=MONDAY + 2 * MINUTE))
    assert [(receipt.channel, receipt.facts["joined"]) for receipt in house.notices("receipt")] == [
        ("email", False),
        ("sms", True),
    ]


@pytest.mark.parametrize("words", [GRUMBLE, UNSURE])
def test_that_it_became_a_complaint_or_may_be_one_is_told_at_once(house: House, words: str) -> None:
    house.hear(text(REQUEST), text(words, at=MONDAY + MINUTE))
    assert house.notices("receipt")[1].facts["acknowledge_by"] == "2026-11-30"


def test_two_machines_that_talk_in_one_case_stop_and_staff_are_told(house: House) -> None:
    house.hear(*(text("We have your message", at=MONDAY + n * 15 * MINUTE) for n in range(40)))
    assert len(house.notices("receipt")) == 8
    assert len(house.alerts("too_many")) == 1
    assert len(house.messages()) == 40
    house.hear(text("We have your message", at=MONDAY + timedelta(days=2)))
    assert len(house.notices("receipt")) == 9


def test_two_machines_that_open_a_case_with_each_mail_stop_and_every_mail_is_kept(house: House) -> None:
    house.hear(*(mail("We have it", subject=f"Ticket {n}", at=MONDAY + n * MINUTE) for n in range(40)))
    assert len(house.cases()) == 40
    assert len(house.notices("receipt")) == 30
    assert len(house.alerts("too_many")) == 1
    house.hear(mail(GRUMBLE, subject="Boiler", of=STAN, at=MONDAY + 50 * MINUTE))
    assert house.notices("receipt")[-1].address == STAN.email


@pytest.mark.parametrize("words", [REQUEST, GRUMBLE, UNSURE])
def test_pain_13_mail_that_went_to_many_is_read_and_kept_but_gets_no_receipt(house: House, words: str) -> None:
    house.hear(mail(words, subject="Newsletter", details={"bulk": True}))
    assert len(house.cases()) == 1
    assert house.notices("receipt") == []
    assert len(house.alerts("no_receipt")) == (words == GRUMBLE)


def test_a_hazard_in_mail_that_went_to_many_is_alerted_all_the_same(house: House) -> None:
    house.hear(mail(GAS, subject="To all neighbours", details={"bulk": True}))
    assert len(house.alerts("hazard")) == 1


def test_a_hazard_is_alerted_with_each_message_that_names_it(house: House) -> None:
    house.hear(text(GAS), text(GAS, at=MONDAY + MINUTE))
    assert len(house.alerts("hazard")) == 2


def test_a_receipt_is_posted_to_nobody_only_once_and_leaves_the_rest_to_the_post_room(house: House) -> None:
    house.hear(form(REQUEST))
    assert not house.alerts()
    assert [notice.channel for notice in house.notices()] == ["nobody"]
