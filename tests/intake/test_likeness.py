"""The same matter by text at 9, by mail at 10 and by form at 11 is suggested as one, and nobody else's is (pain 11)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update
from support.book import House
from support.cast import EWA, GAS, MONDAY, NGOZI, STAN, Resident, chat, form, mail, text

from casework.storage.people_tables import Clue, Suggestion
from casework.storage.tables import Case
from intake.likeness import compare_new, ring_for_new

HOUR = timedelta(hours=1)
BOILER = "The boiler at 12 Larch Court is broken for the third time."
AGAIN = "Our boiler has broken down, this is not good enough. You can reach me on 07700 900 123."


def pairs(house: House) -> list[tuple[int, int, list[str]]]:
    with house.book.reading() as session:
        rows = session.scalars(select(Suggestion).order_by(Suggestion.id))
        return [(row.case_id, row.other_id, row.reasons) for row in rows]


def compare(house: House) -> int:
    return compare_new(house.desk, now=MONDAY)


def test_a_text_at_nine_a_mail_at_ten_and_a_form_at_eleven_are_suggested_as_one_case(house: House) -> None:
    house.hear(text(BOILER, of=NGOZI), mail(AGAIN, subject="Boiler", at=MONDAY + HOUR))
    house.hear(form("The boiler is still off.", of=NGOZI, contact_email="work@example.org", contact_phone=None,
                    at=MONDAY + 2 * HOUR))  # fmt: skip
    by_text, by_mail, by_form = house.cases()
    assert compare(house) == 3
    assert [(later, earlier) for later, earlier, _ in pairs(house)] == [
        (by_mail.id, by_text.id),
        (by_form.id, by_text.id),
    ]
    reasons = pairs(house)[0][2]
    assert "the mail gives the phone number that the text message came from" in reasons
    assert pairs(house)[1][2][0] == "both name 12 Larch Court"


def test_neighbours_with_the_same_words_are_never_suggested(house: House) -> None:
    house.hear(form(BOILER, of=NGOZI), form(AGAIN, of=STAN, at=MONDAY + HOUR))
    house.hear(text("The boiler at 13 Larch Court is broken. Not good enough.", of=EWA, at=MONDAY + HOUR))
    assert compare(house) == 3
    assert pairs(house) == []


def test_two_flats_of_one_house_are_two_households(house: House) -> None:
    for flat, who in ((1, NGOZI), (2, STAN)):
        house.hear(form(GAS, of=who, home_address=f"Flat {flat}, 14 Larch Road, LM1 2AB"))
    compare(house)
    assert pairs(house) == []


def test_a_case_is_compared_once_whatever_comes_of_it(house: House) -> None:
    house.hear(text(BOILER, of=NGOZI), mail(AGAIN, at=MONDAY + HOUR))
    assert [compare(house), compare(house)] == [2, 0]
    with house.book.transaction() as session:
        session.execute(update(Case).values(compare_at=MONDAY))
        session.execute(Clue.__table__.delete())
    assert compare(house) == 2
    assert len(pairs(house)) == 1


def test_a_case_that_was_answered_or_closed_is_not_suggested(house: House) -> None:
    house.hear(text(BOILER, of=NGOZI))
    house.change_all(lambda case: setattr(case, "state", "stage_1_answered"))
    house.hear(mail(AGAIN, at=MONDAY + HOUR))
    compare(house)
    assert pairs(house) == []


def test_the_tick_finds_what_waits_to_be_compared(quick_house: House) -> None:
    quick_house.hear(chat(BOILER))
    assert ring_for_new(quick_house.book) == 1
    compare(quick_house)
    assert ring_for_new(quick_house.book) == 0


def test_a_case_that_cannot_be_compared_does_not_stop_the_others(
    quick_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_house.hear(text(BOILER, of=NGOZI), mail(AGAIN, at=MONDAY + HOUR), text("Bins", of=STAN))
    quick_house.change_all(lambda case: setattr(case, "hazards", None) if case.summary == "Bins" else None)
    assert compare(quick_house) == 3
    assert len(pairs(quick_house)) == 1


def test_it_costs_the_same_number_of_queries_however_many_cases_there_are(house: House) -> None:
    costs = []
    for round, cases in enumerate((2, 2, 12, 40)):
        for number in range(cases):
            of = Resident(f"Resident {number}", phone=f"+4477009{round}{number:04}")
            house.hear(text(f"The boiler at {number + 1} Larch Row is broken", of=of))
        with house.counting() as counted:
            assert compare(house) == cases
        costs.append(counted["SELECT"])
    assert costs[1] == costs[2] == costs[3] <= 10  # the first found nothing to compare with


def test_finding_candidates_never_reads_all_cases(quick_house: House) -> None:
    quick_house.hear(text(BOILER, of=NGOZI), mail(AGAIN, at=MONDAY + HOUR))
    asked: list[tuple[str, Any]] = []
    engine = quick_house.book.engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    compare(quick_house)
    about_cases = [one for one in asked if one[0].startswith("SELECT") and "FROM cases" in one[0]]
    assert len(about_cases) == 2
    with quick_house.book.reading() as session:
        for statement, parameters in about_cases:
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            scans = [str(step[-1]) for step in plan if str(step[-1]).startswith("SCAN cases")]
            assert set(scans) <= {"SCAN cases USING INDEX ix_cases_to_compare"}, statement
