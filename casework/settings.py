"""The environment, read once: what this deployment of Earshot needs to know about itself.

Each channel reads its own variables in `channels/<name>/settings.py`. Every variable starts with
EARSHOT_; a secret may instead be named in a variable that ends in _FILE and holds a path.
"""

import os
import re
import secrets
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(ValueError):
    """Raised when a setting is wrong; the sentence says which one and what to write instead."""


class Settings(BaseSettings):
    """`settings()` gives the one of this process; see docs/settings.md for each variable."""

    model_config = SettingsConfigDict(env_prefix="EARSHOT_", extra="ignore", frozen=True)

    var: Path = Path("var")
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    public_url: str = ""
    bind: str = "127.0.0.1:8000"
    secret_key: SecretStr | None = None
    policy: str = "code-2024"
    landlord: str = ""
    landlord_phone: str = ""
    clamav: str = ""
    staff_alerts: SecretStr = SecretStr("")
    log_level: str = "INFO"
    models: Path | None = None
    examples_teach: bool = True
    examples_kept_days: int = Field(default=730, ge=1, le=3650)
    blind_sample: int = Field(default=30, ge=0, le=1000)
    forward_to: str = ""
    staff_domains: str = ""
    authserv_id: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name in ("database_url", "redis_url", "secret_key", "staff_alerts"):
            path = os.environ.get(f"EARSHOT_{name.upper()}_FILE")
            if path and name not in values:
                try:
                    values[name] = Path(path).read_text(encoding="utf-8").strip()
                except OSError as error:
                    raise ValueError(
                        f"EARSHOT_{name.upper()}_FILE names {path}, which cannot be read: {error.strerror}."
                    ) from error
        return values

    @field_validator("bind")
    @classmethod
    def _bind_is_host_and_port(cls, bind: str) -> str:
        host, _, port = bind.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError("must be HOST:PORT, for example 127.0.0.1:8000")
        return bind

    @field_validator("clamav")
    @classmethod
    def _clamav_is_an_address(cls, address: str) -> str:
        if address and not re.fullmatch(r"unix:/\S+|(?:tcp://)?(?:[^:/\s]+|\[[^\]\s]+\]):\d{1,5}", address):
            raise ValueError("must be unix:/run/clamav/clamd.ctl or HOST:PORT, for example clamav:3310")
        return address

    @field_validator("public_url")
    @classmethod
    def _public_url_is_a_url(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("must start with https:// (or http:// on this machine)")
        return url.rstrip("/")

    @field_validator("forward_to")
    @classmethod
    def _forward_to_is_an_address(cls, address: str) -> str:
        address = address.strip().lower()
        if address and "@" not in address.strip("@"):
            raise ValueError("must be an e-mail address, for example info+forward@larchmere.example")
        return address

    @field_validator("secret_key")
    @classmethod
    def _secret_key_is_long(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters; make one with: openssl rand -hex 32")
        return key

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the book: as set, or SQLite under var/."""
        if self.database_url is None:
            return f"sqlite:///{self.var.absolute() / 'earshot.sqlite'}"
        url = self.database_url.get_secret_value()
        for scheme in ("postgresql://", "postgres://"):
            if url.startswith(scheme):
                return "postgresql+psycopg://" + url.removeprefix(scheme)
        return url

    @property
    def address(self) -> str:
        """The address under which residents and providers reach us, without a slash at the end."""
        return self.public_url or f"http://{self.bind}"

    @property
    def own_domains(self) -> frozenset[str]:
        """The domains whose addresses are the landlord's own staff's."""
        return frozenset(name.strip("@").lower() for name in self.staff_domains.replace(",", " ").split())

    @property
    def models_folder(self) -> Path:
        """The folder with a folder for each model that was trained here: as set, or var/models."""
        return self.models or self.var / "models"

    @property
    def secret(self) -> str:
        """The key that signs links and names notices: as set, or made once and kept in var/secret-key."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        return _kept_secret(self.var / "secret-key")


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()


@cache
def settings() -> Settings:
    """The settings of this process; raises SettingsError with one sentence for each wrong value."""

    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(sentences(error)) from error


def sentences(error: ValidationError) -> str:
    """What is wrong with the settings, one plain sentence a fault, naming the variable and never its value."""
    faults = []
    for fault in error.errors():
        message = str(fault["msg"]).removeprefix("Value error, ")
        name = "_".join(str(part) for part in fault["loc"]).upper()
        faults.append(f"EARSHOT_{name} {message}." if name else f"{message}")
    return " ".join(faults)
