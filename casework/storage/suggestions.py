"""Pairs of cases that may be one matter, kept until a person decides; and what is looked for to find them."""

import hashlib
import hmac
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, or_, select, union, update
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from casework.storage import journal
from casework.storage.people_tables import Clue, Suggestion
from casework.storage.tables import Case, Person
from casework.storage.waits import OPEN_SUGGESTION, TO_COMPARE

MOST_CANDIDATES = 200
"""So many earlier cases are looked at for one batch, the newest first: what is bounded cannot grow with the book."""


class Decided(ValueError):
    """Raised for a suggestion that somebody has decided already."""


def to_compare(session: Session, *, limit: int) -> Sequence[Case]:
    """The new cases that nobody has compared with others yet, with all that is compared of them."""
    waiting = select(Case).where(TO_COMPARE).order_by(Case.id).limit(limit)
    held = waiting.with_for_update(of=Case, key_share=True, skip_locked=True)
    return session.scalars(_with_words(held)).all()


def any_to_compare(session: Session) -> list[int]:
    """One case that waits to be compared, if there is one."""
    return list(session.scalars(select(Case.id).where(TO_COMPARE).limit(1)))


def note_compared(session: Session, ids: Collection[int]) -> None:
    """These need not be compared again; whoever has one of the cases open does not notice."""
    session.execute(
        update(Case).where(Case.id.in_(ids)).values(compare_at=None).execution_options(synchronize_session=False)
    )


def keep_clues(session: Session, clues: dict[int, set[str]]) -> None:
    """Keep by what each of these cases can be found: `clues` are digests by case."""
    rows = [{"case_id": number, "digest": digest} for number, found in clues.items() for digest in sorted(found)]
    if rows:
        session.execute(insert(Clue), rows)


def candidates(
    session: Session, *, digests: set[str], references: set[str], people: set[int], since: datetime
) -> Sequence[Case]:
    """The open cases received since then that share a clue or a person with the new ones, or are named in them."""
    leads = union(
        select(Clue.case_id).where(Clue.digest.in_(digests)),
        select(Case.id).where(Case.reference.in_(references)),
        select(Case.id).where(Case.person_id.in_(people)),
    )
    found = select(Case).where(Case.id.in_(leads), Case.closed_at.is_(None), Case.received_at >= since)
    return session.scalars(_with_words(found.order_by(Case.id.desc()).limit(MOST_CANDIDATES))).all()


def suggested_pairs(session: Session, ids: Collection[int]) -> set[tuple[int, int]]:
    """The pairs that were suggested before for these later cases, whatever was decided."""
    rows = session.execute(select(Suggestion.case_id, Suggestion.other_id).where(Suggestion.case_id.in_(ids)))
    return {(row.case_id, row.other_id) for row in rows}


def suggest(
    session: Session, later: Case, earlier: Case, *, sort: str, reasons: Iterable[str], now: datetime
) -> Suggestion:
    """Put a pair to people, with the reasons in words."""
    pair = Suggestion(case=later, other=earlier, sort=sort, reasons=list(reasons), at=now, state="open")
    session.add(pair)
    if sort == "sameness":
        journal.write(session, "sameness_suggested", at=now, case=later, other=earlier.reference)
    return pair


def decide(session: Session, pair: Suggestion, state: str, *, now: datetime, actor: str) -> None:
    """Keep what a person said of a pair: joined or declined; raises Decided."""
    if pair.state != "open":
        raise Decided("Somebody has decided this already.")
    pair.state, pair.decided_at, pair.decided_by = state, now, actor
    if state == "declined":
        journal.write(
            session, "sameness_declined", at=now, actor=actor, case_id=pair.case_id, other=pair.other.reference
        )


def open_pairs(session: Session, *, before: int | None, limit: int) -> Sequence[Suggestion]:
    """What waits for a decision, the newest first; what has been closed or joined meanwhile is not among it."""
    waiting = _undecided().order_by(Suggestion.id.desc()).limit(limit)
    if before is not None:
        waiting = waiting.where(Suggestion.id < before)
    return session.scalars(waiting).all()


def pairs_of(session: Session, numbers: Collection[int]) -> Sequence[Suggestion]:
    """What waits for a decision about these cases."""
    about = or_(Suggestion.case_id.in_(numbers), Suggestion.other_id.in_(numbers))
    return session.scalars(_undecided().where(about).order_by(Suggestion.id.desc()).limit(20)).all()


def digest_of(kind: str, value: str, secret: str) -> str:
    """A clue as it is kept: the same for the same home or address, and no help to anybody who reads the table."""
    said = f"clue {kind} {value}".encode()
    return hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()[:24]


def _undecided() -> Select[Any]:
    later, earlier = aliased(Case), aliased(Case)
    return (
        select(Suggestion)
        .join(later, Suggestion.case_id == later.id)
        .join(earlier, Suggestion.other_id == earlier.id)
        .where(OPEN_SUGGESTION, later.closed_at.is_(None), later.joined_to_id.is_(None), earlier.closed_at.is_(None))
        .options(
            joinedload(Suggestion.case).joinedload(Case.person),
            joinedload(Suggestion.other).joinedload(Case.person),
        )
    )


def _with_words(cases: Select[Any]) -> Select[Any]:
    return cases.options(joinedload(Case.person).selectinload(Person.contacts), selectinload(Case.messages))
