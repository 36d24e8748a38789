"""Law 4: what we owe stands in the outbox once, under its own name, from the moment that it is owed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from support.book import House
from support.cast import MONDAY, NGOZI, REQUEST, mail
from support.facts import SAMPLES

from casework.storage import bell, delivery, outbox
from casework.storage.outbox import ALERT, Route
from casework.storage.tables import Case, Notice

ROUTE = Route("email", NGOZI.email)
UPDATE = SAMPLES["progress update"]


def test_owing_the_same_again_gives_back_what_stands_there(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    first, second = (_post(house, "one") for _ in range(2))
    assert first.id == second.id
    assert len(house.notices("progress_update")) == 1


def test_owing_the_same_twice_in_one_transaction_is_owing_it_once(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    with house.book.transaction() as session:
        case = session.get_one(Case, house.case().id)
        notices = [
            outbox.post(session, UPDATE, case=case, round="one", route=ROUTE, now=MONDAY) for _ in range(2)
        ]  # fmt: skip
    assert notices[0] is notices[1]


def test_another_kind_round_or_case_is_owed_for_itself(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    names = {_post(house, round).key for round in ("one", "two")}
    with house.book.transaction() as session:
        alert = SAMPLES["staff alert"]
        for case in (session.get_one(Case, house.case().id), None):
            route = Route(ALERT, "staff")
            names.add(outbox.post(session, alert, case=case, round="one", route=route, now=MONDAY).key)
    assert len(names) == 4
    assert all(len(name) == 32 for name in names)


def test_two_transactions_at_once_cannot_owe_it_twice(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))

    def owe(_: int) -> bool:
        try:
            _post(house, "one")
        except IntegrityError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert any(threads.map(owe, range(4)))
    assert len(house.notices("progress_update")) == 1


def test_the_book_itself_refuses_a_second_row_even_without_a_case(house: House) -> None:
    row = {"kind": "staff_alert", "round": "one", "channel": ALERT, "address": "staff", "facts": {},
           "created_at": MONDAY, "next_try_at": MONDAY}  # fmt: skip
    with house.book.transaction() as session:
        session.add(Notice(key="a" * 32, **row))
    with pytest.raises(IntegrityError), house.book.transaction() as session:
        session.add(Notice(key="b" * 32, **row))


def test_nobody_can_guess_the_name_of_a_notice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    case = house.case()
    name = outbox.key_of(case, "receipt", "1")
    assert name == outbox.key_of(case, "receipt", "1")
    monkeypatch.setenv("EARSHOT_SECRET_KEY", "another secret, as long as it has to be")
    from casework.settings import settings

    settings.cache_clear()
    assert name != outbox.key_of(case, "receipt", "1")


def test_what_is_owed_later_is_neither_due_nor_rung_for_before(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    rung: list[str] = []
    monkeypatch.setattr(bell, "ring_now", lambda job, _ids: rung.append(job))
    later = MONDAY + timedelta(hours=1)
    with house.book.transaction() as session:
        case = session.get_one(Case, house.case().id)
        number = outbox.post(
            session, UPDATE, case=case, round="late", route=ROUTE, now=MONDAY, not_before=later
        )  # fmt: skip
    assert rung == []
    with house.book.reading() as session:
        assert number.id not in delivery.due(session, now=MONDAY, limit=9, alerts=False)
        assert number.id in delivery.due(session, now=later, limit=9, alerts=False)


def test_two_claims_at_once_share_the_notices_between_them(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    ids = [_post(house, f"round {n}").id for n in range(20)]

    def claim(_: int) -> list[int]:
        with house.book.transaction() as session:
            return [notice.id for notice in delivery.claim(session, ids, now=MONDAY)]

    with ThreadPoolExecutor(4) as threads:
        claimed = [number for one in threads.map(claim, range(4)) for number in one]
    assert sorted(claimed) == ids


def test_alerts_and_other_notices_wait_in_lines_of_their_own(house: House) -> None:
    house.hear(mail("I can smell gas", subject="Gas"))
    with house.book.reading() as session:
        alerts = delivery.due(session, now=MONDAY, limit=9, alerts=True)
        others = delivery.due(session, now=MONDAY, limit=9, alerts=False)
    assert [house.notices(id=number)[0].kind for number in (*alerts, *others)] == ["staff_alert", "receipt"]


def _post(house: House, round: str) -> Notice:
    with house.book.transaction() as session:
        case = session.get_one(Case, house.case().id)
        return outbox.post(session, UPDATE, case=case, round=round, route=ROUTE, now=MONDAY)
