"""A reply joins its case, and nobody can write into a stranger's (law 12)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from support.book import SECRET, House
from support.cast import EWA, FURTHER, GRUMBLE, MONDAY, NGOZI, REQUEST, STAN, THANKS, chat, form, mail, text, typed

from casework.lifecycle import CaseState
from casework.links import reply_token_for, token_for
from casework.storage import delivery
from casework.storage.tables import Case, Notice
from channels.message import InboundMessage

LATER = MONDAY + timedelta(hours=3)
STRANGER = "somebody.else@example.org"


def test_a_reply_to_our_mail_joins_its_case(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"), mail(THANKS, subject="Gate"))
    key = house.notices("receipt")[0].key
    [reply] = house.hear(mail("Any news?", subject="Hello", in_reply_to=f"<{key}@larchmere.example>", at=LATER))
    assert (reply.outcome, reply.case_id) == ("attached", house.cases()[0].id)


def test_a_mail_that_only_names_our_mail_among_its_references_joins_too(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    ours = f"<{house.notices('receipt')[0].key}@larchmere.example>"
    [reply] = house.hear(mail("Any news?", references=("<a@x>", ours), in_reply_to="<b@x>", at=LATER))
    assert reply.outcome == "attached"


def test_a_mail_in_the_thread_of_the_residents_own_mail_joins(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap", id="<first@example.org>"))
    [second] = house.hear(mail("PS", subject="Tap", in_reply_to="<first@example.org>", at=LATER))
    assert second.outcome == "attached"


def test_a_strangers_mail_in_somebodys_thread_opens_a_case_of_its_own(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap", id="<first@example.org>"))
    [second] = house.hear(mail("PS", sender=STRANGER, in_reply_to="<first@example.org>", at=LATER))
    assert second.outcome == "opened"


def test_a_reply_under_the_same_subject_joins_even_without_a_thread(house: House) -> None:
    house.hear(mail(REQUEST, subject="Kitchen tap"))
    [reply] = house.hear(mail("Still", subject="RE: Fwd: kitchen  TAP", at=LATER))
    assert reply.outcome == "attached"


def test_a_reference_joins_when_its_sender_belongs_to_the_case(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    [second] = house.hear(mail("News?", subject=f"about {house.case().reference.lower()}", at=LATER))
    assert second.outcome == "attached"


@pytest.mark.parametrize(
    "named",
    [
        lambda reference: mail(f"about {reference}", sender=STRANGER, at=LATER),
        lambda reference: text(f"about {reference}", of=STAN, at=LATER),
        lambda reference: form(f"about {reference}", at=LATER),
        lambda reference: form("me again", at=LATER, reference=reference, contact_email=STRANGER),
        lambda reference: form("me again", of=STAN, at=LATER, reference=reference, contact_email=NGOZI.email),
    ],
    ids=["mail", "text", "anonymous form", "a stranger's form", "a form with one known and one new address"],
)
def test_a_reference_by_a_stranger_opens_another_case_and_is_told_to_staff(
    house: House, named: Callable[[str], InboundMessage]
) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    first = house.case()
    [other] = house.hear(named(first.reference))
    assert other.outcome == "opened"
    assert other.case_id != first.id
    [line] = house.lines("other_case_mentioned")
    assert line.details == {"mentioned": first.reference}
    assert first.reference not in repr([n.facts for n in house.notices("receipt") if n.case_id == other.case_id
                                        and n.facts.pop("own_words")])  # fmt: skip


def test_staff_may_name_any_case(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    [call] = house.hear(typed("She rang: still dripping", at=LATER, reference=house.case().reference))
    assert call.outcome == "attached"


def test_what_staff_type_in_without_an_address_leaves_the_way_of_answering_as_it_was(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    house.hear(typed("She rang", at=LATER, reference=house.case().reference))
    assert (house.case().reply_channel, house.case().reply_address) == ("email", NGOZI.email)
    assert [receipt.channel for receipt in house.notices("receipt")] == ["email", "email"]


def test_staff_can_give_an_anonymous_case_its_person(house: House) -> None:
    house.hear(form(GRUMBLE))
    house.hear(typed("It was Mr Bright", of=STAN, at=LATER, reference=house.case().reference))
    assert house.case().person_id == house.people()[0].id
    assert house.case().reply_channel == "email"


def test_who_answers_from_another_address_joins_but_does_not_take_the_case_over(house: House) -> None:
    house.hear(mail(GRUMBLE, subject="Boiler"))
    ours = f"<{house.notices('receipt')[0].key}@larchmere.example>"
    [daughter] = house.hear(mail("For my mother: still cold", sender=STRANGER, in_reply_to=ours, at=LATER))
    assert daughter.outcome == "attached"
    assert (house.case().reply_address, house.case().person_id) == (NGOZI.email, house.people()[0].id)


def test_who_answers_from_another_address_is_told_nothing_and_nobody_is_told_their_words(house: House) -> None:
    """A mail of ours can be forwarded: what it is answered with comes in, and nothing goes out (law 12)."""
    house.hear(mail(GRUMBLE, subject="Boiler"))
    ours = f"<{house.notices('receipt')[0].key}@larchmere.example>"
    house.hear(mail("For my mother: still cold", sender=STRANGER, in_reply_to=ours, at=LATER))
    assert STRANGER not in {notice.address for notice in house.notices()}
    told = house.notices("receipt")[1]
    assert (told.address, told.facts["by_another"], told.facts["own_words"]) == (NGOZI.email, True, "")
    assert len(house.alerts("another_writer")) == 1
    assert [line.case_id for line in house.lines("joined_by_another")] == [house.case().id]


def test_an_answer_to_the_address_of_the_case_joins_it_whoever_writes_and_under_whatever_subject(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    token = reply_token_for(house.case().reference, SECRET)
    mine = mail("Still", subject="Other", details={"case_token": token}, at=LATER)
    strangers = mail("She asked me to write", sender=STRANGER, details={"case_token": token}, at=LATER)
    assert [heard.outcome for heard in house.hear(mine, strangers)] == ["attached", "attached"]
    assert STRANGER not in {notice.address for notice in house.notices()}


def test_a_token_that_we_did_not_sign_opens_a_case_of_its_own(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    reference = house.case().reference
    for forged in (reply_token_for(reference, "another secret"), token_for(reference, SECRET), "x", "-", "1-2"):
        [other] = house.hear(mail("News?", sender=STRANGER, subject="", details={"case_token": forged}, at=LATER))
        assert other.outcome in ("opened", "attached")
        assert other.case_id != house.cases()[0].id


def test_answers_do_not_follow_a_reply_to_that_a_known_person_has_never_used(house: House) -> None:
    """Anybody can write a known address into From, and their own into Reply-To."""
    house.hear(mail(GRUMBLE, subject="Boiler"))
    forged = f"Please tell me about {house.case().reference}"
    house.hear(mail(forged, reply_to=(STRANGER,), at=LATER))
    assert STRANGER not in {notice.address for notice in house.notices()} | {house.case().reply_address}


def test_a_new_persons_reply_to_is_used(house: House) -> None:
    house.hear(mail(GRUMBLE, subject="Boiler", sender="web@forms.example", reply_to=(STRANGER,)))
    assert house.notices("receipt")[0].address == STRANGER


def test_a_form_never_ties_a_new_address_to_a_person_we_know(house: House) -> None:
    house.hear(mail(GRUMBLE, subject="Boiler"))
    mine = STAN.phone
    house.hear(form("hello", contact_email=NGOZI.email, contact_phone=mine, prefers="phone", at=LATER))
    [text_of_the_stranger] = house.hear(text("What about the boiler?", of=STAN, at=LATER + timedelta(hours=1)))
    assert text_of_the_stranger.case_id == house.cases()[1].id
    assert house.cases()[0].person_id != house.cases()[1].person_id


def test_a_form_with_two_addresses_of_a_new_person_makes_one_person_who_can_text(house: House) -> None:
    house.hear(form(REQUEST, of=NGOZI, prefers="phone"))
    assert house.notices("receipt")[0].channel == "sms"
    [reply] = house.hear(text("COMPLAINT", of=NGOZI, at=LATER))
    assert (reply.outcome, house.case().state) == ("attached", CaseState.STAGE_1_RECEIVED)


def test_a_text_after_a_month_is_another_matter(house: House) -> None:
    house.hear(text(REQUEST), text(REQUEST, at=MONDAY + timedelta(days=29)))
    assert len(house.cases()) == 2


def test_a_telegram_reply_to_one_of_our_messages_joins_the_case_of_that_message(house: House) -> None:
    house.hear(chat(REQUEST), chat(THANKS, at=MONDAY + timedelta(days=40)))
    with house.book.transaction() as session:
        notice = session.get_one(Notice, house.notices("receipt")[0].id)
        delivery.note_accepted(session, notice, at=MONDAY, provider_id="5550001:77")
    [reply] = house.hear(chat("this one", in_reply_to="5550001:77", at=MONDAY + timedelta(days=41)))
    assert reply.case_id == house.cases()[0].id


def test_a_text_to_a_case_that_we_answer_by_text_joins_although_it_came_by_the_form(house: House) -> None:
    house.hear(form(REQUEST, of=EWA))
    [reply] = house.hear(text("tomorrow is fine", of=EWA, at=LATER))
    assert reply.outcome == "attached"


def test_a_closed_case_is_not_joined(house: House) -> None:
    house.hear(text(REQUEST))
    _put(house, CaseState.CLOSED)
    [second] = house.hear(text("It drips again", at=LATER))
    assert (second.outcome, len(house.cases())) == ("opened", 2)


@pytest.mark.parametrize(
    "state", [CaseState.STAGE_1_ANSWERED, CaseState.STAGE_1_CLOSED, CaseState.ESCALATION_WITHDRAWN]
)
@pytest.mark.parametrize(
    "again",
    [
        lambda key: text(FURTHER, of=NGOZI, at=MONDAY + timedelta(days=60)),
        lambda key: mail(FURTHER, subject="No", at=MONDAY + timedelta(days=60)),
        lambda key: mail(GRUMBLE, in_reply_to=f"<{key}@larchmere.example>", at=MONDAY + timedelta(days=60)),
    ],
    ids=["by text", "by mail without a thread", "as an answer to us"],
)
def test_not_happy_take_it_further_opens_stage_2_however_long_ago_it_was_answered(
    house: House, state: CaseState, again: Callable[[str], InboundMessage]
) -> None:
    house.hear(form(GRUMBLE, of=NGOZI))
    key = house.notices("receipt")[0].key
    _put(house, state)
    [message] = house.hear(again(key))
    case = house.case()
    assert (message.outcome, case.state, case.closed_at) == ("attached", CaseState.STAGE_2_RECEIVED, None)
    running = house.clocks(running=True)
    assert [(clock.kind, clock.started_at) for clock in running] == [("acknowledge_2", message.received_at)]
    assert house.notices("receipt")[-1].facts["acknowledge_by"] == running[0].code_due.isoformat()


def test_taking_it_further_means_the_answered_complaint_and_not_the_newest_case(house: House) -> None:
    house.hear(mail(GRUMBLE, subject="Boiler"))
    _put(house, CaseState.STAGE_1_ANSWERED)
    house.hear(mail(REQUEST, subject="Tap", at=LATER))
    house.hear(mail(FURTHER, subject="Stage 2 please", at=LATER + timedelta(hours=1)))
    assert [case.state for case in house.cases()] == [CaseState.STAGE_2_RECEIVED, CaseState.OPEN]


def test_another_grumble_after_a_closed_complaint_is_another_complaint(house: House) -> None:
    house.hear(text(GRUMBLE))
    _put(house, CaseState.STAGE_1_CLOSED)
    house.hear(text("The lift is out for the third time", at=LATER))
    assert [case.state for case in house.cases()] == [CaseState.STAGE_1_CLOSED, CaseState.STAGE_1_RECEIVED]


def _put(house: House, state: CaseState) -> None:
    def put(case: Case) -> None:
        case.state = state.value
        case.closed_at = None if state is CaseState.STAGE_1_ANSWERED else MONDAY
        for clock in case.clocks:
            clock.stopped_at = MONDAY

    house.change_all(put)
