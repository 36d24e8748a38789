"""A new model takes the old one's place only if nothing got worse: over readings made up for the purpose."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.assessment import Assessment
from classifier.corpus import Message
from classifier.labels import Hazard, Label, primary_of
from classifier.promotion import Judged, Measure, compare, verdict

CHANNELS = ("sms", "email", "chat")


def message(
    number: int, labels: frozenset[Label], hazards: frozenset[Hazard] = frozenset(), channel: str = ""
) -> Message:
    return Message(
        id=f"X{number}", text="", channel=channel or CHANNELS[number % 3], labels=labels, hazards=hazards,
        vulnerability=frozenset(), wants=frozenset(), repeat_contact=False, multiple_households=False, advocate=False,
        urgent=False, language="en", variety="standard", voice="", register="sms", author="X",
    )  # fmt: skip


def reading(labels: frozenset[Label], hazards: frozenset[Hazard] = frozenset(), *, review: bool = False) -> Assessment:
    ordered = tuple(sorted(labels, key=list(Label).index))
    chances = dict.fromkeys(Label, 0.5)
    return Assessment(primary_of(labels), ordered, chances, review=review, hazards=tuple(hazards))


def opposite(labels: frozenset[Label], label: Label) -> frozenset[Label]:
    return labels ^ {label}


label_sets = st.frozensets(st.sampled_from(Label), min_size=1)
hazard_sets = st.frozensets(st.sampled_from(Hazard), max_size=2)
readings = st.builds(reading, label_sets, hazard_sets)
cases = st.lists(st.tuples(label_sets, hazard_sets, readings), min_size=1, max_size=40)


@settings(deadline=None, max_examples=40)
@given(said=cases)
def test_a_model_never_loses_to_itself(said: list[tuple[frozenset[Label], frozenset[Hazard], Assessment]]) -> None:
    judged = [Judged(message(n, labels, hazards), read, read) for n, (labels, hazards, read) in enumerate(said)]
    measures = compare(judged, of="test")
    assert not [measure for measure in measures if measure.worse]
    assert verdict(measures).promote


@settings(deadline=None, max_examples=60)
@given(said=cases, data=st.data())
def test_a_strictly_worse_one_is_never_promoted(
    said: list[tuple[frozenset[Label], frozenset[Hazard], Assessment]], data: st.DataObject
) -> None:
    """Wrong wherever the old one was, and in at least one message more, however few they are."""
    judged = []
    spoilt = data.draw(st.integers(0, len(said) - 1))
    for n, (labels, hazards, read) in enumerate(said):
        old = read
        new = read
        if n == spoilt:
            old = reading(labels, hazards)  # the old one reads it rightly
            new = reading(opposite(labels, data.draw(st.sampled_from(Label))), frozenset())
        judged.append(Judged(message(n, labels, hazards), old, new))
    found = verdict(compare(judged, of="test"))
    assert not found.promote
    assert "every label right" in found.why


def many(of: int, wrong: Sequence[int], *, label: Label = Label.COMPLAINT, channel: str = "") -> list[Judged]:
    """So many messages, half of them of this label, of which the new model misreads those with these numbers."""
    judged = []
    for n in range(of):
        truth = frozenset({label if n % 2 else Label.COMMENT})
        old = reading(truth)
        new = reading(opposite(truth, label) or frozenset({Label.COMMENT})) if n in wrong else old
        judged.append(Judged(message(n, truth, channel=channel), old, new))
    return judged


@pytest.mark.parametrize("label", [Label.COMPLAINT, Label.SERVICE_REQUEST, Label.COMPLIMENT])
def test_a_label_that_got_worse_is_named(label: Label) -> None:
    found = verdict(compare(many(200, range(1, 60, 2), label=label), of="test"))
    assert not found.promote
    assert label.value.replace("_", " ") in found.why


def gained(judged: list[Judged], numbers: Sequence[int]) -> list[Judged]:
    """The old model misreads these, the new one does not: a gain elsewhere."""
    return [
        replace(one, old=reading(frozenset({Label.SERVICE_REQUEST}))) if n in numbers else one
        for n, one in enumerate(judged)
    ]


def test_a_few_more_wrong_are_noise_where_there_is_a_gain() -> None:
    assert verdict(compare(gained(many(200, [1, 3]), range(100, 160)), of="test")).promote


def test_a_gain_elsewhere_does_not_make_up_for_a_channel_that_got_worse() -> None:
    worse_by_text = many(30, range(0, 30, 2), channel="sms")
    better_by_mail = gained(many(300, [], channel="email"), range(200))
    found = verdict(compare(worse_by_text + better_by_mail, of="test"))
    assert not found.promote
    assert "by sms" in found.why
    assert "by email" not in found.why


def test_a_gain_elsewhere_does_not_make_up_for_complaints_silently_missed() -> None:
    truth = frozenset({Label.COMPLAINT})
    asked = reading(frozenset({Label.COMMENT}), review=True)
    silent = reading(frozenset({Label.COMMENT}))
    judged = [Judged(message(n, truth), asked, silent) for n in range(20)] + gained(many(300, []), range(0, 200, 2))
    found = verdict(compare(judged, of="test"))
    assert not found.promote
    assert "complaints not silently missed" in found.why


def test_a_gain_elsewhere_does_not_make_up_for_hazards_that_are_not_found() -> None:
    gas = frozenset({Hazard.GAS})
    request = frozenset({Label.SERVICE_REQUEST})
    judged = [Judged(message(n, request, gas), reading(request, gas), reading(request)) for n in range(20)]
    found = verdict(compare(judged + gained(many(300, []), range(200)), of="test"))
    assert not found.promote
    assert "hazards found" in found.why


def test_what_got_worse_on_the_examples_alone_counts_as_well() -> None:
    measures = compare(gained(many(200, []), range(100)), of="test") + compare(many(60, range(30)), of="examples")
    assert not verdict(measures).promote


def test_the_same_readings_give_the_same_measures() -> None:
    judged = many(50, range(10))
    assert compare(judged, of="test") == compare(judged, of="test")


def test_without_a_message_there_is_nothing_to_measure() -> None:
    assert compare([], of="examples") == []


@pytest.mark.parametrize(("asked", "promoted"), [(12, True), (60, False)])
def test_some_more_may_be_asked_about_but_not_many(asked: int, promoted: bool) -> None:
    judged = gained(many(300, []), range(0, 100, 2))
    judged = [
        replace(one, new=replace(one.new, review=True)) if n >= len(judged) - asked else one
        for n, one in enumerate(judged)
    ]
    found = verdict(compare(judged, of="test"))
    assert found.promote is promoted
    assert "needs no person" in found.why


def test_sending_less_to_review_alone_is_no_gain() -> None:
    measures = [
        Measure("test: every label right", 0.9, 0.89, -0.03, 0.01, 100),
        Measure("test: needs no person", 0.8, 0.9, 0.05, 0.15, 100),
    ]
    assert not verdict(measures).promote
