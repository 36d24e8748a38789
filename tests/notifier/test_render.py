"""What residents and staff read: every kind in each of its forms, plain, complete, and short where it is a text."""

import dataclasses
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from support.facts import FORMS, LINK, OMBUDSMAN, REFERENCE, SAMPLES, SPOKEN, TO_RESIDENTS

from casework.notices import KINDS, Acknowledgement, MissingFact, ProgressUpdate, Receipt, as_json, from_json
from channels.sms.segments import segments
from notifier import render as rendering
from notifier.render import clock_time, long_date, render, short_date, shorten

TWO_TEXTS = 306

JARGON = (
    "outbox", "classifier", "webhook", "SLA", "ticket", "workflow", "escalat", "pursuant", "hereby", "aforementioned",
    "in due course", "at your earliest convenience", "forthwith", "operative", "tenancy", "correspondence", "utilise",
    "endeavour", "liaise", "stakeholder", "fail-safe", "failsafe", "service_request", "None", "stage_1", "{{", "}}",
)  # fmt: skip

each = pytest.mark.parametrize("name", SAMPLES)
each_to_residents = pytest.mark.parametrize("name", TO_RESIDENTS)
each_receipt = pytest.mark.parametrize("name", [name for name, f in SAMPLES.items() if isinstance(f, Receipt)])


@each
def test_every_kind_can_be_written_in_each_of_its_forms(name: str) -> None:
    facts = SAMPLES[name]
    for form in FORMS[facts.kind]:
        words = render(facts, form)
        assert words.text.strip() == words.text != ""
        assert bool(words.html) == (form == "email")
        assert bool(words.subject) == (form not in ("short", "chat"))
        assert "\n" not in words.subject
        assert len(words.subject) <= 120


def test_every_kind_has_its_folder_and_every_folder_its_kind() -> None:
    folders = {folder.name for folder in Path(rendering.TEMPLATES).iterdir() if folder.is_dir()}
    assert folders == set(KINDS) == {facts.kind for facts in SAMPLES.values()}


@each_to_residents
def test_a_text_fits_in_two(name: str) -> None:
    text = render(SAMPLES[name], "short").text
    counted = segments(text)
    assert (counted.encoding, counted.count) <= ("GSM-7", 2), f"{counted}: {text}"
    assert counted.units <= TWO_TEXTS


@each_to_residents
@pytest.mark.parametrize("form", ["short", "chat", "email"])
def test_each_says_which_case_where_to_look_and_how_to_reach_the_ombudsman(name: str, form: str) -> None:
    words = render(SAMPLES[name], form)
    about = (REFERENCE, LINK) if hasattr(SAMPLES[name], "reference") else ()
    for whole in filter(None, (words.text, words.html)):
        for needed in (*about, OMBUDSMAN.phone, "Larchmere Homes", "Ombudsman"):
            assert needed in whole
    if form == "email":
        for whole in (words.text, words.html):
            assert OMBUDSMAN.web in whole
            assert OMBUDSMAN.post in whole
        assert REFERENCE in words.subject or not about


@each
def test_no_jargon(name: str) -> None:
    facts = SAMPLES[name]
    for form in FORMS[facts.kind]:
        words = render(facts, form)
        for whole in (words.text, words.subject, _visible(words.html)):
            for word in JARGON:
                assert word.lower() not in whole.lower() or word in LINK, word


@each_to_residents
def test_mail_reads_the_same_with_and_without_html(name: str) -> None:
    words = render(SAMPLES[name], "email")
    seen = " ".join(_visible(words.html).split())
    plain = " ".join(words.text.replace("> ", " ").split())
    for sentence in ("by Monday 14 December 2026", "by Monday 30 November 2026", "COMPLAINT", "call 999", SPOKEN):
        assert (sentence in seen) == (sentence in plain), sentence


@each_receipt
def test_danger_comes_first_in_every_receipt_that_knows_of_it(name: str) -> None:
    receipt = SAMPLES[name]
    assert isinstance(receipt, Receipt)
    if receipt.emergency:
        for form in ("short", "chat", "email"):
            text = render(receipt, form).text
            assert receipt.emergency in text
            assert text.index(receipt.emergency) < text.index(LINK)


@each_receipt
@pytest.mark.parametrize("form", ["short", "chat", "email"])
def test_a_receipt_promises_the_date_or_offers_the_choice(name: str, form: str) -> None:
    receipt = SAMPLES[name]
    assert isinstance(receipt, Receipt)
    text = render(receipt, form).text
    if receipt.emergency and form == "short":
        return  # there the danger needs the room; the page behind the link says the rest
    day = date(2026, 11, 30)
    if receipt.about == "complaint" and not receipt.choice:
        assert (long_date(day) if form == "email" else short_date(day)) in text
    if receipt.choice and (receipt.acknowledge_by or not receipt.joined):
        assert "COMPLAINT" in text


def test_an_acknowledgement_says_all_that_the_code_wants() -> None:
    facts = SAMPLES["acknowledgement"]
    assert isinstance(facts, Acknowledgement)
    words = render(facts, "email")
    for whole in (words.text, _visible(words.html)):
        for needed in (
            facts.understanding, facts.outcomes_sought, facts.responsibility, facts.handler_name, facts.handler_contact,
            "stage 1", "Monday 14 December 2026", "4:40pm on Monday 23 November 2026", SPOKEN,
        ):  # fmt: skip
            assert needed in " ".join(whole.split()), needed
    short = render(facts, "short").text
    for needed in ("stage 1", "Priya Shah", "01632 960101", "Mon 14 Dec"):
        assert needed in short


def test_what_a_resident_wrote_can_hurt_nobody_in_a_mail() -> None:
    attack = '<script>alert(1)</script><img src=x onerror=y>{{ secret }}\x0b& "quotes" \''
    for name in ("receipt of a complaint", "acknowledgement"):
        changed = "own_words" if name.startswith("receipt") else "understanding"
        facts = dataclasses.replace(SAMPLES[name], name=f"Mallory {attack}", **{changed: attack})  # type: ignore[arg-type]
        html = render(facts, "email").html
        assert "<script" not in html
        assert "<img" not in html
        assert "&lt;script&gt;" in html
        assert "{{ secret }}" in html, "what was written is shown and never run"


@given(words=st.text(max_size=300))
def test_whatever_they_wrote_a_receipt_can_be_written_and_its_subject_is_one_line(words: str) -> None:
    facts = dataclasses.replace(SAMPLES["receipt of a complaint"], own_words=words, name=words)  # type: ignore[arg-type]
    mail = render(facts, "email")
    assert "\n" not in mail.subject
    assert REFERENCE in mail.subject
    seen = "".join(_visible(mail.html).split())
    assert "".join(words.split())[:5] in seen or not words.isprintable()


def test_a_template_that_asks_for_a_fact_that_there_is_not_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "receipt").mkdir()
    (tmp_path / "receipt" / "short.txt").write_text("Dear {{ first_name }}")
    monkeypatch.setattr(rendering, "TEMPLATES", tmp_path)
    rendering._environment.cache_clear()
    with pytest.raises(UndefinedError, match="first_name"):
        render(SAMPLES["receipt of a complaint"], "short")
    monkeypatch.undo()
    rendering._environment.cache_clear()


@pytest.mark.parametrize(
    ("made", "needed"),
    [(Acknowledgement, name) for name in ("understanding", "outcomes_sought", "responsibility", "handler_name",
                                          "handler_contact")]
    + [(ProgressUpdate, name) for name in ("happened", "next_step")],
)  # fmt: skip
@pytest.mark.parametrize("nothing", ["", "  \n"])
def test_a_notice_without_a_fact_that_the_code_wants_cannot_be_made(made: Any, needed: str, nothing: str) -> None:
    whole = next(facts for facts in SAMPLES.values() if isinstance(facts, made))
    with pytest.raises(MissingFact, match=needed.replace("_", " ")) as missing:
        dataclasses.replace(whole, **{needed: nothing})
    assert missing.value.fact == needed


@each
def test_facts_are_kept_and_come_back_as_they_were(name: str) -> None:
    facts = SAMPLES[name]
    assert from_json(facts.kind, as_json(facts)) == facts


def test_dates_and_times_read_as_people_say_them() -> None:
    assert long_date(date(2026, 12, 4)) == "Friday 4 December 2026"
    assert short_date(date(2026, 12, 4)) == "Fri 4 Dec"
    assert clock_time(datetime(2026, 7, 1, 11, 5, tzinfo=UTC)) == "12:05pm on Wednesday 1 July 2026"
    assert clock_time(datetime(2026, 12, 1, 0, 5, tzinfo=UTC)) == "12:05am on Tuesday 1 December 2026"


@given(words=st.text(), length=st.integers(5, 100))
def test_shortening_never_makes_longer_and_leaves_what_fits(words: str, length: int) -> None:
    line = " ".join(words.split())
    short = shorten(words, length)
    assert len(short) <= length
    assert short == line or len(line) > length


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_data(self, data: str) -> None:
        self.seen.append(data)


def _visible(html: str) -> str:
    reader = _Text()
    reader.feed(re.sub(r"<(title|style)>.*?</\1>", "", html, flags=re.S))
    return " ".join(reader.seen)
