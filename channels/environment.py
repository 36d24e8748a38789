"""What the settings of all channels have in common: the EARSHOT_ prefix, and secrets kept in files."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ChannelSettings(BaseSettings):
    """The base of every channel's Settings.

    Each SecretStr field NAME is also read from the file whose path EARSHOT_NAME_FILE holds.
    `needs` lists the fields without which the channel cannot be used; `missing()` names the
    variables still to be set, empty when the channel is ready.
    """

    model_config = SettingsConfigDict(env_prefix="EARSHOT_", env_ignore_empty=True, extra="ignore", frozen=True)

    needs: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(values)
        for name, field in cls.model_fields.items():
            path = os.environ.get(f"EARSHOT_{name.upper()}_FILE")
            if path and name not in found and field.annotation in (SecretStr, SecretStr | None):
                found[name] = _secret_in(name, path)
        return found

    def missing(self) -> tuple[str, ...]:
        """The variables to set before this channel can be used."""
        return tuple(f"EARSHOT_{name.upper()}" for name in self.needs if getattr(self, name) is None)


def web_address(value: str | None) -> str | None:
    """An http(s) address without a slash at its end; raises ValueError with what to write instead."""
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("must start with https:// (or http:// on this machine)")
    return value.rstrip("/")


def _secret_in(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"EARSHOT_{name.upper()}_FILE names {path}, which cannot be read.") from error
