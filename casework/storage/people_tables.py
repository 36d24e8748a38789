"""The tables by which one resident is known on every channel, and one matter in every message."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from casework.storage.columns import Base, Id
from casework.storage.tables import Case

__all__ = ["Base", "Clue", "ContactCode", "Joining", "Link", "Suggestion"]


class ContactCode(Base):
    """A code that was sent to an address to prove it: a keyed hash of `nonce`; the code itself stands nowhere."""

    __tablename__ = "contact_code"
    __table_args__ = (Index("ix_contact_code_address", "kind", "address", "sent_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    address: Mapped[str]
    nonce: Mapped[str] = mapped_column(unique=True)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class Link(Base):
    """Contacts and cases that were moved from one person to another because they are one: enough to move them back.

    `anchors` are the contacts that were the person's by then and rest on the same proof; `filled` is what the person
    did not say and the other one had.
    """

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"), index=True)
    was_person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"), index=True)
    contacts: Mapped[list[Any]]
    anchors: Mapped[list[Any]]
    cases: Mapped[list[Any]]
    filled: Mapped[dict[str, Any]]
    why: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(default="")


class Clue(Base):
    """Something by which another case may be seen to be the same matter, as a keyed hash: a home, an address."""

    __tablename__ = "clue"
    __table_args__ = (UniqueConstraint("case_id", "digest"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"))
    digest: Mapped[str] = mapped_column(index=True)


class Suggestion(Base):
    """Two cases that may be one matter, with the reasons in words; a person decides. `case` is the later one.

    `sort` is sameness (they were compared) or mentioned (a message named a case that its sender does not belong to);
    `state` is open, joined or declined.
    """

    __tablename__ = "suggestion"
    __table_args__ = (
        UniqueConstraint("case_id", "other_id"),
        Index("ix_suggestion_open", "id", sqlite_where=text("state = 'open'"),
              postgresql_where=text("state = 'open'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"))
    other_id: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    sort: Mapped[str]
    reasons: Mapped[list[Any]]
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")

    case: Mapped[Case] = relationship(foreign_keys=[case_id])
    other: Mapped[Case] = relationship(foreign_keys=[other_id])


class Joining(Base):
    """A case that is dealt with together with an earlier one: enough to part them again, with nothing lost.

    `clocks` are the case's own that were stopped; `before` and `after` are what the earlier case was and became by it,
    `started` and `replaced` its clocks.
    """

    __tablename__ = "joining"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    head_id: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    why: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    clocks: Mapped[list[Any]]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    started: Mapped[list[Any]]
    replaced: Mapped[list[Any]]
    parted_at: Mapped[datetime | None]
    parted_by: Mapped[str] = mapped_column(default="")

    case: Mapped[Case] = relationship(foreign_keys=[case_id])
    head: Mapped[Case] = relationship(foreign_keys=[head_id])
