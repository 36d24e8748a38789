"""The texts' settings: secrets from files, wrong values refused with a sentence."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from channels.sms.settings import settings


def test_unset_settings_name_what_is_missing() -> None:
    assert settings().missing() == (
        "EARSHOT_TWILIO_ACCOUNT_SID",
        "EARSHOT_TWILIO_AUTH_TOKEN",
        "EARSHOT_TWILIO_FROM",
    )


def test_a_secret_may_live_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    monkeypatch.setenv("EARSHOT_TWILIO_AUTH_TOKEN_FILE", str(tmp_path / "token"))
    token = settings().twilio_auth_token
    assert token is not None
    assert token.get_secret_value() == "from-a-file"
    assert "from-a-file" not in repr(settings())


def test_a_secret_file_that_is_missing_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_TWILIO_AUTH_TOKEN_FILE", "/nowhere/token")
    with pytest.raises(ValidationError, match="EARSHOT_TWILIO_AUTH_TOKEN_FILE names /nowhere/token"):
        settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWILIO_FROM", "07700 900123"),
        ("TWILIO_FROM", "LARCHMERE"),
        ("PUBLIC_URL", "earshot.example"),
        ("TWILIO_API_BASE", "ftp://x"),
    ],
)
def test_a_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"EARSHOT_{name}", value)
    with pytest.raises(ValidationError, match="must"):
        settings()
