"""The table of what is still to be fetched at a provider."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casework.storage.columns import Base, Id

__all__ = ["Base", "Errand"]


class Errand(Base):
    """Something to be fetched: a `file` of a message that we have, or a `message` that nobody has proved yet.

    It waits while `ended_at` is empty; then `outcome` is kept, duplicate, unknown or given_up, and `reason` says why.
    """

    __tablename__ = "errand"
    __table_args__ = (
        UniqueConstraint("channel", "what", "name"),
        Index("ix_errand_waiting", "next_try_at", sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
        Index("ix_errand_announced", "created_at", sqlite_where=text("what = 'message'"),
              postgresql_where=text("what = 'message'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str]
    what: Mapped[str]
    name: Mapped[str]
    message_id: Mapped[int | None] = mapped_column(Id, ForeignKey("message.id"), index=True)
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    attempts: Mapped[int]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str]
    reason: Mapped[str]
