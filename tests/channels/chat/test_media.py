"""What residents photograph and say is fetched while Telegram keeps it, and no further than Telegram lets us."""

import logging
from typing import Any

import pytest
from support.telegram_server import TOKEN, TelegramServer

from channels.chat import media
from channels.chat.inbound import MOST_BYTES
from channels.errors import ChannelError, NotConfigured

PHOTO = {"kind": "photo", "file_id": "large", "file_unique_id": "l", "file_size": 98_000}
VOICE = {"kind": "voice", "file_id": "v1", "mime_type": "audio/ogg", "duration": 21}


def refused(medium: dict[str, Any]) -> ChannelError:
    with pytest.raises(ChannelError) as failure:
        media.fetch(medium)
    return failure.value


def test_a_photo_is_fetched_whole(telegram: TelegramServer) -> None:
    telegram.files["large"] = bytes(range(256)) * 400
    kept = media.fetch(PHOTO)
    assert kept.content == telegram.files["large"]
    assert (kept.filename, kept.inline) == ("photo.bin", False)


def test_a_voice_note_keeps_its_kind(telegram: TelegramServer) -> None:
    telegram.files["v1"] = b"OggS"
    assert media.fetch(VOICE).content_type == "audio/ogg"


@pytest.mark.parametrize(
    ("said", "kept"),
    [("Mould report.pdf", "Mould report.pdf"), ("../../etc/passwd", "passwd"), ("C:\\photos\\a.jpg", "a.jpg")],
)
def test_a_file_keeps_its_name_and_no_folder(telegram: TelegramServer, said: str, kept: str) -> None:
    telegram.files["d"] = b"x"
    assert media.fetch({"kind": "document", "file_id": "d", "file_name": said}).filename == kept


def test_a_file_larger_than_telegram_hands_out_is_not_even_asked_for(telegram: TelegramServer) -> None:
    failure = refused(PHOTO | {"file_size": MOST_BYTES + 1})
    assert failure.permanent
    assert "20 MB" in failure.sentence
    assert telegram.calls == []


def test_a_file_that_grows_on_the_way_is_cut_off(telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch) -> None:
    telegram.files["large"] = b"x" * 200_000
    told = {"file_path": "files/large.bin", "file_size": 5}
    monkeypatch.setattr(telegram, "_getfile", lambda asked: (200, {"ok": True, "result": told}, 0.0))
    monkeypatch.setattr(media, "MOST_BYTES", 100_000)
    assert refused(PHOTO).permanent
    assert telegram.fetched == ["files/large.bin"]


def test_a_file_that_telegram_has_forgotten_is_not_asked_for_again(telegram: TelegramServer) -> None:
    assert refused(PHOTO).permanent


def test_a_telegram_that_is_busy_is_asked_again_later(telegram: TelegramServer) -> None:
    telegram.files["large"] = b"x"
    telegram.fail_next(429, "Too Many Requests: retry after 7", retry_after=7)
    failure = refused(PHOTO)
    assert not failure.permanent
    assert failure.wait is not None
    assert failure.wait.total_seconds() == 7
    assert media.fetch(PHOTO).content == b"x"


@pytest.mark.parametrize("path", ["../secret", "https://elsewhere.example/x", "/etc/passwd", "a/../../b", "", None, 7])
def test_only_a_path_under_the_bots_own_address_is_followed(
    telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch, path: Any
) -> None:
    monkeypatch.setattr(telegram, "_getfile", lambda asked: (200, {"ok": True, "result": {"file_path": path}}, 0.0))
    assert refused(PHOTO).permanent
    assert telegram.fetched == []


@pytest.mark.parametrize("medium", [{}, {"file_id": ""}, {"file_id": 7}])
def test_a_medium_without_a_name_cannot_be_fetched(telegram: TelegramServer, medium: dict[str, Any]) -> None:
    assert refused(medium).permanent


def test_an_unset_channel_fetches_nothing() -> None:
    with pytest.raises(NotConfigured, match="EARSHOT_TELEGRAM_TOKEN"):
        media.fetch(PHOTO)


def test_the_token_in_the_files_address_is_in_no_log_and_no_error(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.files["large"] = b"x"
    with caplog.at_level(logging.INFO):
        media.fetch(PHOTO)
        telegram.files.clear()
        failure = refused(PHOTO)
    assert TOKEN.partition(":")[2] not in caplog.text + failure.sentence
