"""Keeps the claims of a batch for as long as its worker lives, however slow the provider is (law 4).

A claim that is not renewed is taken for cut off, and its notice may be sent by somebody else. So whoever cannot
renew in time (the book is away, the machine was asleep) must not begin to send any more.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from casework.storage import delivery
from casework.storage.sessions import Book
from casework.storage.tables import Notice

log = logging.getLogger(__name__)

_RENEWALS = 4
"""So often within the life of a claim, so that one or two may fail."""

_ENDS_WITHIN = 5.0


class Hold:
    """`with Hold(book, claimed, now=now) as hold:` renews the claims until the end of the block."""

    def __init__(self, book: Book, claimed: list[Notice], *, now: Callable[[], datetime]) -> None:
        self._book = book
        self._claimed = claimed
        self._now = now
        self._renewed_at = min((notice.claimed_at for notice in claimed if notice.claimed_at), default=now())
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="hold", daemon=True)

    def __enter__(self) -> Self:
        if self._claimed:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._claimed:
            self._thread.join(_ENDS_WITHIN)

    def is_sure(self, now: datetime) -> bool:
        """Whether nobody else can have taken the claims for abandoned, with time left to begin a sending."""
        return now - self._renewed_at < delivery.CLAIM_LASTS / 2

    def _keep(self) -> None:
        while not self._over.wait(delivery.CLAIM_LASTS.total_seconds() / _RENEWALS):
            at = self._now()
            try:
                with self._book.transaction() as session:
                    delivery.renew(session, self._claimed, now=at)
            except SQLAlchemyError as error:
                log.warning("The claims of a batch could not be renewed (%s).", type(error).__name__)
            else:
                self._renewed_at = at
