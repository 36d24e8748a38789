"""Files are what their bytes say, and a virus is kept out without losing the message (pain 17)."""

import logging
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clamd import EICAR, LARGEST, NAME, clamd
from support.pictures import PLACE, heic_with_secrets

from casework.settings import Settings
from channels.file_kinds import UNKNOWN, kind_of, runs
from channels.message import Attachment
from channels.uploads import cleaned, problem_with, scanned

PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(11) + b"\xff\xd9"


def file(name: str = "mould.jpg", content: bytes = PHOTO) -> Attachment:
    return Attachment(name, "image/jpeg", content)


@pytest.fixture(params=["tcp", "unix"])
def clamav(request: pytest.FixtureRequest) -> Iterator[str]:
    folder = tempfile.mkdtemp()  # a unix socket's path must be short
    with clamd(f"{folder}/clamd" if request.param == "unix" else "") as address:
        yield address
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PHOTO, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (heic_with_secrets(), "image/heic"),
        (b"\x00\x00\x00\x18ftyp3gp4", "video/3gpp"),
        (b"\x00\x00\x00\x18ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"%PDF-1.7", "application/pdf"),
        (b"{\\rtf1", "application/rtf"),
        (b"ID3\x04", "audio/mpeg"),
        (b"OggS", "audio/ogg"),
        (b"PK\x03\x04" + bytes(9000) + b"word/document.xml", kind_of(b"PK\x03\x04word/")),
        (b"PK\x03\x04opendocument.text", "application/vnd.oasis.opendocument.text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "application/msword"),
        ("Die Heizung ist kaputt: 20 £".encode(), "text/plain"),
        (("£" * 3000).encode()[1:], UNKNOWN),
        (("a" + "£" * 3000).encode(), "text/plain"),
        (bytes(range(256)), UNKNOWN),
        (b"PK\x03\x04anything else", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


def test_a_photo_of_an_iphone_that_is_called_jpg_is_taken_for_what_it_is() -> None:
    photo = cleaned(file("IMG_0001.jpg", heic_with_secrets()))
    assert photo.content_type == "image/heic"
    assert PLACE not in photo.content


def test_a_photo_that_is_damaged_is_kept_as_it_came() -> None:
    damaged = file(content=PHOTO[:8])
    assert cleaned(damaged).content == damaged.content


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00\x03",
        b"\x7fELF\x02",
        b"#!/bin/sh\nrm -rf /",
        b"<!DOCTYPE html><script>",
        b"  <!-- x --> <html>",
        b'<?xml version="1.0"?><svg onload="">',
        b"<SCRIPT>",
    ],
)
def test_a_program_is_no_photo_whatever_it_is_called(content: bytes) -> None:
    assert runs(content)
    assert "‘mould.jpg’ must be a photo" in str(problem_with([file(content=content)]))


def test_a_heap_of_comments_keeps_nobody_busy() -> None:
    assert not runs(b"<!---->" * 580)
    assert runs(b"<!---->" * 500 + b"<script>")


@pytest.mark.parametrize("words", [b"MZ is my neighbour's name.", b"#1 The lift", b"<3 thank you", b"<p>x"])
def test_words_are_no_program(words: bytes) -> None:
    assert problem_with([file("letter.txt", words)]) is None


def test_pain_17_a_file_with_a_virus_is_kept_out_and_the_others_are_kept(clamav: str) -> None:
    found = scanned([file("a.jpg"), file("b.pdf", b"%PDF-" + EICAR), file("c.jpg")], clamav)
    assert [kept.filename for kept in found.files] == ["a.jpg", "c.jpg"]
    assert found.kept_out == (("b.pdf", NAME),)
    assert found.unscanned == ()


def test_pain_17_without_a_scanner_every_file_is_marked_as_unscanned() -> None:
    found = scanned([file("a.jpg"), file("b.pdf", EICAR)], "")
    assert len(found.files) == 2
    assert found.unscanned == ("a.jpg", "b.pdf")


def test_pain_17_a_scanner_that_is_away_loses_no_file(free_port: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = scanned([file("a.jpg"), file("b.jpg")], f"127.0.0.1:{free_port}")
    assert len(found.files) == 2
    assert found.unscanned == ("a.jpg", "b.jpg")
    assert "does not answer" in caplog.text
    assert len(caplog.records) == 1, "the second file does not wait for a scanner that is away"
    assert "a.jpg" not in caplog.text


def test_pain_17_a_file_over_the_limit_of_the_scanner_is_marked(clamav: str) -> None:
    found = scanned([file("film.mp4", bytes(LARGEST * 3))], clamav)
    assert found.unscanned == ("film.mp4",)


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("unix:/run/clamav/clamd.ctl", True),
        ("clamav:3310", True),
        ("tcp://10.0.0.3:3310", True),
        ("[::1]:3310", True),
        ("clamav", False),
        ("http://clamav/", False),
    ],
)
def test_an_address_of_the_scanner_is_a_socket_or_a_host_and_port(
    address: str, good: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_CLAMAV", address)
    if good:
        assert Settings().clamav == address
    else:
        with pytest.raises(ValueError, match="must be unix:"):
            Settings()


@pytest.mark.skipif(shutil.which("clamd", path="/usr/sbin:/usr/bin") is None, reason="clamd is not installed")
def test_pain_17_the_real_clamav_finds_it_too(tmp_path: Path, free_port: int) -> None:
    import hashlib

    signatures = tmp_path / "signatures"
    signatures.mkdir(mode=0o755)
    (signatures / "test.hdb").write_text(f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:{NAME}\n")
    config = tmp_path / "clamd.conf"
    config.write_text(
        f"Foreground yes\nDatabaseDirectory {signatures}\nTCPSocket {free_port}\nTCPAddr 127.0.0.1\nUser root\n"
        f"TemporaryDirectory {tmp_path}\nStreamMaxLength 1M\n"
    )
    running = subprocess.Popen([str(shutil.which("clamd", path="/usr/sbin:/usr/bin")), "-c", str(config)])
    try:
        address = f"127.0.0.1:{free_port}"
        for _ in range(100):
            if not scanned([file()], address).unscanned:
                break
            time.sleep(0.1)
        found = scanned([file("a.jpg"), file("b.jpg", EICAR), file("c.mp4", bytes(3_000_000))], address)
        assert [name for name, _ in found.kept_out] == ["b.jpg"]
        assert found.unscanned == ("c.mp4",)
    finally:
        running.terminate()
        running.wait()
