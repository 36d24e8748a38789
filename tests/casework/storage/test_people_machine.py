"""Law 12, whatever is linked and undone in whatever order: every contact has one person, and nobody sees another's."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from support.book import House
from support.cast import MONDAY

from casework.reading import Reading
from casework.storage import cases, linking, messages, people, proving
from casework.storage.people_tables import Link
from casework.storage.tables import Case, Contact, Message, Person

_numbers = itertools.count(1)

RESIDENTS = 2
ADDRESSES = 2

_owners, _phones = st.integers(0, RESIDENTS - 1), st.integers(0, ADDRESSES - 1)
_perhaps = st.none() | st.none() | st.none() | st.tuples(_owners, _phones)


def address(owner: int, number: int) -> str:
    return f"+4477009{owner}{number:03}"


class Household(RuleBasedStateMachine):
    """Residents with several phones each: what they prove, what strangers write into forms, what staff undo.

    Residents prove only what is theirs, for that is what a code means; staff never link here, since a person's
    word may be wrong: it is undone with the rest.
    """

    moved = Bundle("moved")

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house, self.now = house, MONDAY
        self.owner_of_case: dict[int, int] = {}

    @initialize()
    def empty(self) -> None:
        with self.house.book.transaction() as session:
            for row in [*session.scalars(select(Contact)), *session.scalars(select(Case))]:
                if isinstance(row, Contact):
                    row.address = f"old {row.id}"
                else:
                    row.reply_address = "old"

    @rule(owner=_owners, number=_phones, beside=_perhaps)
    def somebody_writes(self, owner: int, number: int, beside: tuple[int, int] | None) -> None:
        """From their own phone, and with any other number beside it, as a form allows."""
        mine = ("phone", address(owner, number))
        other = ("phone", address(*beside)) if beside is not None else mine
        with self.house.book.transaction() as session:
            known = people.find_contacts(session, {mine, other})
            given = list(dict.fromkeys([mine, other] if other not in known else [mine]))
            person = people.know(
                session,
                known.get(mine),
                given,
                known,
                name="",
                home="",
                adjustments="",
                heard_from=mine,
                now=self.tick(),
            )
            case = self._open(session, person, mine[1])
        self.owner_of_case[case.id] = owner

    @precondition(lambda self: self.owner_of_case)
    @rule(which=st.integers(0, 30), number=_phones)
    def a_resident_goes_on_with_a_case_from_another_of_their_phones(self, which: int, number: int) -> None:
        """Answers go to where they last wrote from, if it is known to be theirs, as the intake does it."""
        case_id, owner = sorted(self.owner_of_case.items())[which % len(self.owner_of_case)]
        mine = ("phone", address(owner, number))
        with self.house.book.transaction() as session:
            case, contact = session.get_one(Case, case_id), people.find_contacts(session, {mine}).get(mine)
            if contact is not None and contact.person_id == case.person_id:
                self._hear(session, case, mine[1])
                case.reply_address = mine[1]

    @rule(target=moved, owner=_owners, one=_phones)
    def a_resident_proves_two_of_their_own_in_one_session(self, owner: int, one: int) -> list[int]:
        with self.house.book.transaction() as session:
            both = (one, 1 - one)
            proved = [self._prove(session, address(owner, number)) for number in both]
            links = linking.link_proved(session, proved, proved[0].person, now=self.tick())
            return [link.id for link in links]

    @rule(links=moved)
    def it_is_undone(self, links: list[int]) -> None:
        for number in reversed(links):
            with self.house.book.reading() as session:
                before = self._whole(session)
            try:
                with self.house.book.transaction() as session:
                    linking.undo(session, session.get_one(Link, number), actor="staff:1", now=self.tick())
            except linking.CannotUndo:
                with self.house.book.reading() as session:
                    assert self._whole(session) == before

    @rule(owner=_owners, one=_phones)
    def linking_and_undoing_at_once_changes_nothing(self, owner: int, one: int) -> None:
        with self.house.book.transaction() as session:
            proved = [self._prove(session, address(owner, number)) for number in (one, 1 - one)]
            session.flush()
            before = self._whole(session)
            for link in reversed(linking.link_proved(session, proved, proved[0].person, now=self.tick())):
                linking.undo(session, link, actor="staff:1", now=self.tick())
            session.flush()
            assert self._whole(session) == before

    @invariant()
    def every_contact_is_one_persons_and_no_case_is_answered_at_anothers(self) -> None:
        with self.house.book.reading() as session:
            contacts = session.scalars(select(Contact)).all()
            assert len({contact.address for contact in contacts}) == len(contacts)
            whose = {contact.address: contact.person_id for contact in contacts}
            for case in session.scalars(select(Case).where(Case.id.in_(self.owner_of_case))):
                assert case.reply_address == "" or whose[case.reply_address] == case.person_id

    @invariant()
    def a_proof_shows_only_cases_of_whoever_gave_it(self) -> None:
        with self.house.book.reading() as session:
            for owner in range(RESIDENTS):
                theirs = [address(owner, number) for number in range(ADDRESSES)]
                for contact in session.scalars(select(Contact).where(Contact.address.in_(theirs))):
                    shown = [case.id for case in proving.cases_shown_to(session, [contact.id])]
                    assert {self.owner_of_case[number] for number in shown} <= {owner}

    def tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def _prove(self, session: Any, where: str) -> Contact:
        known = people.find_contacts(session, {("phone", where)})
        contact = known.get(("phone", where))
        if contact is None:
            people.know(session, None, [("phone", where)], known, name="", home="", adjustments="", now=self.now)
            contact = known["phone", where]
        contact.proof, contact.verified_at = "code", self.now
        session.flush()
        return contact

    def _open(self, session: Any, person: Person | None, where: str) -> Case:
        reading, message = Reading("comment", ("comment",)), self._hear(session, None, where)
        case = cases.open_case(session, message, reading, person=person, rules=self.house.desk.rules, now=self.now)
        messages.settle(message, "opened", case=case, now=self.now)
        case.reply_channel, case.reply_address = "sms", where
        session.flush()
        return case

    def _hear(self, session: Any, case: Case | None, where: str) -> Message:
        message = Message(
            channel="sms", our_address="+441632960100", external_id=f"SM{next(_numbers)}", received_at=self.tick(),
            accepted_at=self.now, raw=b"", raw_sha256="", kind="message", text="hello", new_text="hello", sender=where,
            next_try_at=self.now, case=case,
        )  # fmt: skip
        session.add(message)
        return message

    def _whole(self, session: Any) -> tuple[dict[int, int], dict[int, tuple[int | None, str]], dict[int, str]]:
        return (
            dict(session.execute(select(Contact.id, Contact.person_id)).all()),
            {one.id: (one.person_id, one.reply_address) for one in session.scalars(select(Case))},
            dict(session.execute(select(Person.id, Person.name)).all()),
        )


def test_whatever_is_linked_and_undone(quick_house: House) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(
        lambda: Household(quick_house),
        settings=settings(max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=checks),
    )
    assert not quick_house.breaks()
