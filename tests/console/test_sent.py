"""The sent list: every notice with how far it came, narrowed by state, in pages that lose nothing."""

import re
from datetime import UTC, datetime

from flask import Flask
from support.staffroom import Officer, Statements, desk_of, hear, notices_of, read_as

from casework.storage import delivery
from casework.storage.tables import Notice
from classifier.labels import Hazard
from console.sent import PAGE


def listed(shown: str) -> list[str]:
    return re.findall(r'desk-list__what">[^<]*<a [^>]*>([\d-]+[A-Z])</a>', shown)


def test_before_anything_is_sent_it_says_so(app: Flask, priya: Officer) -> None:
    assert "Nothing has been sent yet" in priya.get("/staff/sent")


def test_a_notice_stands_with_its_state_its_way_and_its_reason(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    with desk_of(app).book.transaction() as session:
        notice = session.merge(notices_of(app, reference, "receipt")[0])
        delivery.note_failed(session, notice, at=datetime.now(UTC), detail="The number does not exist.")
    shown = priya.get("/staff/sent")
    assert listed(shown) == [reference]
    for words in ("Not delivered", "Text message to +447700900001", "The number does not exist."):
        assert words in shown.split("<main")[1]


def test_the_list_is_narrowed_by_state_and_by_whom_it_is_for(app: Flask, priya: Officer) -> None:
    reference = hear(app, read=read_as(hazards=(Hazard.GAS,)))
    assert listed(priya.get("/staff/sent?state=due")) == [reference]
    assert listed(priya.get("/staff/sent?state=delivered")) == []
    assert listed(priya.get("/staff/sent?state=nonsense")) == [reference]
    assert "Please act now" not in priya.get("/staff/sent")
    assert "Please act now" in priya.get("/staff/sent?to=staff")


def test_the_pages_show_every_notice_once_with_a_fixed_number_of_queries(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    model = notices_of(app, reference, "receipt")[0]
    copied = {
        column.key: getattr(model, column.key)
        for column in Notice.__table__.columns
        if column.key not in ("id", "key", "round")
    }
    with desk_of(app).book.transaction() as session:
        session.add_all(Notice(**copied, key=f"{number:032}", round=f"copy-{number}") for number in range(2 * PAGE + 9))
    seen, asked, following = 0, set(), "/staff/sent?state=due"
    while following:
        with Statements(app) as statements:
            shown = priya.get(following)
        asked.add(statements.asked)
        seen += len(listed(shown))
        link = re.search(r'href="([^"]+)" rel="next"', shown)
        following = link[1].replace("&amp;", "&") if link else ""
        assert "state=due" in following or not following
    assert seen == 2 * PAGE + 10
    assert asked == {2}
