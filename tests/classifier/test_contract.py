"""What `earshot classify` and the intake room rely on."""

import json

from click.testing import CliRunner

from classifier.assessment import Assessment, Evidence
from classifier.labels import Label, primary_of
from classifier.pipeline import Reader
from commands.classify import command

KEYS = {
    *("primary", "labels", "probabilities", "review", "urgent", "hazards", "vulnerability", "wants", "repeat_contact"),
    *("multiple_households", "advocate", "evidence"),
}


def lines(*rows: str) -> list[dict[str, object]]:
    ran = CliRunner().invoke(command, [], input="\n".join(rows) + "\n")
    assert ran.exit_code == 0, ran.output
    return [json.loads(line) for line in ran.output.splitlines()]


def test_each_line_in_gives_one_line_out_in_the_same_order() -> None:
    answers = lines('{"id": "a", "text": "boiler broken"}', "", '{"id": 7, "text": "thank you", "channel": "sms"}')
    assert [answer["id"] for answer in answers] == ["a", 7]
    assert all(answer.keys() >= KEYS for answer in answers)


def test_a_line_that_cannot_be_read_is_reviewed_and_the_rest_goes_on() -> None:
    broken, textless, fine = lines("not json", '{"id": "b"}', '{"id": "c", "text": "hello"}')
    assert (broken["review"], textless["review"]) == (True, True)
    assert "JSON" in str(broken["problem"])
    assert (textless["id"], fine["id"]) == ("b", "c")


def test_a_file_is_read_as_well(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "in.jsonl"
    file.write_text('{"id": 1, "text": "Nobody came."}\n', encoding="utf-8")
    ran = CliRunner().invoke(command, [str(file)])
    assert json.loads(ran.output)["primary"] == "complaint"


def test_the_answer_carries_every_key_of_the_contract() -> None:
    found = Assessment(
        Label.COMPLAINT, (Label.COMPLAINT,), {Label.COMPLAINT: 0.91234567}, False, evidence=(Evidence("x", "y", 0, 1),)
    )
    answer = found.as_json()
    assert answer.keys() >= KEYS
    assert answer["probabilities"] == {"complaint": 0.9123}
    assert answer["evidence"] == [{"cue": "x", "text": "y", "start": 0, "end": 1, "clause": ""}]


def test_complaint_governs_whenever_it_is_there() -> None:
    assert primary_of(frozenset({Label.COMPLIMENT, Label.SERVICE_REQUEST, Label.COMPLAINT})) is Label.COMPLAINT
    assert primary_of(frozenset({Label.COMPLIMENT, Label.SERVICE_REQUEST})) is Label.SERVICE_REQUEST
    assert primary_of(frozenset()) is Label.COMMENT


def test_every_answer_names_the_model_that_gave_it(reader: Reader) -> None:
    assert reader.version
    assert reader.assess("hello").version == reader.version


def test_evidence_of_a_complaint_cites_the_code(reader: Reader) -> None:
    found = reader.assess("Nobody came on Tuesday and this is the third time I have reported it.")
    assert {"1.5"} <= {piece.clause for piece in found.evidence}
    assert {"nobody_came", "earlier_report"} <= {piece.cue for piece in found.evidence}
