"""The life of a case: which moves are legal from where, and the clause of the Code that each rests on.

There is nothing before stage 1 (5.2) and nothing after stage 2 (5.3), and the only way into stage 2 is a stage 1
that was answered.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"  # a service request, comment or compliment is recorded (1.4)
    CHOICE_OFFERED = (
        "choice_offered"  # there may be dissatisfaction: the resident was asked, the safer clock runs (1.3)
    )
    STAGE_1_RECEIVED = "stage_1_received"
    STAGE_1_ACKNOWLEDGED = "stage_1_acknowledged"
    STAGE_1_EXTENDED = "stage_1_extended"
    STAGE_1_ANSWERED = "stage_1_answered"
    STAGE_1_CLOSED = "stage_1_closed"  # answered and done with, unless the resident asks for stage 2
    STAGE_2_RECEIVED = "stage_2_received"
    STAGE_2_ACKNOWLEDGED = "stage_2_acknowledged"
    STAGE_2_EXTENDED = "stage_2_extended"
    STAGE_2_ANSWERED = "stage_2_answered"
    STAGE_2_CLOSED = "stage_2_closed"
    ESCALATION_REFUSED = "escalation_refused"
    ESCALATION_WITHDRAWN = "escalation_withdrawn"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"  # it never was a complaint, and it is done with


class Move(StrEnum):
    """What can be done to a case, in the field's own words."""

    OFFER_CHOICE = "offer_choice"
    BECOME_COMPLAINT = "become_complaint"
    DECLINE_TO_COMPLAIN = "decline_to_complain"
    RELABEL = "relabel"
    ACKNOWLEDGE = "acknowledge"
    EXTEND = "extend"
    RESPOND = "respond"
    ESCALATE = "escalate"
    REFUSE = "refuse"
    RECONSIDER = "reconsider"
    REINSTATE_BY_OMBUDSMAN = "reinstate_by_ombudsman"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    REOPEN = "reopen"


class Rule(NamedTuple):
    """One legal move: from where, what, to where, and by which clause."""

    state: CaseState
    move: Move
    to: CaseState
    clause: str


_S, _M = CaseState, Move

RULES: tuple[Rule, ...] = (
    # Before any complaint: the resident chooses, nobody else.
    Rule(_S.OPEN, _M.OFFER_CHOICE, _S.CHOICE_OFFERED, "1.3"),
    Rule(_S.OPEN, _M.BECOME_COMPLAINT, _S.STAGE_1_RECEIVED, "1.5"),
    Rule(_S.OPEN, _M.CLOSE, _S.CLOSED, "1.4"),
    Rule(_S.OPEN, _M.WITHDRAW, _S.CLOSED, "1.4"),
    Rule(_S.CHOICE_OFFERED, _M.BECOME_COMPLAINT, _S.STAGE_1_RECEIVED, "1.3"),
    Rule(_S.CHOICE_OFFERED, _M.DECLINE_TO_COMPLAIN, _S.OPEN, "1.3"),
    Rule(_S.CHOICE_OFFERED, _M.RELABEL, _S.OPEN, "1.4"),  # a person says that the machine misread
    Rule(_S.CHOICE_OFFERED, _M.ACKNOWLEDGE, _S.STAGE_1_ACKNOWLEDGED, "6.2"),  # no answer in time: it is a complaint
    Rule(_S.CHOICE_OFFERED, _M.WITHDRAW, _S.CLOSED, "1.3"),
    Rule(_S.CLOSED, _M.REOPEN, _S.OPEN, "1.4"),
    Rule(_S.CLOSED, _M.OFFER_CHOICE, _S.CHOICE_OFFERED, "1.3"),
    Rule(_S.CLOSED, _M.BECOME_COMPLAINT, _S.STAGE_1_RECEIVED, "1.5"),
    # Stage 1.
    Rule(_S.STAGE_1_RECEIVED, _M.ACKNOWLEDGE, _S.STAGE_1_ACKNOWLEDGED, "6.2"),
    Rule(_S.STAGE_1_RECEIVED, _M.RELABEL, _S.OPEN, "1.4"),  # a person corrects what the machine read, with a reason
    Rule(_S.STAGE_1_RECEIVED, _M.REFUSE, _S.REFUSED, "2.4"),
    Rule(_S.STAGE_1_RECEIVED, _M.WITHDRAW, _S.WITHDRAWN, "5.12"),
    Rule(_S.STAGE_1_ACKNOWLEDGED, _M.EXTEND, _S.STAGE_1_EXTENDED, "6.4"),
    Rule(_S.STAGE_1_ACKNOWLEDGED, _M.RESPOND, _S.STAGE_1_ANSWERED, "6.3"),
    Rule(_S.STAGE_1_ACKNOWLEDGED, _M.REFUSE, _S.REFUSED, "2.4"),  # the fail-safe acknowledges before anyone has looked
    Rule(_S.STAGE_1_ACKNOWLEDGED, _M.WITHDRAW, _S.WITHDRAWN, "5.12"),
    Rule(_S.STAGE_1_EXTENDED, _M.EXTEND, _S.STAGE_1_EXTENDED, "6.4"),  # only for good reason
    Rule(_S.STAGE_1_EXTENDED, _M.RESPOND, _S.STAGE_1_ANSWERED, "6.3"),
    Rule(_S.STAGE_1_EXTENDED, _M.REFUSE, _S.REFUSED, "2.4"),
    Rule(_S.STAGE_1_EXTENDED, _M.WITHDRAW, _S.WITHDRAWN, "5.12"),
    Rule(_S.STAGE_1_ANSWERED, _M.ESCALATE, _S.STAGE_2_RECEIVED, "6.10"),
    Rule(_S.STAGE_1_ANSWERED, _M.CLOSE, _S.STAGE_1_CLOSED, "6.6"),
    Rule(_S.STAGE_1_CLOSED, _M.ESCALATE, _S.STAGE_2_RECEIVED, "6.10"),  # the Code sets no last day for asking
    Rule(_S.STAGE_1_CLOSED, _M.REOPEN, _S.STAGE_1_ANSWERED, "6.6"),
    Rule(_S.REFUSED, _M.RECONSIDER, _S.STAGE_1_RECEIVED, "2.1"),
    Rule(_S.REFUSED, _M.REINSTATE_BY_OMBUDSMAN, _S.STAGE_1_RECEIVED, "2.4"),
    Rule(_S.WITHDRAWN, _M.REOPEN, _S.STAGE_1_RECEIVED, "2.1"),
    # Stage 2, the last word.
    Rule(_S.STAGE_2_RECEIVED, _M.ACKNOWLEDGE, _S.STAGE_2_ACKNOWLEDGED, "6.11"),
    Rule(_S.STAGE_2_RECEIVED, _M.REFUSE, _S.ESCALATION_REFUSED, "5.11"),
    Rule(_S.STAGE_2_RECEIVED, _M.WITHDRAW, _S.ESCALATION_WITHDRAWN, "5.12"),
    Rule(_S.STAGE_2_ACKNOWLEDGED, _M.EXTEND, _S.STAGE_2_EXTENDED, "6.15"),
    Rule(_S.STAGE_2_ACKNOWLEDGED, _M.RESPOND, _S.STAGE_2_ANSWERED, "6.14"),
    Rule(_S.STAGE_2_ACKNOWLEDGED, _M.REFUSE, _S.ESCALATION_REFUSED, "5.11"),
    Rule(_S.STAGE_2_ACKNOWLEDGED, _M.WITHDRAW, _S.ESCALATION_WITHDRAWN, "5.12"),
    Rule(_S.STAGE_2_EXTENDED, _M.EXTEND, _S.STAGE_2_EXTENDED, "6.15"),  # only for good reason
    Rule(_S.STAGE_2_EXTENDED, _M.RESPOND, _S.STAGE_2_ANSWERED, "6.14"),
    Rule(_S.STAGE_2_EXTENDED, _M.REFUSE, _S.ESCALATION_REFUSED, "5.11"),
    Rule(_S.STAGE_2_EXTENDED, _M.WITHDRAW, _S.ESCALATION_WITHDRAWN, "5.12"),
    Rule(_S.STAGE_2_ANSWERED, _M.CLOSE, _S.STAGE_2_CLOSED, "6.20"),
    Rule(_S.STAGE_2_CLOSED, _M.REOPEN, _S.STAGE_2_ANSWERED, "6.17"),
    Rule(_S.ESCALATION_REFUSED, _M.RECONSIDER, _S.STAGE_2_RECEIVED, "5.11"),
    Rule(_S.ESCALATION_REFUSED, _M.REINSTATE_BY_OMBUDSMAN, _S.STAGE_2_RECEIVED, "2.4"),
    Rule(_S.ESCALATION_WITHDRAWN, _M.ESCALATE, _S.STAGE_2_RECEIVED, "6.10"),
)

MOVES: Mapping[tuple[CaseState, Move], CaseState] = {(rule.state, rule.move): rule.to for rule in RULES}
CLAUSES: Mapping[tuple[CaseState, Move], str] = {(rule.state, rule.move): rule.clause for rule in RULES}

# Nothing more is owed in these states, unless someone moves the case again.
AT_REST = frozenset(
    {
        CaseState.STAGE_1_ANSWERED,
        CaseState.STAGE_1_CLOSED,
        CaseState.STAGE_2_ANSWERED,
        CaseState.STAGE_2_CLOSED,
        CaseState.ESCALATION_REFUSED,
        CaseState.ESCALATION_WITHDRAWN,
        CaseState.REFUSED,
        CaseState.WITHDRAWN,
        CaseState.CLOSED,
    }
)


class IllegalMove(ValueError):
    """Raised for a move that is not legal from a state; the sentence says which are."""

    def __init__(self, state: CaseState, move: str, allowed: tuple[Move, ...]) -> None:
        may = f"it may {_listed(allowed)}" if allowed else "nothing more can be done with it"
        super().__init__(f"A case that is {_words(state)} cannot {_words(move)}: {may}.")
        self.state = state
        self.move = move
        self.allowed = allowed


def move(state: CaseState, move_name: str) -> CaseState:
    """The state after a move; raises IllegalMove."""
    allowed = moves_from(state)
    if move_name not in allowed:
        raise IllegalMove(state, move_name, allowed)
    return MOVES[state, Move(move_name)]


def moves_from(state: CaseState) -> tuple[Move, ...]:
    """The legal moves from a state, in the order of the table."""
    return tuple(rule.move for rule in RULES if rule.state == state)


def stage_of(state: CaseState) -> int | None:
    """1 or 2 for a case that is or was a complaint, None for one that is not."""
    if state in (CaseState.ESCALATION_REFUSED, CaseState.ESCALATION_WITHDRAWN) or state.startswith("stage_2"):
        return 2
    if state in (CaseState.REFUSED, CaseState.WITHDRAWN) or state.startswith("stage_1"):
        return 1
    return None


def _words(name: str) -> str:
    return name.replace("_", " ")


def _listed(allowed: tuple[Move, ...]) -> str:
    *most, last = (_words(one) for one in allowed)
    return f"{', '.join(most)} or {last}" if most else last
