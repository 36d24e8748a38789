"""Messages that were sent within seconds of each other are one: they are held, read together, and answered once.

The hold is `next_try_at` in the book, set by whoever first looks at the message, so nothing is lost with a worker.
It ends when nothing has come for as long as the channel says, and at the latest after `LONGEST`: a receipt has a
minute. It ends at once for a keyword, and where the words so far tell of a hazard (law 7).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casework.storage import waits
from casework.storage.sessions import Book
from casework.storage.tables import Message
from classifier.assessment import Assessment
from intake.keyword import is_keyword

LONGEST = timedelta(seconds=45)

TOLD_WITHIN = timedelta(minutes=10)
"""What was told so shortly before is read again with what is told now: a complaint may be told in several texts."""


class Reader(Protocol):
    """What reads messages; `classifier.pipeline.load()` gives the real one."""

    def assess_many(self, texts: Iterable[str]) -> Sequence[Assessment]: ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message of a burst that waits in the book."""

    id: int
    burst: tuple[str, str, str]
    accepted_at: datetime
    next_try_at: datetime
    quiet: float
    words: str
    is_keyword: bool
    attempts: int


def ripe(book: Book, reader: Reader, ids: Sequence[int], *, now: datetime) -> list[list[int]]:
    """The messages of `ids` that need wait no longer, each with the others of its burst; what must wait is held."""
    with book.reading() as session:
        named = session.execute(
            select(Message.id, Message.channel, Message.our_address, Message.burst)
            .where(Message.id.in_(ids), Message.burst.is_not(None))
        ).all()  # fmt: skip
        if not named:
            return [[one] for one in ids]
        bursts = {(row.channel, row.our_address, str(row.burst)) for row in named}
        waiting = _waiting(session, bursts)
    done: list[list[int]] = []
    held: dict[int, datetime] = {}
    for burst in waiting.values():
        until = _held_until(burst)
        if until <= now or _tells_of_a_hazard(reader, burst):
            done += _parts(burst)
        else:
            held |= {one.id: until for one in burst if one.next_try_at != until}
    _hold(book, held)
    alone = {row.id for row in named}
    return [[one] for one in ids if one not in alone] + done


def _waiting(session: Session, bursts: set[tuple[str, str, str]]) -> dict[tuple[str, str, str], list[Waiting]]:
    """All that waits of these bursts, in the order in which it was told."""
    columns = (
        Message.id, Message.channel, Message.our_address, Message.burst, Message.accepted_at, Message.next_try_at,
        Message.details, Message.new_text, Message.text, Message.attempts,
    )  # fmt: skip
    rows = session.execute(
        select(*columns)
        .where(waits.ACCEPTED, Message.burst.in_({key for _, _, key in bursts}))
        .order_by(Message.received_at, Message.id)
    )
    found: dict[tuple[str, str, str], list[Waiting]] = {}
    for row in rows:
        name = (row.channel, row.our_address, str(row.burst))
        if name in bursts:
            words = row.new_text or row.text
            quiet = float((row.details.get("burst") or {}).get("quiet") or 0)
            steers = is_keyword(row.details, words)
            one = Waiting(row.id, name, row.accepted_at, row.next_try_at, quiet, words, steers, row.attempts)
            found.setdefault(name, []).append(one)
    return found


def _held_until(burst: Sequence[Waiting]) -> datetime:
    first = min(one.accepted_at for one in burst)
    last = max(burst, key=lambda one: one.accepted_at)
    if any(one.is_keyword or one.attempts or not one.quiet for one in burst):
        return first
    return min(last.accepted_at + timedelta(seconds=last.quiet), first + LONGEST)


def _tells_of_a_hazard(reader: Reader, burst: Sequence[Waiting]) -> bool:
    try:
        [read] = reader.assess_many([together(one.words for one in burst)])
    except Exception:
        return True
    return bool(read.hazards or read.urgent)


def _parts(burst: Sequence[Waiting]) -> list[list[int]]:
    """What is read together: all, but for keywords, each of which stands alone, and what failed once before."""
    words = [one.id for one in burst if not (one.is_keyword or one.attempts)]
    others = [[one.id] for one in burst if one.is_keyword or one.attempts]
    return ([words] if words else []) + others


def _hold(book: Book, held: dict[int, datetime]) -> None:
    if not held:
        return
    with book.transaction() as session:
        for until in set(held.values()):
            ids = [one for one, its in held.items() if its == until]
            session.execute(
                update(Message)
                .where(Message.id.in_(ids), Message.state == "accepted", Message.attempts == 0)
                .values(next_try_at=until)
                .execution_options(synchronize_session=False)
            )


def together(words: Iterable[str]) -> str:
    """The words of several messages as one text, each on lines of its own."""
    return "\n".join(words)


def told_before(session: Session, message_id: int) -> list[str]:
    """What the same sender told within the last minutes, in messages that are settled, the oldest first."""
    one = session.get(Message, message_id)
    if one is None or one.burst is None or is_keyword(one.details, one.new_text or one.text):
        return []
    rows = session.execute(
        select(Message.details, Message.new_text, Message.text)
        .where(
            Message.burst == one.burst,
            Message.channel == one.channel,
            Message.our_address == one.our_address,
            Message.accepted_at > one.accepted_at - TOLD_WITHIN,
            Message.accepted_at <= one.accepted_at,
            Message.state == "processed",
            Message.outcome.in_(("opened", "attached")),
        )
        .order_by(Message.received_at, Message.id)
    )
    said = [(row.details, row.new_text or row.text) for row in rows]
    return [words for details, words in said if words.strip() and not is_keyword(details, words)]
