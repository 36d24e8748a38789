"""What an officer would point at: the cues that were heard, and the sentence that weighed most where no cue says it."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from classifier.assessment import Evidence
from classifier.book import AWAAB, HINT, Found
from classifier.labels import Hazard, Label, Vulnerability
from classifier.reading import Heard
from classifier.votes import by_sentence

DISSATISFIED = frozenset(
    {
        *("said_complaint", "unhappy", "earlier_report", "still_waiting", "nobody_came", "broken_promise"),
        *("poor_work", "plain_dissatisfaction", "staff_conduct", "unfair_decision", "wants_account", "irony"),
        *("nothing_changed", "harm_done", "declined_to_complain"),
    }
)
OUTRIGHT = frozenset({"said_complaint", "declined_to_complain", "unhappy", "plain_dissatisfaction", "staff_conduct"})
BELONGS: Mapping[str, Label] = {
    **dict.fromkeys(DISSATISFIED, Label.COMPLAINT),
    "request": Label.SERVICE_REQUEST,
    "first_report": Label.SERVICE_REQUEST,
    "praise": Label.COMPLIMENT,
    "question": Label.COMMENT,
    "suggestion": Label.COMMENT,
    "survey": Label.COMMENT,
}
HAZARDS = frozenset(hazard.value for hazard in Hazard)
# a sentence is pointed at under these names; the clause is what makes it matter. A fact that no phrase says is not: an
# officer who is shown any sentence for it trusts the others less
CLAUSES: Mapping[str, str] = {
    Label.COMPLAINT: "1.2",
    Label.SERVICE_REQUEST: "1.4",
    Label.COMPLIMENT: "Compliments",
    "urgent": AWAAB,
    **dict.fromkeys(Hazard, AWAAB),
    **dict.fromkeys(Vulnerability, "5.10"),
}
NAMES: Mapping[str, str] = {
    Label.COMPLAINT: "dissatisfaction",
    Label.SERVICE_REQUEST: "request",
    Label.COMPLIMENT: "praise",
}
MOST_TELLING = 3  # of a long message only as many sentences are pointed at for one label or fact


class Grounds(NamedTuple):
    """What was decided, and so what evidence is wanted for; `unsure` whether a complaint is in doubt."""

    labels: tuple[Label, ...]
    said: frozenset[str]
    unsure: bool


class Place(NamedTuple):
    """The text into which evidence points, and the character of it at which reading began."""

    text: str
    start: int


def evidence_of(nlp: Language, doc: Doc, place: Place, grounds: Grounds) -> tuple[Evidence, ...]:
    heard: Heard = doc._.heard
    told = list(_told(heard.cues, grounds))
    heads = _silent(told, grounds)
    long = len(heard.sentences) > MOST_TELLING
    order = _order(nlp, doc, [*heads, *(_weighed_for(told, grounds) if long else ())])
    if long:
        told, bare = _most_telling(told, order, [start for start, _ in heard.sentences])
        heads += [head for head in bare if head not in heads]
    pieces = [_piece(doc, place, found.cue.name, found.cue.clause, found.start, found.end) for found in told]
    for head in heads if heard.sentences else ():
        start, end = heard.sentences[order[head][0]]
        pieces.append(_piece(doc, place, NAMES.get(head, head), CLAUSES[head], start, end))
    return tuple(sorted(pieces, key=lambda piece: (piece.start, piece.end, piece.cue)))


def _told(cues: Sequence[Found], grounds: Grounds) -> Iterable[Found]:
    """Cues of a label or fact only where it was given, or is in doubt; hints only of a hazard that no cue names."""
    named = {found.cue.name for found in cues if found.cue.kind != HINT}
    for found in cues:
        kind, name = found.cue.kind, found.cue.name
        if kind in ("fact", "person", "want", HINT) and name not in grounds.said:
            continue
        if kind == HINT and (name not in HAZARDS or name in named):
            continue
        if kind == "cue":
            belongs = BELONGS.get(name)
            in_doubt = grounds.unsure and belongs is Label.COMPLAINT
            if belongs is None or (belongs not in grounds.labels and not in_doubt):
                continue
        yield found


def _silent(told: Iterable[Found], grounds: Grounds) -> list[str]:
    """What was decided although no cue says so; what makes a hazard urgent is the hazard."""
    spoken = {name for found in told for name in (found.cue.name, BELONGS.get(found.cue.name, ""))}
    if grounds.said & HAZARDS or any(found.cue.kind == "danger" for found in told):
        spoken.add("urgent")
    return [head for head in CLAUSES if (head in grounds.said or head in grounds.labels) and head not in spoken]


def _weighed_for(told: Sequence[Found], grounds: Grounds) -> list[str]:
    """What the cues of a long message speak of, and a complaint in any case."""
    spoken = [_head(found) for found in told if _is_weighed(found)]
    return [*spoken, *(label for label in grounds.labels if label is Label.COMPLAINT)]


def _is_weighed(found: Found) -> bool:
    """Dangers, hazards, people, wishes and whoever says outright what they feel are pointed at wherever they stand."""
    if found.cue.name in OUTRIGHT:
        return False
    return found.cue.kind == "fact" or (found.cue.kind == "cue" and found.cue.name in BELONGS)


def _head(found: Found) -> str:
    return BELONGS.get(found.cue.name, found.cue.name)


def _most_telling(
    told: Sequence[Found], order: Mapping[str, Sequence[int]], starts: Sequence[int]
) -> tuple[list[Found], list[str]]:
    """The cues that stand where it weighs, and what has none in the sentence that weighs most for it."""
    kept, pointed = [], set()
    for found in told:
        if not _is_weighed(found):
            kept.append(found)
            continue
        sentence = bisect_right(starts, found.start) - 1
        if sentence in order[_head(found)][:MOST_TELLING]:
            kept.append(found)
            pointed.add((_head(found), sentence))
    return kept, [head for head, best in order.items() if head in CLAUSES and (head, best[0]) not in pointed]


def _order(nlp: Language, doc: Doc, heads: Sequence[str]) -> dict[str, list[int]]:
    """For each head the places of the sentences, the one that weighs most first.

    A sentence weighs its votes, what was made of each of its words, and what of that led in the whole message."""
    heads = list(dict.fromkeys(heads))
    starts = [start for start, _ in doc._.heard.sentences]
    if len(starts) < 2 or not heads:
        return {head: [0] for head in heads}
    statistics: Any = nlp.get_pipe("textcat_multilabel")
    readings = doc._.readings
    width = readings.shape[1]
    votes, context = statistics.model.layers
    columns = [statistics.labels.index(head) for head in heads]
    out = context.get_param("Wo")[:, columns]
    words = readings @ (out[width:] / np.sqrt(len(readings)))
    leaders = readings.argmax(axis=0)
    np.add.at(words, leaders, readings[leaders, np.arange(width)][:, None] * out[:width])
    weights = np.add.reduceat(words, starts) + by_sentence(votes, doc._.bags, columns)
    return dict(zip(heads, (-weights).argsort(axis=0, kind="stable").T.tolist(), strict=True))


def _piece(doc: Doc, place: Place, cue: str, clause: str, start: int, end: int) -> Evidence:
    last = doc[end - 1]
    begins, stops = place.start + doc[start].idx, place.start + last.idx + len(last)
    words = place.text[begins:stops].rstrip() or place.text[begins:stops]
    return Evidence(cue, words, begins, begins + len(words), clause)
