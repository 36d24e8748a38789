"""Tells staff that another program takes messages that are ours to collect: while it does, residents are not heard."""

import logging
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from casework import notices
from casework.settings import settings
from casework.storage import outbox
from casework.storage.outbox import ALERT, Route
from casework.storage.sessions import Book
from channels.errors import Contested

log = logging.getLogger(__name__)


def tell_staff(book: Book, source: str, error: Contested, *, now: datetime) -> None:
    """Owe staff an alert about a source, once a day however often the two programs get into each other's way."""
    facts = notices.StaffAlert(
        why="contested", sentence=error.sentence, reference="", link=f"{settings().address}/staff/"
    )
    try:
        with book.transaction() as session:
            round = f"contested:{source}:{now:%Y-%m-%d}"
            outbox.post(session, facts, case=None, round=round, route=Route(ALERT, "staff"), now=now)
    except SQLAlchemyError as trouble:
        log.warning("Staff could not be told of it (%s); the next try tells them.", type(trouble).__name__)
