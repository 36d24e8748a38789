"""`earshot parse-email`: one line of JSON for each mail, whatever the mail."""

import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

import channels.email
from casework.reference import new_reference
from commands.parse_email import command

SAMPLES = Path(channels.email.__path__[0]) / "samples"
KEYS = {
    "channel",
    "kind",
    "message_id",
    "in_reply_to",
    "references",
    "sender",
    "reply_to",
    "to",
    "cc",
    "subject",
    "sent_at",
    "text",
    "new_text",
    "attachments",
    "case_reference",
    "problems",
}


def lines(*arguments: str, stdin: bytes = b"") -> list[dict[str, object]]:
    result = CliRunner().invoke(command, arguments, input=stdin)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout_bytes.decode("utf-8").splitlines()]


def test_every_sample_is_one_line_with_every_key() -> None:
    samples = sorted(SAMPLES.glob("*.eml"))
    found = lines(*map(str, samples))
    assert len(found) == len(samples)
    for one in found:
        assert set(one) >= KEYS
        assert one["channel"] == "email"
        assert one["kind"] in ("message", "auto_reply", "bounce", "empty")


def test_a_mail_may_come_on_standard_input() -> None:
    raw = (SAMPLES / "gmail_reply.eml").read_bytes()
    (found,) = lines("-", stdin=raw)
    assert found["sender"] == {"address": "ngozi.okafor@example.org", "name": "Ngozi Okafor"}
    assert found["message_id"] == "<CAJ+x1=abc@mail.example.org>"


def test_malformed_mail_is_no_failure() -> None:
    (found,) = lines("-", stdin=b"\x00\xff\xfe not a mail")
    assert found["problems"]
    assert found["message_id"] == ""


def test_the_case_reference_is_found_in_what_was_written_before_what_is_quoted() -> None:
    old, new = new_reference(), new_reference()
    quoted = f"\n\nOn 19/11/2026 09:12, Larchmere Homes wrote:\n> Your case is {old}.\n"
    assert lines("-", stdin=f"Subject: Re: Boiler\n\nAbout {new}.{quoted}".encode())[0]["case_reference"] == new
    assert lines("-", stdin=f"Subject: Re: Boiler\n\nAny news?{quoted}".encode())[0]["case_reference"] == old
    assert lines("-", stdin=f"Subject: Re: [{new}] Boiler\n\nAny news?{quoted}".encode())[0]["case_reference"] == new
    assert lines("-", stdin=b"Subject: Boiler\n\nIt is cold.\n")[0]["case_reference"] is None


def test_an_enclosure_is_described_but_not_printed() -> None:
    (found,) = lines(str(SAMPLES / "photo_and_letter.eml"))
    assert found["attachments"] == [
        {"filename": "schön.jpg", "content_type": "image/jpeg", "size": 22, "inline": True},
        {
            "filename": "Letter to Larchmere – my complaint.pdf",
            "content_type": "application/pdf",
            "size": 10,
            "inline": False,
        },
    ]


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path / "no.eml")])
    assert result.exit_code == 2
    assert "cannot be read" in result.output


def test_the_output_is_utf_8_in_any_locale() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "parse-email", str(SAMPLES / "gb18030.eml")],
        env={"LC_ALL": "C", "PYTHONUTF8": "0", "PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        cwd=Path(channels.email.__path__[0]).parents[1],
    )
    assert json.loads(done.stdout.decode("utf-8"))["subject"] == "投诉：没有热水"
