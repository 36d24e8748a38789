"""The inbox: the order of harm, one line why, pages that lose nothing, and how it knows that all is well."""

import re
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import update
from support.staffroom import DAY, Officer, Statements, case_of, desk_of, hear, notices_of, read_as

from casework.storage import delivery
from casework.storage.tables import Case, Message, Notice
from classifier.labels import Hazard, Label
from console.wording import due_by
from console.worklist import PAGE, Filters, page, trouble_with


def order(shown: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'href="/staff/cases/([\d-]+-[A-Z])"', shown.split("desk-filter__check")[1])))


def why(shown: str, reference: str) -> str:
    row = next(part for part in shown.split("<li ") if f"/staff/cases/{reference}" in part and "desk-list__why" in part)
    found = re.search(r'desk-list__why">([^<]*)<', row)
    assert found is not None
    return found[1]


def test_harm_comes_first_then_the_overdue_then_what_is_due_soonest_then_the_rest(app: Flask, priya: Officer) -> None:
    request = hear(app, "Please fix the tap.", number=1, read=read_as(Label.SERVICE_REQUEST))
    soon = hear(app, "You never came.", number=2, ago=1 * DAY)
    late = hear(app, "You never came, twice.", number=3, ago=20 * DAY)
    mould = hear(app, "Black mould.", number=4, read=read_as(hazards=(Hazard.DAMP_MOULD,)))
    gas = hear(app, "I smell gas.", number=5, read=read_as(Label.SERVICE_REQUEST, hazards=(Hazard.GAS,)))
    assert order(priya.get("/staff/")) == [gas, mould, late, soon, request]


def test_each_case_says_in_one_line_why_it_stands_there(app: Flask, priya: Officer) -> None:
    gas = hear(app, "I smell gas.", number=1, read=read_as(Label.SERVICE_REQUEST, hazards=(Hazard.GAS,)))
    late = hear(app, "You never came.", number=2, ago=20 * DAY)
    unsure = hear(app, "Well, well.", number=3, read=read_as(review=True))
    thanks = hear(app, "Thank you, Dave!", number=4, read=read_as(Label.COMPLIMENT))
    shown = priya.get("/staff/")
    assert "Hazard: gas" in why(shown, gas)
    assert why(shown, late).startswith("Late: Stage 1 acknowledgement was due on ")
    assert "Unsure label: please decide what it is" in why(shown, unsure)
    assert why(shown, thanks) == "Nothing is due. Last heard of today."


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (date(2026, 12, 1), "today"),
        (date(2026, 12, 2), "tomorrow"),
        (date(2026, 12, 4), "on Friday 4 December"),
        (date(2026, 11, 30), "on Monday 30 November"),
        (date(2027, 12, 1), "on Wednesday 1 December 2027"),
    ],
)
def test_a_date_is_said_as_it_matters_today(due: date, words: str) -> None:
    assert due_by(due, today=date(2026, 12, 1)) == words


@pytest.mark.parametrize(
    ("states", "sentences"),
    [
        ([("1", "delivered")], []),
        ([("1", "failed")], ["The receipt could not be delivered"]),
        ([("1", "failed"), ("1@email:0", "accepted")], []),
        ([("1", "failed"), ("1@email:0", "failed")], ["The receipt could not be delivered"]),
        ([("1", "in_doubt")], ["It is not known if the receipt went out"]),
        ([("1", "delivered"), ("2", "failed")], ["The receipt could not be delivered"]),
    ],
)
def test_a_notice_is_trouble_only_when_no_way_worked(states: list[tuple[str, str]], sentences: list[str]) -> None:
    assert trouble_with(Notice(kind="receipt", round=round, state=state) for round, state in states) == sentences


def test_an_undelivered_receipt_is_told(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    with desk_of(app).book.transaction() as session:
        receipt = session.merge(notices_of(app, reference, "receipt")[0])
        delivery.note_failed(session, receipt, at=datetime.now(UTC), detail="The number does not exist.")
    assert "The receipt could not be delivered" in why(priya.get("/staff/"), reference)


def test_the_list_is_narrowed_by_the_address_of_the_page(app: Flask, priya: Officer) -> None:
    complaint = hear(app, number=1)
    request = hear(app, "Please fix the tap.", number=2, read=read_as(Label.SERVICE_REQUEST))
    with desk_of(app).book.transaction() as session:
        session.execute(update(Case).where(Case.reference == request).values(handler_id=priya.id))
    assert order(priya.get("/staff/?kind=complaint")) == [complaint]
    assert order(priya.get("/staff/?state=open")) == [request]
    assert order(priya.get("/staff/?mine=yes")) == [request]
    assert "No open case fits here" in priya.get("/staff/?mine=yes&kind=complaint")
    assert len(order(priya.get("/staff/?kind=nonsense&state=%00"))) == 2


def test_closed_cases_are_not_shown(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    with desk_of(app).book.transaction() as session:
        session.execute(update(Case).where(Case.reference == reference).values(closed_at=datetime.now(UTC)))
    assert order(priya.get("/staff/")) == []


def test_the_pages_show_every_case_once(app: Flask, priya: Officer) -> None:
    sown = sow(app, 2 * PAGE + 20)
    seen: list[str] = []
    following: str | None = "/staff/"
    while following:
        shown = priya.get(following)
        assert len(order(shown)) <= PAGE
        seen += order(shown)
        link = re.search(r'href="([^"]+)" rel="next"', shown)
        following = link[1].replace("&amp;", "&") if link else None
    assert sorted(seen) == sorted(sown)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "after", ["", "x", "9.1.1", "0.nan.1", "1.99999999999999999999.1", "1.1.-", "-1.1.1", "1.inf.3"]
)
def test_a_key_that_is_not_ours_shows_the_first_page(app: Flask, priya: Officer, after: str) -> None:
    reference = hear(app)
    assert order(priya.get(f"/staff/?after={after}")) == [reference]


def test_the_number_of_queries_does_not_grow_with_the_cases(app: Flask, priya: Officer) -> None:
    asked = []
    for more in (3, 100):
        sow(app, more, start=more)
        with Statements(app) as statements:
            priya.get("/staff/")
        asked.append(statements.asked)
    assert asked[1] <= asked[0] <= 10


def test_pages_are_the_same_on_every_database(book_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_DATABASE_URL", book_url)
    from console.app import create_app

    app = create_app()
    sown = sow(app, PAGE + 5)
    with desk_of(app).book.reading() as session:
        now = datetime.now(UTC)
        first, following = page(session, Filters(), "", now=now)
        second, last = page(session, Filters(), following, now=now)
        seen = [row.case.reference for row in (*first, *second)]
    assert sorted(seen) == sorted(sown)
    assert last == ""


def test_alerts_that_nobody_has_seen_stand_above_until_somebody_has(app: Flask, priya: Officer) -> None:
    reference = hear(app, read=read_as(hazards=(Hazard.GAS,)))
    shown = priya.get("/staff/")
    assert "Please look at once" in shown
    number = re.search(r'name="alert" value="(\d+)"', shown)
    assert number is not None
    assert priya.post("/staff/alerts/seen", alert=number[1]).status_code == 302
    assert "Please look at once" not in priya.get("/staff/")
    alert = notices_of(app, reference, "staff_alert")[0]
    assert (alert.state, alert.detail) == ("delivered", "seen in the console")
    assert f"{priya.name}" in priya.get(f"/staff/cases/{reference}").split("Alert seen")[1]


def test_only_alerts_can_be_marked_as_seen(app: Flask, priya: Officer) -> None:
    receipt = notices_of(app, hear(app), "receipt")[0]
    priya.post("/staff/alerts/seen", alert=[str(receipt.id), "x", "-1", "9" * 30])
    assert notices_of(app, case_reference(app), "receipt")[0].state == "due"


def test_an_empty_inbox_says_that_all_is_well_and_how_it_knows(app: Flask, priya: Officer) -> None:
    assert "All is well: no case is open" in priya.get("/staff/")
    assert "No message has been heard yet" in priya.get("/staff/")
    reference = hear(app)
    with desk_of(app).book.transaction() as session:
        session.execute(update(Case).where(Case.reference == reference).values(closed_at=datetime.now(UTC)))
    assert "The last message was heard on" in priya.get("/staff/")


def test_workers_that_stand_still_are_told_of(app: Flask, priya: Officer) -> None:
    hear(app, ago=DAY)  # its receipt has been due for a day, and nothing sends it
    with desk_of(app).book.transaction() as session:
        session.execute(update(Message).values(state="accepted"))
    shown = priya.get("/staff/")
    assert "Earshot&#39;s workers may have stopped" in shown
    assert "1 waits to be read" in shown
    assert "All is well" not in shown


def case_reference(app: Flask) -> str:
    with desk_of(app).book.reading() as session:
        return str(session.query(Case.reference).scalar())


def sow(app: Flask, many: int, *, start: int = 0) -> list[str]:
    """Cases of every band, straight into the book."""
    model = case_of(app, hear(app, number=90_000 + start))
    copied = {
        column.key: getattr(model, column.key)
        for column in Case.__table__.columns
        if column.key not in ("id", "reference", "version")
    }
    sown = [model.reference]
    with desk_of(app).book.transaction() as session:
        for number in range(many - 1):
            case = Case(**copied, reference=f"{1000 + start}-{number:04}-F")
            case.next_due_at = None if number % 3 == 0 else datetime(2026, 12, 1 + number % 20, tzinfo=UTC)
            case.hazards = ["gas"] if number % 7 == 0 else []
            case.urgent = number % 11 == 0
            session.add(case)
            sown.append(case.reference)
    return sown
