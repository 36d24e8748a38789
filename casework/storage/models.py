"""Models in the book: which were trained here, which one reads, and the way back."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.storage import journal
from casework.storage.learning_tables import Model

SHIPS = ""
"""The version, as the book names it, of the model that ships with Earshot."""


class CannotPromote(ValueError):
    """Raised when a model cannot be made the active one, or there is nothing to return to."""


def active(session: Session) -> str:
    """The version that reads, SHIPS for the one that ships."""
    return session.scalar(select(Model.version).where(Model.active)) or SHIPS


def everyone(session: Session) -> list[Model]:
    """All that were trained here, the newest first."""
    return list(session.scalars(select(Model).order_by(Model.made_at.desc(), Model.version)))


def record(session: Session, version: str, *, figures: dict[str, Any], now: datetime) -> Model:
    """Note that a model was trained here, beside the one that is active; a version is noted once."""
    known = session.get(Model, version)
    if known is None:
        known = Model(
            version=version, parent=active(session), made_at=now, figures=figures, active=False, promoted_by=""
        )
        session.add(known)
        session.flush()
    return known


def promote(session: Session, version: str, *, now: datetime, actor: str) -> Model:
    """Make a model the one that reads; raises CannotPromote where the book does not know it or it reads already."""
    model = session.get(Model, version)
    if model is None:
        raise CannotPromote(f"There is no model {version}: earshot models list names them.")
    was = active(session)
    if was == version:
        raise CannotPromote(f"{version} is the model that reads already.")
    _make_active(session, model)
    model.parent, model.promoted_at, model.promoted_by = was, now, actor
    journal.write(session, "model_promoted", at=now, actor=actor, model=version, was=was)
    return model


def roll_back(session: Session, *, now: datetime, actor: str) -> str:
    """Return to the model that read before this one, SHIPS for the one that ships; raises CannotPromote at the end."""
    model = session.scalar(select(Model).where(Model.active))
    if model is None:
        raise CannotPromote("The model that ships is reading: there is none before it.")
    _make_active(session, session.get(Model, model.parent))
    journal.write(session, "model_rolled_back", at=now, actor=actor, model=model.parent, was=model.version)
    return model.parent


def _make_active(session: Session, model: Model | None) -> None:
    """One statement after the other: the database lets in one active model at a time."""
    for standing in session.scalars(select(Model).where(Model.active)):
        standing.active = False
    session.flush()
    if model is not None:
        model.active = True
    session.flush()
