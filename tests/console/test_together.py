"""One matter or two, one person or two: people decide, with the reasons before them, and can undo it (pain 11)."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from support.staffroom import DAY, Officer, Statements, case_of, desk_of, hear, hire, notices_of, read_as

from casework.links import token_for
from casework.storage.people_tables import Joining, Link, Suggestion
from casework.storage.tables import Case, ClockRow, JournalLine
from classifier.labels import Label
from intake.likeness import compare_new

HOME = "The boiler at 14 Larch Road is broken."
AGAIN = "Still no boiler at 14 Larch Road!"


def twice(app: Flask, first: str = HOME, second: str = AGAIN, **said: Any) -> tuple[str, str]:
    """Two cases from two addresses of which nobody knows that they are one person's."""
    one = hear(app, first, number=1, ago=DAY, **said)
    other = hear(app, second, number=2, **said)
    compare_new(desk_of(app), now=datetime.now(UTC))
    return one, other


def request(app: Flask) -> tuple[str, str]:
    return twice(app, read=read_as(Label.SERVICE_REQUEST))


def number(app: Flask, table: Any = Suggestion) -> int:
    with desk_of(app).book.reading() as session:
        return int(session.scalars(select(table.id).order_by(table.id.desc())).first() or 0)


def running(app: Flask) -> list[str]:
    with desk_of(app).book.reading() as session:
        rows = select(Case.reference).join(ClockRow).where(ClockRow.stopped_at.is_(None)).order_by(Case.id)
        return list(session.scalars(rows))


def test_nothing_waits(app: Flask, priya: Officer) -> None:
    assert "no two open cases look like one matter" in priya.get("/staff/together")


def test_two_that_may_be_one_are_listed_with_the_reasons(app: Flask, priya: Officer) -> None:
    one, other = request(app)
    shown = priya.get("/staff/together")
    assert one in shown
    assert other in shown
    assert "both name 14 Larch Road" in shown
    assert "both speak of “boiler”" in shown


def test_the_case_page_asks_the_same_of_either_case(app: Flask, priya: Officer) -> None:
    one, other = request(app)
    assert re.search(f"Is this one matter with.*{other}", priya.get(f"/staff/cases/{one}"), re.S)
    assert re.search(f"Is this one matter with.*{one}", priya.get(f"/staff/cases/{other}"), re.S)


def test_one_press_joins_and_one_press_parts(app: Flask, priya: Officer) -> None:
    one, other = request(app)
    answer = priya.post(f"/staff/together/{number(app)}", choice="join")
    assert answer.location == f"/staff/cases/{other}"
    joined = priya.get(f"/staff/cases/{other}")
    assert "This is dealt with together with" in joined
    assert AGAIN in priya.get(f"/staff/cases/{one}")
    assert f"case {other}" in priya.get(f"/staff/cases/{one}")
    assert other not in priya.get("/staff/")
    assert priya.post(f"/staff/together/cases/{number(app, Joining)}/part").location == f"/staff/cases/{other}"
    assert "This is dealt with together with" not in priya.get(f"/staff/cases/{other}")
    assert case_of(app, other).closed_at is None


def test_one_press_says_that_they_are_two(app: Flask, priya: Officer) -> None:
    request(app)
    assert priya.post(f"/staff/together/{number(app)}", choice="own", **{"from": "list"}).location == "/staff/together"
    assert "no two open cases look like one matter" in priya.get("/staff/together")
    assert priya.post(f"/staff/together/{number(app)}", choice="own").status_code == 409


def test_two_complainants_are_joined_only_when_staff_say_how_they_know_that_they_are_one(
    app: Flask, priya: Officer
) -> None:
    one, other = twice(app)
    assert "One matter: deal with them as one" not in priya.get("/staff/together")
    refused = priya.post(f"/staff/together/{number(app)}", choice="join")
    assert refused.status_code == 409
    assert "owed an answer of their own" in refused.text
    unsaid = priya.post(f"/staff/together/{number(app)}", choice="join", one_person="yes", why=" ")
    assert unsaid.status_code == 400
    assert "Say how you know that they are one person" in unsaid.text
    assert running(app) == [one, other]
    priya.post(f"/staff/together/{number(app)}", choice="join", one_person="yes", why="Rang both numbers.")
    assert running(app) == [one]
    assert case_of(app, one).person_id == case_of(app, other).person_id
    assert [notice.facts["other"] for notice in notices_of(app, one, "cases_joined")] == [other]


def test_a_message_that_names_somebody_elses_case_waits_for_a_person(app: Flask, priya: Officer) -> None:
    """Pain 11: a reply from another address neither opens a case that nobody connects, nor slips into a stranger's."""
    one = hear(app, "The tap drips.", number=1, ago=DAY, read=read_as(Label.SERVICE_REQUEST))
    other = hear(app, f"About {one}: any news?", number=2, read=read_as(Label.COMMENT))
    assert one != other
    shown = priya.get(f"/staff/cases/{one}")
    assert "it is not known whether its sender may" in shown
    assert other in priya.get("/staff/together")
    priya.post(f"/staff/together/{number(app)}", choice="join")
    assert "any news?" in priya.get(f"/staff/cases/{one}")
    assert case_of(app, other).joined_to_id == case_of(app, one).id


def test_a_joined_case_can_be_neither_acknowledged_nor_relabelled(app: Flask, priya: Officer) -> None:
    _, other = request(app)
    priya.post(f"/staff/together/{number(app)}", choice="join")
    shown = priya.get(f"/staff/cases/{other}")
    assert "Write an update" not in shown
    assert "Save the label" not in shown
    version = str(case_of(app, other).version)
    answer = priya.post(f"/staff/cases/{other}/label", kind="complaint", why="x", version=version, may_teach="no")
    assert answer.status_code == 409


def test_of_two_people_neither_sees_or_decides_anything_of_the_other(app: Flask, priya: Officer) -> None:
    one, other = request(app)
    priya.post(f"/staff/together/{number(app)}", choice="join")
    secret = desk_of(app).secret
    of_one, of_other = (f"/case/{token_for(reference, secret)}" for reference in (one, other))
    resident = app.test_client()
    assert other not in resident.get(of_one).text
    assert HOME not in resident.get(of_other).text
    assert "Make this a complaint" not in resident.get(of_other).text
    assert resident.post(f"{of_other}/complaint").status_code == 409
    assert notices_of(app, one, "cases_joined") == notices_of(app, other, "cases_joined") == []


def test_the_journal_says_what_was_done_and_names_nobody(app: Flask, priya: Officer) -> None:
    one, other = request(app)
    priya.post(f"/staff/together/{number(app)}", choice="join")
    with desk_of(app).book.reading() as session:
        lines = session.scalars(select(JournalLine).where(JournalLine.event.like("case%"))).all()
    assert {"case_joined", "case_took_in"} <= {line.event for line in lines}
    assert "Larch Road" not in repr([line.details for line in lines])
    assert "Dealt with together with another case" in priya.get(f"/staff/cases/{other}")
    assert "Another case is dealt with under this one" in priya.get(f"/staff/cases/{one}")


def test_staff_link_two_people_with_a_reason_and_undo_it(app: Flask, priya: Officer) -> None:
    one, other = hear(app, number=1), hear(app, "The gate is broken", number=2)
    before = [case_of(app, reference).person_id for reference in (one, other)]
    page = f"/staff/together/people/{one}"
    assert "+447700900001" in priya.get(page)
    assert "they have written from it" in priya.get(page)
    assert priya.post(page, other="nonsense", why="").status_code == 400
    assert priya.post(page, other=one, why="They said so.").status_code == 409
    priya.post(page, other=other, why="They said so on the phone from both.")
    assert case_of(app, one).person_id == case_of(app, other).person_id
    assert "They said so on the phone from both." in priya.get(page)
    assert priya.post(f"/staff/together/links/{number(app, Link)}/undo", reference=one).location == page
    assert [case_of(app, reference).person_id for reference in (one, other)] == before
    assert priya.post(f"/staff/together/links/{number(app, Link)}/undo", reference=one).status_code == 409


def test_staff_who_made_sure_of_an_address_say_how(app: Flask, priya: Officer) -> None:
    one, other = hear(app, number=1), hear(app, "The gate is broken", number=2)
    page = f"/staff/together/people/{one}"
    contact = re.search(r'name="contact" type="radio" value="(\d+)"', priya.get(page))
    assert contact is not None
    unsaid = priya.post(f"{page}/address", contact=contact[1], how=" ")
    assert unsaid.status_code == 400
    assert "Say how you made sure" in unsaid.text
    assert priya.post(f"/staff/together/people/{other}/address", contact=contact[1], how="x").status_code == 404
    priya.post(f"{page}/address", contact=contact[1], how="Rang the number on the tenancy.")
    assert "made sure by staff" in priya.get(page)
    assert "Rang the number on the tenancy." in priya.get(f"/staff/cases/{one}")


@pytest.mark.parametrize("path", ["1", "cases/1/part", "links/1/undo"])
def test_what_is_not_there_is_said(app: Flask, priya: Officer, path: str) -> None:
    assert priya.post(f"/staff/together/{path}", choice="own").status_code == 404


def test_those_who_only_read_see_the_reasons_and_no_button(app: Flask) -> None:
    request(app)
    shown = hire(app, name="Ada Reed", role="auditor").get("/staff/together")
    assert "both name 14 Larch Road" in shown
    assert "keep both" not in shown


def test_the_list_costs_the_same_however_much_waits(app: Flask, priya: Officer) -> None:
    asked = []
    for more in (1, 8):
        for home in range(more):
            for of in range(2):
                hear(
                    app, f"The boiler at {more + home} Larch Row is off", number=100 * more + 10 * home + of,
                    read=read_as(Label.SERVICE_REQUEST),
                )  # fmt: skip
        compare_new(desk_of(app), now=datetime.now(UTC))
        with Statements(app) as statements:
            priya.get("/staff/together")
        asked.append(statements.asked)
    assert asked[0] == asked[1] <= 5
