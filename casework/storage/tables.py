"""The tables of the book: one schema for SQLite and PostgreSQL.

Rows hold facts; what follows from them is decided by the pure rules of `casework` and by the
functions beside this module. Every moment is stored in UTC and comes back aware.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from casework.storage.columns import Base, Id


class Message(Base):
    """One message as it was heard, byte for byte and parsed; UNIQUE on its name is the dedupe (law 2).

    `state` is accepted, processed or quarantined; `outcome` is where it ended (law 9): opened, attached,
    ignored or quarantined. Further copies of it are only counted, in `copies`. Messages of one `burst` were sent
    within seconds of each other and are read together.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("channel", "our_address", "external_id"),
        Index("ix_message_waiting", "next_try_at", sqlite_where=text("state = 'accepted'"),
              postgresql_where=text("state = 'accepted'")),
        Index("ix_message_of_a_chat", "sender", "id", sqlite_where=text("channel = 'chat'"),
              postgresql_where=text("channel = 'chat'")),
        Index("ix_message_quarantined", "id", sqlite_where=text("state = 'quarantined'"),
              postgresql_where=text("state = 'quarantined'")),
        Index("ix_message_burst", "burst", "accepted_at", sqlite_where=text("burst IS NOT NULL"),
              postgresql_where=text("burst IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str]
    our_address: Mapped[str]
    external_id: Mapped[str] = mapped_column(index=True)
    received_at: Mapped[datetime]
    accepted_at: Mapped[datetime] = mapped_column(index=True)
    raw: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    raw_sha256: Mapped[str]
    kind: Mapped[str]
    sender: Mapped[str] = mapped_column(default="")
    sender_name: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    new_text: Mapped[str] = mapped_column(default="")
    in_reply_to: Mapped[str] = mapped_column(default="")
    references: Mapped[list[Any]] = mapped_column(default=list)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    burst: Mapped[str | None]
    copies: Mapped[int] = mapped_column(default=0)

    state: Mapped[str] = mapped_column(default="accepted")
    outcome: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    assessment: Mapped[dict[str, Any] | None]
    model_version: Mapped[str] = mapped_column(default="")

    case: Mapped["Case | None"] = relationship(back_populates="messages")
    attachments: Mapped[list["StoredAttachment"]] = relationship(back_populates="message")


class StoredAttachment(Base):
    """A file that came with a message."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    message_id: Mapped[int] = mapped_column(Id, ForeignKey("message.id"), index=True)
    filename: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    inline: Mapped[bool] = mapped_column(default=False)
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))

    message: Mapped[Message] = relationship(back_populates="attachments")


class Person(Base):
    """Somebody who wrote to us, or for whom somebody wrote."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    home: Mapped[str] = mapped_column(default="")
    adjustments: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]

    contacts: Mapped[list["Contact"]] = relationship(back_populates="person")


class Contact(Base):
    """An address by which a person can be reached; `stopped_at` is when they said STOP there (law 10).

    `proof` is how we know that it is theirs: said (somebody gave it), heard_from (a message came from it, which a
    mail's From can forge), code (they read a code that we sent there) or staff (staff made sure); `verified_at` since
    when.
    """

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("kind", "address"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    address: Mapped[str]
    stopped_at: Mapped[datetime | None]
    proof: Mapped[str] = mapped_column(default="said")
    verified_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(back_populates="contacts")


class StaffMember(Base):
    """Somebody who works for the landlord and signs in to the console."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default="officer")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Case(Base):
    """One matter of one person, with the policy under which it was opened.

    `kind` is a label of the classifier as corrected by people; `state` is of `casework.lifecycle`;
    `next_due_at` is the earliest end of its running clocks, kept here so that the inbox can sort.
    `reply_channel` and `reply_address` are where the resident last wrote from. `joined_to_id` is the earlier case
    with which this one is dealt with; `compare_at` is set while it waits to be compared with others.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_open_by_due", "next_due_at", "id", sqlite_where=text("closed_at IS NULL"),
              postgresql_where=text("closed_at IS NULL")),
        Index("ix_cases_to_compare", "id", sqlite_where=text("compare_at IS NOT NULL"),
              postgresql_where=text("compare_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    labels: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str]
    review: Mapped[bool] = mapped_column(default=False)
    urgent: Mapped[bool] = mapped_column(default=False)
    hazards: Mapped[list[Any]] = mapped_column(default=list)
    summary: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"), index=True)
    reply_channel: Mapped[str] = mapped_column(default="")
    reply_address: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    last_heard_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    next_due_at: Mapped[datetime | None]
    policy: Mapped[str]
    policy_version: Mapped[str]
    code_version: Mapped[str]
    calendar_version: Mapped[str]
    understanding: Mapped[str] = mapped_column(default="")
    outcomes_sought: Mapped[str] = mapped_column(default="")
    responsibility: Mapped[str] = mapped_column(default="")
    handler_id: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))
    joined_to_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    compare_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person | None] = relationship()
    handler: Mapped[StaffMember | None] = relationship()
    joined_to: Mapped["Case | None"] = relationship(remote_side=[id])
    messages: Mapped[list[Message]] = relationship(back_populates="case", order_by="Message.received_at, Message.id")
    clocks: Mapped[list["ClockRow"]] = relationship(back_populates="case", order_by="ClockRow.id")
    notices: Mapped[list["Notice"]] = relationship(back_populates="case", order_by="Notice.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class ClockRow(Base):
    """A running or stopped clock with everything that explains its dates (law 5)."""

    __tablename__ = "clock"
    __table_args__ = (
        UniqueConstraint("case_id", "kind", "round"),
        Index("ix_clock_watched", "watch_at", sqlite_where=text("stopped_at IS NULL"),
              postgresql_where=text("stopped_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    round: Mapped[int] = mapped_column(default=1)
    event: Mapped[str]
    started_at: Mapped[datetime]
    code_due: Mapped[date]
    policy_due: Mapped[date]
    due_at: Mapped[datetime]
    watch_at: Mapped[datetime | None]
    rule: Mapped[str]
    working: Mapped[list[Any]]
    policy_version: Mapped[str]
    calendar_version: Mapped[str]
    stopped_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")

    case: Mapped[Case] = relationship(back_populates="clocks")


class Notice(Base):
    """One row of the outbox: something that we owe (law 4), and its proof once it has gone.

    States: due → claimed → accepted → delivered, or failed, in_doubt, cancelled. `facts` are the fields
    of its dataclass in `casework.notices`; subject, text and html are what was really sent. `way` is what only its
    channel knows of the way to this address.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("case_id", "kind", "round"),
        Index("uq_outbox_without_case", "kind", "round", unique=True, sqlite_where=text("case_id IS NULL"),
              postgresql_where=text("case_id IS NULL")),
        Index("ix_outbox_due", "channel", "next_try_at", sqlite_where=text("state = 'due'"),
              postgresql_where=text("state = 'due'")),
        Index("ix_outbox_unsettled", "next_try_at", sqlite_where=text("state IN ('claimed', 'in_doubt')"),
              postgresql_where=text("state IN ('claimed', 'in_doubt')")),
        Index("ix_outbox_unfollowed", "id", sqlite_where=text("state = 'failed' AND followed_at IS NULL"),
              postgresql_where=text("state = 'failed' AND followed_at IS NULL")),
        Index("ix_outbox_unseen", "id", sqlite_where=text("kind = 'staff_alert' AND delivered_at IS NULL"),
              postgresql_where=text("kind = 'staff_alert' AND delivered_at IS NULL")),
        Index("ix_outbox_provider_id", "channel", "provider_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    round: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str]
    to_name: Mapped[str] = mapped_column(default="")
    in_reply_to: Mapped[str] = mapped_column(default="")
    references: Mapped[list[Any]] = mapped_column(default=list)
    way: Mapped[dict[str, Any] | None]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]

    state: Mapped[str] = mapped_column(default="due")
    next_try_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None] = mapped_column(index=True)
    claimed_at: Mapped[datetime | None]
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    html: Mapped[str] = mapped_column(default="")
    template_version: Mapped[str] = mapped_column(default="")
    provider_id: Mapped[str] = mapped_column(default="")
    accepted_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    followed_at: Mapped[datetime | None]
    detail: Mapped[str] = mapped_column(default="")

    case: Mapped[Case | None] = relationship(back_populates="notices")


class StoredReceipt(Base):
    """What a provider said of a notice, kept once however often it is said; unmatched until its notice is known."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("channel", "key", "provider_id", "status"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str]
    key: Mapped[str] = mapped_column(default="")
    provider_id: Mapped[str] = mapped_column(default="")
    status: Mapped[str]
    at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(default="")
    raw: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    notice_id: Mapped[int | None] = mapped_column(Id, ForeignKey("outbox.id"), index=True)


class JournalLine(Base):
    """One line of the journal: append-only and hash-chained (law 11); triggers refuse UPDATE and DELETE."""

    __tablename__ = "journal"

    seq: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    event: Mapped[str]
    actor: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(Id, ForeignKey("message.id"))
    details: Mapped[dict[str, Any]]
    previous: Mapped[str]
    hash: Mapped[str]


class Position(Base):
    """How far a collected source has been read: a mailbox's UID and UIDVALIDITY, a chat's offset."""

    __tablename__ = "position"

    source: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Balance(Base):
    """One comparison of what a source holds with what the book has of it (law 9), since a moment.

    `held` at the source, `known` in the book before; of the others `fetched` were made good, and `astray` were not.
    `tidied` lay there although the book had them; `trouble` says why the source could not be asked.
    """

    __tablename__ = "balance"
    __table_args__ = (Index("ix_balance_source_at", "source", "at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    source: Mapped[str]
    since: Mapped[datetime]
    at: Mapped[datetime]
    held: Mapped[int]
    known: Mapped[int]
    fetched: Mapped[int]
    tidied: Mapped[int]
    astray: Mapped[int]
    trouble: Mapped[str] = mapped_column(default="")


class BookFact(Base):
    """What is true of the whole book, such as that it holds the demo neighbourhood."""

    __tablename__ = "book"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
