"""Compares new cases with the few that they may belong with, and puts to people what may be one matter (law 6).

Runs after the case is committed. What it looks at is found by index (the same home, address or person, a reference
that is named) and bounded, so it costs the same however many cases the book has.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from casework.homes import Home, home_in, homes_in
from casework.reference import find_reference
from casework.sameness import WITHIN, Facts, Sameness, compare, telling_words
from casework.storage import bell, joining, suggestions
from casework.storage.sessions import Book
from casework.storage.tables import Case, Message
from casework.storage.trouble import where
from channels import registry
from channels.contacts import email_address, phone_number
from intake.desk import Desk

log = logging.getLogger(__name__)

BATCH = 50
_READ = 20
"""So many messages of a case are read; what comes later in a long thread says little of what it is about."""

_LONGEST = 10_000
_PHONE = re.compile(r"(?<![\w+])\+?(?:\(0\)|[0-9])[0-9 ()-]{8,18}[0-9](?!\w)")
_EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]+(?:\.[\w-]+)+")


def ring_for_new(book: Book) -> int:
    """Ring for the cases that wait to be compared; nobody waits for it, so they have no bell of their own."""
    with book.reading() as session:
        new = suggestions.any_to_compare(session)
    bell.ring_now(bell.COMPARE_CASES, new)
    return len(new)


def compare_new(desk: Desk, *, now: datetime) -> int:
    """Compare a batch of the cases that wait for it; returns how many."""
    with desk.book.transaction() as session:
        waiting = list(suggestions.to_compare(session, limit=BATCH))
        if not waiting:
            return 0
        suggestions.note_compared(session, [case.id for case in waiting])
        told = _told(waiting)
        new = [case for case in waiting if case.id in told]
        clues = {number: _clues(facts, desk.secret) for number, facts in told.items()}
        suggestions.keep_clues(session, clues)
        others = suggestions.candidates(
            session,
            digests=set().union(*clues.values()),
            references=set().union(*(facts.mentioned for facts in told.values())),
            people={case.person_id for case in new if case.person_id is not None},
            since=min(case.received_at for case in new) - WITHIN,
        )
        before = suggestions.suggested_pairs(session, told)
        told |= _told(other for other in others if other.id not in told)
        for case in new:
            best = _best(case, [one for one in others if one.id in told and (case.id, one.id) not in before], told)
            if best is not None:
                suggestions.suggest(session, case, best[0], sort="sameness", reasons=best[1].reasons, now=now)
        return len(waiting)


def facts_of(case: Case) -> Facts:
    """What is compared of a case: who and where it came from, and what its messages say."""
    heard = case.messages[:_READ]
    words = "\n".join(f"{one.subject}\n{(one.new_text or one.text)[:_LONGEST]}" for one in heard)
    return Facts(
        reference=case.reference,
        received_at=case.received_at,
        came_by=_noun(heard),
        person=case.person_id,
        name=case.person.name if case.person else "",
        homes=tuple(dict.fromkeys(_homes(case, heard, words))),
        contacts=frozenset(filter(None, [*(one.sender for one in heard), *_contacts(case)])),
        given=frozenset(_given(words)),
        mentioned=frozenset(filter(None, (_reference(one) for one in heard))),
        words=telling_words(words),
        hazards=frozenset(case.hazards),
    )


def _told(cases: Iterable[Case]) -> dict[int, Facts]:
    told = {}
    for case in cases:
        try:
            told[case.id] = facts_of(case)
        except Exception as error:  # what cannot be compared is left to people, and must not stop the others
            log.error("Case %d could not be compared: %s", case.id, where(error), extra={"case_id": case.id})
    return told


def _best(case: Case, others: Iterable[Case], told: dict[int, Facts]) -> tuple[Case, Sameness] | None:
    """The earlier case that is most like this one; of several alike the earliest, since it would govern."""
    found = []
    for other in others:
        if other is case or joining.in_order(case, other)[0] is not case:
            continue
        same = compare(told[case.id], told[other.id])
        if same is not None and _could(case, other):
            found.append((other, same))
    return min(found, key=lambda pair: (-pair[1].score, pair[0].received_at, pair[0].id), default=None)


def _could(case: Case, other: Case) -> bool:
    return case.closed_at is None and joining.could_take_in(other) and joining.could_be_joined(case)


def _clues(facts: Facts, secret: str) -> set[str]:
    homes = {suggestions.digest_of("home", key, secret) for home in facts.homes for key in home.keys}
    return homes | {suggestions.digest_of("address", one, secret) for one in facts.contacts | facts.given}


def _homes(case: Case, heard: Sequence[Message], words: str) -> Iterator[Home]:
    """Where the person lives, as they gave it; only without that, the homes that the words speak of."""
    given = [case.person.home if case.person else "", *(str(one.details.get("home_address") or "") for one in heard)]
    homes = [home for home in map(home_in, filter(None, given)) if home is not None]
    yield from homes or homes_in(words)


def _contacts(case: Case) -> list[str]:
    return [contact.address for contact in case.person.contacts] if case.person else []


def _given(words: str) -> Iterator[str]:
    for number in _PHONE.findall(words):
        if normal := phone_number(number):
            yield normal
    for address in _EMAIL.findall(words):
        if normal := email_address(address):
            yield normal


def _noun(heard: Sequence[Message]) -> str:
    if not heard or heard[0].channel not in registry.names():
        return "message"
    label = registry.get(heard[0].channel).description.label
    return {"E-mail": "mail", "Typed in by staff": "note of a call or letter"}.get(label, label.lower())


def _reference(message: Message) -> str | None:
    said = message.details.get("reference") or ""
    return find_reference(said) or find_reference(message.subject) or find_reference(message.new_text)
