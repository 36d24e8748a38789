"""Holds a landlord's policy against the Code, clause by clause."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import get_args

from casework.policy.code import TERM_NAMES, CountedFrom, Limit, TermName
from casework.policy.counting import EVENT_WORDS
from casework.policy.policy import Policy, Term

_ORDER = get_args(CountedFrom)  # the events of a case in the order in which they happen

# Words that only a policy written under an older Code or Scheme still prints.
_STALE = {
    "designated person": ("3.7", "No one stands between residents and the Ombudsman since 1 October 2022."),
    "eight weeks": ("3.7", "Nobody waits eight weeks for the Ombudsman since 1 October 2022."),
    "l33 7wq": ("3.7", "The Liverpool PO Box is no longer the Ombudsman's."),
    "e14 9ge": ("3.7", "Exchange Tower is no longer the Ombudsman's address."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a policy and the Code part; `breaks` is false where the policy is only silent or unclear."""

    clause: str
    finding: str
    words: str
    mend: str
    breaks: bool = True


def lint(policy: Policy, on: date) -> tuple[Finding, ...]:
    """Every finding in the order of the rules; `on` is the day whose Ombudsman details are the right ones."""
    rules: tuple[Callable[[Policy], Iterator[Finding]], ...] = (_stages, _terms, _escalation, _stale_words)
    findings = [finding for rule in rules for finding in rule(policy)]
    return (*findings, *_printed_contact(policy, on))


def _stages(policy: Policy) -> Iterator[Finding]:
    for stage in policy.stages:
        if stage.number < 1:
            yield Finding(
                "5.2",
                f"“{stage.name}” stands before stage 1.",
                stage.words,
                "Take it out: what can be put right at once is put right inside stage 1.",
            )
    formal = [stage for stage in policy.stages if stage.number >= 1]
    if len(formal) > policy.code.max_stages:
        names = ", ".join(stage.name for stage in formal)
        mend = f"Keep {policy.code.max_stages}."
        yield Finding("5.3", f"There are {len(formal)} stages: {names}.", formal[-1].words, mend)
    if len(formal) < policy.code.min_stages:
        words = formal[0].words if formal else ""
        yield Finding("5.3", f"There are fewer than {policy.code.min_stages} stages.", words, "Offer both stages.")


def _terms(policy: Policy) -> Iterator[Finding]:
    for name in TERM_NAMES:
        yield from _term(name, policy.term(name), policy.code.limit(name))


def _term(name: TermName, term: Term, limit: Limit) -> Iterator[Finding]:
    wanted = f"{limit.days} working days from {EVENT_WORDS[limit.counted_from]}"
    mend = f"Say “within {wanted}”."
    if not term.stated or term.days is None:
        said = f"The policy does not say by when to {limit.duty}; the Code's {wanted} apply."
        yield Finding(limit.clause, said, term.words, mend, breaks=False)
        return
    origin = term.counted_from or limit.counted_from
    if _ORDER.index(origin) > _ORDER.index(limit.counted_from):
        counted = f"{name} counts from {EVENT_WORDS[origin]}, later than the Code's start."
        yield Finding(limit.clause, counted, term.words, mend)
    if term.days > _most(limit.days, term.unit):
        longer = f"{term.days} {'' if term.unit == 'unstated' else term.unit + ' '}days to {limit.duty} is too long."
        yield Finding(limit.clause, longer, term.words, mend)
    if term.unit == "unstated":
        unit = f"“{term.days} days” does not say whether they are working days."
        yield Finding(limit.clause, unit, term.words, mend, breaks=False)
    if term.counted_from is None:
        start = f"The policy does not say from when the {term.days} days count."
        yield Finding(limit.clause, start, term.words, mend, breaks=False)


def _most(working_days: int, unit: str) -> int:
    """The longest term that can never outrun the Code's: calendar days may meet the fewest weekends there are."""
    return working_days if unit == "working" else working_days + 2 * ((working_days - 1) // 5)


def _escalation(policy: Policy) -> Iterator[Finding]:
    asked = policy.escalation
    if asked.reasons_required:
        mend = "Drop it: ask why if you like, but take every request."
        yield Finding("6.12", "Residents must give reasons to go to stage 2.", asked.words, mend)
    if asked.days is not None:
        finding = f"Residents are given {asked.days} days to ask for stage 2."
        mend = "Keep it soft: a late request is refused only for a reason that section 2 allows."
        yield Finding("5.11", finding, asked.words, mend, breaks=False)


def _stale_words(policy: Policy) -> Iterator[Finding]:
    quoted = [term.words for term in map(policy.term, TERM_NAMES)]
    quoted += [stage.words for stage in policy.stages] + [policy.escalation.words]
    for words in quoted:
        for stale, (clause, finding) in _STALE.items():
            if stale in words.lower():
                yield Finding(clause, finding, words, "Take the words out.")


def _printed_contact(policy: Policy, on: date) -> Iterator[Finding]:
    printed, right = policy.ombudsman_printed, policy.ombudsman_on(on)
    if printed is None:
        return
    for way in ("web", "phone", "post", "email"):
        theirs, ours = getattr(printed, way), getattr(right, way)
        if not theirs or (ours and _plain(theirs) in _plain(ours)):
            continue
        mend = f"Print {ours}." if ours else f"Take it out. {right.note}".strip()
        yield Finding("3.7", f"The Ombudsman is no longer reached by {way} at {theirs}.", printed.words, mend)


def _plain(address: str) -> str:
    return "".join(character for character in address.lower() if character.isalnum())
