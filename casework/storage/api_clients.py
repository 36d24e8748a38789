"""The systems that may post messages, each with a key of its own.

A key is 256 random bits, so its keyed hash can be looked up and needs no slow hashing; the key itself is shown once,
when it is made, and kept nowhere.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from casework.settings import settings
from casework.storage import journal
from casework.storage.columns import Base, Id

MAY = ("received_at", "on_behalf_of", "attachments")
"""What not every client may set. `received_at` moves a clock, so it must be given word for word."""

USUALLY = ("on_behalf_of", "attachments")
PER_MINUTE = 120
_PREFIX = "earshot_"


class ApiClient(Base):
    """A system that may post messages; `fields` are its own names of our fields, for Drupal's forms."""

    __tablename__ = "api_client"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    key_hash: Mapped[str] = mapped_column(unique=True)
    may: Mapped[list[Any]] = mapped_column(default=list)
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    per_minute: Mapped[int] = mapped_column(default=PER_MINUTE)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AlreadyAClient(ValueError):
    """Raised when there is or was a client of that name: its messages carry the name, so it is used once."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is or was a client called {name}. Choose another name, such as {name}-2.")


class NotAClient(LookupError):
    """Raised when there is no client of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no client called {name}.")


def add(
    session: Session,
    name: str,
    *,
    now: datetime,
    may: Sequence[str] = USUALLY,
    fields: Mapping[str, str] | None = None,
    per_minute: int = PER_MINUTE,
    actor: str = "operator",
) -> str:
    """Let a system post; returns its key, which nobody can look up again. Raises AlreadyAClient, and ValueError for
    something that there is not to be allowed.
    """
    if unknown := set(may) - set(MAY):
        raise ValueError(f"A client can be allowed {', '.join(MAY)}, not {', '.join(sorted(unknown))}.")
    if _named(session, name) is not None:
        raise AlreadyAClient(name)
    key = _PREFIX + secrets.token_urlsafe(32)
    client = ApiClient(name=name, key_hash=_hash(key), may=sorted(may), per_minute=per_minute, created_at=now)
    client.fields = dict(fields or {})
    session.add(client)
    session.flush()
    journal.write(session, "api_client_added", at=now, actor=actor, client=client.id, name=name, may=sorted(may))
    return key


def revoke(session: Session, name: str, *, now: datetime, actor: str = "operator") -> ApiClient:
    """Take a key out of use, at once; raises NotAClient."""
    client = _named(session, name)
    if client is None:
        raise NotAClient(name)
    if client.revoked_at is None:
        client.revoked_at = now
        journal.write(session, "api_client_revoked", at=now, actor=actor, client=client.id, name=name)
    return client


def with_key(session: Session, key: str) -> ApiClient | None:
    """The client whose key this is, if it is still good."""
    if not key.startswith(_PREFIX) or len(key) > 100:
        return None
    return session.scalar(select(ApiClient).where(ApiClient.key_hash == _hash(key), ApiClient.revoked_at.is_(None)))


def everybody(session: Session) -> list[ApiClient]:
    """All clients there are or were, by name."""
    return list(session.scalars(select(ApiClient).order_by(ApiClient.name)))


def _named(session: Session, name: str) -> ApiClient | None:
    return session.scalar(select(ApiClient).where(ApiClient.name == name))


def _hash(key: str) -> str:
    return hmac.new(settings().secret.encode(), b"api key|" + key.encode(), hashlib.sha256).hexdigest()
