"""`earshot retrain`, `models` and `learning`, over a real book and real training on a corpus that is cut down."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from support.book import House, house, quick_house
from support.cast import REQUEST, text
from support.small_corpus import GLAZIER, GLAZIER_AGAIN, install, version_of

import cli
from casework.settings import settings
from casework.storage import examples, models
from casework.storage.learning_tables import Example, Model
from casework.storage.tables import Message
from classifier.corpus import training
from classifier.pipeline import load
from commands import retrain
from commands.examples import held_back, messages_to_learn

__all__ = ["house", "quick_house"]


def earshot(name: str, *arguments: object) -> Result:
    return CliRunner().invoke(import_module(cli.module_of(name)).command, [str(one) for one in arguments])


def teach(house: House, *messages: Message, labels: tuple[str, ...] = ("complaint",)) -> None:
    with house.book.transaction() as session:
        for message in messages:
            examples.keep(
                session, session.get_one(Message, message.id), how="corrected", labels=labels, hazards=[],
                may_teach=True, now=message.received_at, actor="staff:1",
            )  # fmt: skip


@pytest.fixture
def taught(quick_house: House, weak_model: Path) -> House:
    """A house whose weak model is active, and whose staff have said that one message is a complaint."""
    version = install(weak_model, settings().models_folder)
    assert earshot("models", "promote", version).exit_code == 0
    teach(quick_house, *quick_house.hear(text(GLAZIER)))
    return quick_house


def active(house: House) -> str:
    with house.book.reading() as session:
        return models.active(session)


def folders() -> list[str]:
    return sorted(path.name for path in settings().models_folder.iterdir())


def test_what_staff_said_is_learned_and_the_new_model_promoted(
    taught: House, small_corpus: Path, weak_model: Path
) -> None:
    said = earshot("retrain", "--corpus", small_corpus)
    assert said.exit_code == 0, said.output
    assert "Examples that may teach: 1, of which 1 to learn from and 0 held back" in said.stdout
    assert "test: complaint (F1)" in said.stdout
    assert "worse at nothing" in said.stdout
    assert "It took 0 min" in said.stdout
    new = active(taught)
    assert new != version_of(weak_model)
    folder = settings().models_folder / new
    assert load(folder).assess(GLAZIER_AGAIN).primary == "complaint"
    figures = json.loads((folder / "metrics.json").read_text())
    assert (figures["version"], figures["learned_from_examples"], figures["promote"]) == (new, 1, True)
    with taught.book.reading() as session:
        row = session.get_one(Model, new)
    assert (row.parent, row.promoted_by, row.figures) == (version_of(weak_model), "earshot retrain", figures)
    assert len(training()) > 300, "the corpus that ships is read again afterwards"


def test_one_that_got_worse_is_kept_but_not_promoted_and_says_why(quick_house: House, small_corpus: Path) -> None:
    teach(quick_house, *quick_house.hear(text(GLAZIER)))  # the model that ships knows ten times as many texts
    said = earshot("retrain", "--corpus", small_corpus)
    assert said.exit_code == 0, said.output
    assert "Not promoted" in said.stdout
    assert "It got worse, beyond noise, at: " in said.stdout
    assert active(quick_house) == models.SHIPS
    assert len(folders()) == 1
    assert earshot("models", "promote", folders()[0]).exit_code == 0
    assert active(quick_house) == folders()[0]


def test_what_was_compared_with_a_model_that_reads_no_more_is_not_promoted(
    taught: House, small_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = retrain.judge

    def judge_while_somebody_rolls_back(*read: Any) -> Any:
        earshot("models", "roll-back")
        return judge(*read)

    monkeypatch.setattr(retrain, "judge", judge_while_somebody_rolls_back)
    said = earshot("retrain", "--corpus", small_corpus)
    assert said.exit_code == 0
    assert "meanwhile another became active" in said.stdout
    assert active(taught) == models.SHIPS


def test_a_dry_run_keeps_nothing(taught: House, small_corpus: Path, weak_model: Path) -> None:
    said = earshot("retrain", "--dry-run", "--corpus", small_corpus)
    assert said.exit_code == 0
    assert "would be promoted" in said.stdout
    assert "this was a dry run" in said.stdout
    assert (active(taught), folders()) == (version_of(weak_model), [version_of(weak_model)])


def test_a_model_can_be_left_elsewhere(taught: House, small_corpus: Path, weak_model: Path, tmp_path: Path) -> None:
    said = earshot("retrain", "--into", tmp_path / "elsewhere", "--corpus", small_corpus)
    assert said.exit_code == 0, said.output
    assert load(tmp_path / "elsewhere").assess(GLAZIER).primary == "complaint"
    assert (active(taught), folders()) == (version_of(weak_model), [version_of(weak_model)])


def test_into_never_deletes_a_folder_that_holds_something_else(
    taught: House, small_corpus: Path, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"x")
    said = earshot("retrain", "--into", tmp_path, "--corpus", small_corpus)
    assert said.exit_code == 2
    assert "choose a folder that is empty or new" in said.output
    assert (tmp_path / "photo.jpg").exists()


def test_without_an_example_nothing_is_trained(quick_house: House, small_corpus: Path) -> None:
    [heard] = quick_house.hear(text(REQUEST))
    with quick_house.book.transaction() as session:
        examples.keep(
            session, session.get_one(Message, heard.id), how="corrected", labels=["comment"], hazards=[],
            may_teach=False, now=heard.received_at, actor="staff:1",
        )  # fmt: skip
    said = earshot("retrain", "--corpus", small_corpus)
    assert said.exit_code == 0
    assert "Examples that may teach: 0" in said.stdout
    assert "Nothing is trained" in said.stdout


def test_a_corpus_that_breaks_the_guide_is_one_sentence(taught: House, tmp_path: Path) -> None:
    (tmp_path / "train_x.jsonl").write_text('{"id": "X1"}\n')
    said = earshot("retrain", "--corpus", tmp_path)
    assert said.exit_code == 2
    assert "train_x.jsonl, line 1" in said.output


def test_a_quarter_of_the_examples_is_held_back_for_ever(house: House) -> None:
    heard = house.hear(*(text(f"{REQUEST} {n}", sender=f"+4477009{n:05}") for n in range(40)))
    teach(house, *heard)
    with house.book.reading() as session:
        found = messages_to_learn(session, now=heard[0].received_at)
    held = [one.id for one in found if held_back(one)]
    assert len(found) == 40
    assert held[:7] == [f"message-{n}" for n in (8, 11, 13, 15, 21, 25, 29)]
    assert 4 <= len(held) <= 16


def test_an_example_is_what_the_person_said_and_otherwise_what_was_read(house: House) -> None:
    heard = house.hear(text("I can smell gas in the hall."))
    teach(house, *heard, labels=("complaint", "service_request"))
    with house.book.reading() as session:
        [found] = messages_to_learn(session, now=heard[0].received_at)
    assert (found.text, found.channel, found.register) == ("I can smell gas in the hall.", "sms", "sms")
    assert (found.labels, found.hazards, found.urgent) == ({"complaint", "service_request"}, frozenset(), True)
    assert (found.id, found.author, found.language) == (f"message-{heard[0].id}", "staff", "en")


class TestModels:
    def test_they_are_listed_with_the_one_that_reads(self, taught: House, weak_model: Path) -> None:
        said = earshot("models", "list").output.splitlines()
        assert said[0].startswith(f"* {version_of(weak_model)}  made ")
        assert "by operator, after the one that ships" in said[0]
        assert said[1] == "  the one that ships with Earshot"
        assert "The one that ships with Earshot reads within a minute" in earshot("models", "roll-back").output
        assert earshot("models", "list").output.splitlines()[1].startswith("* the one that ships")
        assert earshot("models", "roll-back").exit_code == 1

    @pytest.mark.parametrize("version", ["9.9.9", "../../etc", "", "/etc"])
    def test_one_that_cannot_be_read_is_not_promoted(self, quick_house: House, version: str) -> None:
        said = earshot("models", "promote", version)
        assert said.exit_code == 2
        assert active(quick_house) == models.SHIPS

    def test_a_version_can_be_asked_to_read(self, taught: House, weak_model: Path, tmp_path: Path) -> None:
        lines = tmp_path / "lines.jsonl"
        lines.write_text(json.dumps({"id": 1, "text": GLAZIER}) + "\n")
        for model in (version_of(weak_model), weak_model):
            said = json.loads(earshot("classify", lines, "--model", model).output)
            assert (said["version"], said["primary"]) == (version_of(weak_model), "service_request")
        assert earshot("classify", lines, "--model", "9.9.9").exit_code == 2


class TestLearning:
    def test_an_objection_deletes_at_once_and_holds(self, taught: House) -> None:
        reference = taught.case().reference
        said = earshot("learning", "forget", reference.lower())
        assert said.output == "1 example deleted. None of theirs will be kept again.\n"
        assert taught.count(Example) == 0
        assert [line.actor for line in taught.lines("examples_forgotten")] == ["operator"]
        assert earshot("learning", "forget", "4817-2736-K").exit_code == 2

    def test_the_missed_complaints_are_told_in_words_and_as_csv(self, quick_house: House) -> None:
        assert "Nothing has been read again yet" in earshot("learning", "missed-complaints").output
        said = earshot("learning", "missed-complaints", "--csv").output
        assert said.splitlines() == ["Period,Channel,Reread,Missed,Can't tell,Rate,At least,At most"]
