"""Step four: what is it about? Read before the transaction begins, so that nobody waits for the reader.

Messages that are one are read as one, and with what the same sender told just before. What was read can only become
graver by that: the words by themselves count as they would alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from casework.reading import Reading
from casework.storage import messages
from casework.storage.tables import Message
from classifier.assessment import Assessment
from intake import burst, forwarded, reread
from intake.burst import Reader
from intake.desk import Desk


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of messages that are one.

    `reading` governs the case; `own` is of these words without what was told before them. `kept` is what is kept
    with each message, its evidence counted in that message's own words.
    """

    ids: tuple[int, ...]
    reading: Reading
    own: Reading
    kept: tuple[dict[str, Any], ...]
    version: str


def assess(desk: Desk, reader: Reader, bundles: Sequence[Sequence[int]], *, now: datetime) -> list[Read]:
    """Read what still waits of these messages, those of one bundle together."""
    rows = _waiting(desk, [one for bundle in bundles for one in bundle], now=now)
    told = [tuple(one for one in bundle if one in rows) for bundle in bundles]
    told = [ids for ids in told if ids]
    with desk.book.reading() as session:
        earlier = {ids: burst.told_before(session, ids[0]) if rows[ids[0]].burst else [] for ids in told}
    own = {ids: [messages.words_of(rows[one].subject, rows[one].new_text or rows[one].text) for one in ids]
           for ids in told}  # fmt: skip
    texts = [burst.together([*earlier[ids], *own[ids]]) for ids in told]
    alone = [burst.together(own[ids]) for ids in told if earlier[ids]]
    found = reader.assess_many([*texts, *alone]) if texts else []
    read_alone = iter(found[len(texts) :])
    return [
        _read(ids, earlier[ids], own[ids], whole, next(read_alone) if earlier[ids] else whole)
        for ids, whole in zip(told, found[: len(texts)], strict=True)
    ]


def _waiting(desk: Desk, ids: Sequence[int], *, now: datetime) -> dict[int, Any]:
    columns = (Message.id, Message.kind, Message.burst, Message.subject, Message.new_text, Message.text)
    waiting = select(*columns).where(Message.id.in_(ids), Message.state == "accepted")
    with desk.book.reading() as session:
        rows = session.execute(waiting).all()
    unread = any(row.kind == "unreadable" for row in rows)
    if unread:
        reread.read_again(desk.book, ids)
    if forwarded.turn(desk, ids, now=now) or unread:
        with desk.book.reading() as session:
            rows = session.execute(waiting).all()
    return {row.id: row for row in rows}


def _read(
    ids: tuple[int, ...], earlier: Sequence[str], own: Sequence[str], whole: Assessment, alone: Assessment
) -> Read:
    starts = [0]
    for words in (*earlier, *own):
        starts.append(starts[-1] + len(words) + 1)
    places = list(pairwise(starts))[len(earlier) :]
    kept = whole.as_json()
    shown = tuple(kept | {"evidence": _within(kept["evidence"], start, end - 1)} for start, end in places)
    return Read(ids, _graver(reading_of(whole), reading_of(alone)), reading_of(alone), shown, whole.version)


def _within(evidence: Sequence[dict[str, Any]], start: int, end: int) -> list[dict[str, Any]]:
    """What of the evidence stands in one message, counted from where that begins."""
    return [
        piece | {"start": piece["start"] - start, "end": piece["end"] - start}
        for piece in evidence
        if start <= piece["start"] and piece["end"] <= end
    ]


def _graver(whole: Reading, own: Reading) -> Reading:
    return replace(
        max(whole, own, key=_gravity),
        urgent=whole.urgent or own.urgent,
        hazards=tuple(dict.fromkeys((*own.hazards, *whole.hazards))),
        wants=tuple(dict.fromkeys((*own.wants, *whole.wants))),
    )


def _gravity(reading: Reading) -> int:
    return 1 if reading.review else 2 if reading.is_complaint else 0


def reading_of(assessment: Assessment) -> Reading:
    """What casework needs to know of an assessment."""
    return Reading(
        kind=assessment.primary.value,
        labels=tuple(label.value for label in assessment.labels),
        review=assessment.review,
        urgent=assessment.urgent,
        hazards=tuple(hazard.value for hazard in assessment.hazards),
        wants=tuple(want.value for want in assessment.wants),
    )
