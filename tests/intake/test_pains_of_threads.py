"""What users of other desks suffer from: replies that open new cases, topics that are merged, cases that come back."""

from datetime import timedelta

import pytest
from support.book import SECRET, House
from support.cast import GRUMBLE, MONDAY, NGOZI, REQUEST, STAN, THANKS, form, mail, text

from casework.lifecycle import CaseState
from casework.links import reply_token_for
from casework.storage.people_tables import Suggestion
from channels.message import InboundMessage
from intake.likeness import compare_new

LATER = MONDAY + timedelta(hours=3)
WORK = "ngozi@work.example"


def suggested(house: House) -> list[tuple[int, int, str]]:
    with house.book.reading() as session:
        return [(pair.case_id, pair.other_id, pair.sort) for pair in session.query(Suggestion)]


def test_pain_11_a_reply_with_our_token_does_not_open_a_new_case_whoever_sends_it(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    token = reply_token_for(house.case().reference, SECRET)
    [reply] = house.hear(mail("Any news?", sender=WORK, details={"case_token": token}, at=LATER))
    assert (reply.outcome, reply.case_id) == ("attached", house.case().id)
    assert house.case().reply_address == NGOZI.email  # its answers stay with its own person (law 12)


@pytest.mark.parametrize("token", ["", "48172736K.AAAAAAAAAAAA", "nonsense", 7, None])
def test_pain_11_a_token_that_is_not_ours_opens_a_case_of_its_own(house: House, token: object) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    [reply] = house.hear(mail("Any news?", sender=WORK, details={"case_token": token}, at=LATER))
    assert reply.outcome == "opened"


@pytest.mark.parametrize(
    "reply",
    [
        mail("News about {}?", sender=WORK, at=LATER),
        text("News about {}?", of=STAN, at=LATER),
        form("News about {}?", of=STAN, at=LATER),
    ],
    ids=["mail", "text", "form"],
)
def test_pain_11_a_reply_that_cannot_be_placed_is_put_to_a_person(house: House, reply: InboundMessage) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    first = house.case()
    words = reply.text.format(first.reference)
    fields = {name: getattr(reply, name) for name in reply.__dataclass_fields__}
    house.hear(InboundMessage(**fields | {"text": words, "new_text": words, "raw": words.encode()}))
    assert suggested(house) == [(house.cases()[1].id, first.id, "mentioned")]


def test_pain_11_two_topics_of_one_resident_are_not_merged_into_one(house: House) -> None:
    house.hear(
        mail("The lift is out for the third time.", subject="Lift"),
        mail("Thank you, the gate was mended within the hour.", subject="Gate", at=LATER),
    )
    assert len(house.cases()) == 2
    compare_new(house.desk, now=LATER)
    assert suggested(house) == []


@pytest.mark.parametrize("state", [CaseState.CLOSED, CaseState.WITHDRAWN, CaseState.REFUSED])
def test_pain_12_a_closed_case_does_not_come_back_from_a_reply(house: House, state: CaseState) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    key = house.notices("receipt")[0].key

    def close(case: object) -> None:
        case.state, case.closed_at = state.value, MONDAY  # type: ignore[attr-defined]

    house.change_all(close)
    [thanks] = house.hear(mail(THANKS, in_reply_to=f"<{key}@larchmere.example>", at=LATER))
    assert (thanks.outcome, house.cases()[0].state, house.cases()[0].closed_at) == ("opened", state, MONDAY)


def test_pain_12_a_copy_of_the_first_message_does_not_bring_a_closed_case_back(house: House) -> None:
    first = mail(GRUMBLE, subject="Boiler")
    house.hear(first)
    house.change_all(lambda case: setattr(case, "closed_at", MONDAY))
    house.hear(first, now=LATER)
    assert len(house.cases()) == 1
    assert house.case().closed_at == MONDAY
    compare_new(house.desk, now=LATER)
    assert suggested(house) == []
