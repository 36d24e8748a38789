"""The life of a case, walked at random: two stages, no more, nothing before them, nothing dropped."""

import re

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from casework.lifecycle import AT_REST, CLAUSES, MOVES, RULES, CaseState, IllegalMove, Move, move, moves_from, stage_of


@pytest.mark.parametrize(("moves", "end"), [
    ("offer_choice become_complaint acknowledge respond close", "stage_1_closed"),
    ("offer_choice decline_to_complain close", "closed"),
    ("offer_choice acknowledge extend respond", "stage_1_answered"),
    ("become_complaint acknowledge respond escalate acknowledge respond close", "stage_2_closed"),
    ("become_complaint acknowledge extend extend respond close escalate acknowledge extend", "stage_2_extended"),
    ("become_complaint refuse reinstate_by_ombudsman acknowledge respond", "stage_1_answered"),
    ("become_complaint acknowledge respond escalate refuse reinstate_by_ombudsman acknowledge", "stage_2_acknowledged"),
    ("become_complaint acknowledge respond escalate withdraw escalate", "stage_2_received"),
    ("become_complaint withdraw reopen acknowledge", "stage_1_acknowledged"),
    ("become_complaint relabel close reopen", "open"),
])  # fmt: skip
def test_a_case_walks_the_ways_that_the_code_gives(moves: str, end: str) -> None:
    state = CaseState.OPEN
    for name in moves.split():
        state = move(state, name)
    assert state == end


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (CaseState.OPEN, "acknowledge"),  # nothing is acknowledged as a complaint before it is one
        (CaseState.OPEN, "escalate"),  # never fewer than two stages
        (CaseState.OPEN, "refuse"),  # there is nothing to refuse before a complaint
        (CaseState.CHOICE_OFFERED, "close"),  # the machine may not answer for the resident (2.5)
        (CaseState.CHOICE_OFFERED, "refuse"),
        (CaseState.STAGE_1_RECEIVED, "respond"),  # acknowledged, defined and logged first (6.2)
        (CaseState.STAGE_1_RECEIVED, "close"),
        (CaseState.STAGE_1_ACKNOWLEDGED, "relabel"),  # once acknowledged it takes a refusal with reasons (2.4)
        (CaseState.STAGE_1_ACKNOWLEDGED, "close"),
        (CaseState.STAGE_2_ANSWERED, "escalate"),  # never more than two stages (5.3)
        (CaseState.STAGE_2_CLOSED, "escalate"),
        (CaseState.STAGE_2_CLOSED, "become_complaint"),
        (CaseState.REFUSED, "close"),
    ],
)
def test_what_the_code_forbids_is_an_illegal_move(state: CaseState, name: str) -> None:
    with pytest.raises(IllegalMove) as illegal:
        move(state, name)
    assert illegal.value.allowed == moves_from(state)


def test_the_sentence_says_what_is_allowed() -> None:
    with pytest.raises(
        IllegalMove,
        match=re.escape("A case that is stage 1 answered cannot refuse: it may escalate or close."),
    ):
        move(CaseState.STAGE_1_ANSWERED, "refuse")
    with pytest.raises(IllegalMove, match="cannot fly"):
        move(CaseState.OPEN, "fly")


def test_the_table_names_every_move_once_with_its_clause() -> None:
    assert len(MOVES) == len(CLAUSES) == len(RULES)
    assert all(re.fullmatch(r"[1-9]\.[0-9]{1,2}", clause) for clause in CLAUSES.values())
    assert {rule.move for rule in RULES} == set(Move)


def test_every_state_can_be_reached_and_left() -> None:
    reached, edge = {CaseState.OPEN}, [CaseState.OPEN]
    while edge:
        edge = [to for state in edge for one in moves_from(state) if (to := MOVES[state, one]) not in reached]
        reached.update(edge)
    assert reached == set(CaseState)
    assert all(moves_from(state) for state in CaseState)


def test_every_state_of_a_running_complaint_leads_to_an_answer() -> None:
    for state in set(CaseState) - AT_REST:
        steps = {state}
        for _ in range(len(CaseState)):
            steps |= {MOVES[one, name] for one in steps for name in moves_from(one)}
        assert steps & {CaseState.STAGE_1_ANSWERED, CaseState.STAGE_2_ANSWERED}


def test_the_stage_is_that_of_the_state() -> None:
    assert stage_of(CaseState.OPEN) is None
    assert stage_of(CaseState.CHOICE_OFFERED) is None
    assert stage_of(CaseState.CLOSED) is None
    assert stage_of(CaseState.REFUSED) == 1
    assert stage_of(CaseState.ESCALATION_REFUSED) == 2
    assert stage_of(CaseState.STAGE_2_EXTENDED) == 2
    assert {stage_of(state) for state in CaseState} == {None, 1, 2}


class CaseLife(RuleBasedStateMachine):
    """Makes any moves at all, legal and illegal, and keeps what happened."""

    def __init__(self) -> None:
        super().__init__()
        self.state = CaseState.OPEN
        self.been = [self.state]
        self.moves: list[Move] = []

    def go(self, name: Move) -> None:
        self.state = move(self.state, name)
        self.been.append(self.state)
        self.moves.append(name)

    @rule(data=st.data())
    def a_legal_move(self, data: st.DataObject) -> None:
        self.go(data.draw(st.sampled_from(moves_from(self.state))))

    @rule(name=st.sampled_from(Move))
    def any_move(self, name: Move) -> None:
        was = self.state
        if name in moves_from(was):
            self.go(name)
            return
        with pytest.raises(IllegalMove):
            move(was, name)

    @precondition(lambda self: stage_of(self.state) is not None)
    @rule()
    def a_complaint_never_turns_into_a_request_unless_a_person_relabels_it(self) -> None:
        for name in moves_from(self.state):
            if stage_of(MOVES[self.state, name]) is None:
                assert name is Move.RELABEL

    @invariant()
    def stage_2_comes_only_after_a_stage_1_answer(self) -> None:
        if stage_of(self.state) == 2:
            assert CaseState.STAGE_1_ANSWERED in self.been

    @invariant()
    def nothing_leads_back_from_stage_2_to_stage_1(self) -> None:
        stages = [stage_of(state) for state in self.been]
        if 2 in stages:
            assert set(stages[stages.index(2) :]) == {2}

    @invariant()
    def no_stage_is_answered_twice(self) -> None:
        answers = [
            (before, after)
            for before, after, name in zip(self.been, self.been[1:], self.moves, strict=False)
            if name is Move.RESPOND
        ]
        assert len([after for _, after in answers if after is CaseState.STAGE_1_ANSWERED]) <= 1
        assert len([after for _, after in answers if after is CaseState.STAGE_2_ANSWERED]) <= 1

    @invariant()
    def no_answer_without_an_acknowledgement_of_its_stage(self) -> None:
        for stage in (1, 2):
            if CaseState(f"stage_{stage}_answered") in self.been:
                assert CaseState(f"stage_{stage}_acknowledged") in self.been


TestCaseLife = CaseLife.TestCase
