"""The tables that the reader of messages learns by: examples, objections, models, and what is read again unseen."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from casework.storage.columns import Base, Id
from casework.storage.tables import Message, StaffMember

__all__ = ["Base", "Draw", "Example", "Model", "Objection", "Rereading"]


class Example(Base):
    """What a person says that a message is, beside what was read; it points at the message and copies no word of it.

    `how` is corrected, confirmed or reread; `labels` and `hazards` are all that hold, by the person's word. Where one
    message has several, the newest counts.
    """

    __tablename__ = "example"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    message_id: Mapped[int] = mapped_column(Id, ForeignKey("message.id"), index=True)
    how: Mapped[str]
    model_version: Mapped[str]
    read_labels: Mapped[list[Any]]
    read_hazards: Mapped[list[Any]]
    labels: Mapped[list[Any]]
    hazards: Mapped[list[Any]]
    actor: Mapped[str]
    at: Mapped[datetime]
    may_teach: Mapped[bool]
    kept_until: Mapped[datetime] = mapped_column(index=True)

    message: Mapped[Message] = relationship()

    @property
    def confirmed(self) -> list[str]:
        """The hazards that were read and that are there."""
        return [hazard for hazard in self.read_hazards if hazard in self.hazards]

    @property
    def struck(self) -> list[str]:
        """The hazards that were read and that are not there."""
        return [hazard for hazard in self.read_hazards if hazard not in self.hazards]


class Objection(Base):
    """Somebody does not want their messages to teach: the person, and the case in which they said so."""

    __tablename__ = "objection"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]


class Model(Base):
    """A model that was trained here; at most one is active, and where none is, the one that ships reads.

    `parent` is the version that was active before it, "" for the one that ships: a roll-back returns there.
    """

    __tablename__ = "model"
    __table_args__ = (
        Index("uq_model_active", "active", unique=True, sqlite_where=text("active"), postgresql_where=text("active")),
    )

    version: Mapped[str] = mapped_column(primary_key=True)
    parent: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
    active: Mapped[bool] = mapped_column(default=False)
    promoted_at: Mapped[datetime | None]
    promoted_by: Mapped[str] = mapped_column(default="")


class Draw(Base):
    """The blind sample of one week, drawn once: how many messages it was drawn from, and how many it holds."""

    __tablename__ = "rereading_draw"

    week: Mapped[str] = mapped_column(primary_key=True)
    drawn_at: Mapped[datetime]
    found: Mapped[int]
    drawn: Mapped[int]


class Rereading(Base):
    """One message of a blind sample, to be read again by somebody who is not told how it was read.

    `answer` is "", yes, no or cant_tell: is anyone unhappy with us here? `settled_at` is when somebody decided about
    the case of a yes.
    """

    __tablename__ = "rereading"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    message_id: Mapped[int] = mapped_column(Id, ForeignKey("message.id"), unique=True)
    week: Mapped[str] = mapped_column(ForeignKey("rereading_draw.week"))
    answer: Mapped[str] = mapped_column(default="")
    labels: Mapped[list[Any]] = mapped_column(default=list)
    answered_by: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))
    answered_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    message: Mapped[Message] = relationship()
    reader: Mapped[StaffMember | None] = relationship()
