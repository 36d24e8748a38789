"""Lets in only as many as the book can take, and commits together whoever waits together.

A commit costs the same for one message as for eight, and a queue that nobody sees is how messages get lost:
whoever finds no place within moments is told to come back, and the provider does.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class Full(Exception):
    """Raised when there is no place within the patience: nothing was kept, and the caller must say so."""


@dataclass(slots=True)
class _Waiting(Generic[T]):
    item: T
    done: bool = False
    error: Exception | None = None


class Turnstile(Generic[T]):
    """`keep(item)` returns once `commit` has committed a batch with the item in it; raises what spoilt it.

    `places` is how many may be inside at once; `patience` the seconds that one more waits for a place.
    Errors of the kinds in `hopeless` (the book is away) fail the batch whole; after any other each item is
    tried alone, so that one bad item harms nobody but itself.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[T]], None],
        *,
        places: int,
        patience: float,
        hopeless: tuple[type[Exception], ...],
    ) -> None:
        self._commit = commit
        self._places = threading.BoundedSemaphore(places)
        self._patience = patience
        self._hopeless = hopeless
        self._one_commits = threading.Lock()
        self._line_guard = threading.Lock()
        self._line: list[_Waiting[T]] = []

    def keep(self, item: T) -> None:
        if not self._places.acquire(timeout=self._patience):
            raise Full
        try:
            self._wait(_Waiting(item))
        finally:
            self._places.release()

    def _wait(self, mine: _Waiting[T]) -> None:
        with self._line_guard:
            self._line.append(mine)
        with self._one_commits:  # whoever held it before may have taken mine along
            if not mine.done:
                with self._line_guard:
                    batch, self._line = self._line, []
                self._commit_batch(batch)
        if mine.error is not None:
            raise mine.error

    def _commit_batch(self, batch: list[_Waiting[T]]) -> None:
        error = self._tried(batch)
        if error is not None and len(batch) > 1 and not isinstance(error, self._hopeless):
            for waiting in batch:
                waiting.error = self._tried([waiting])
        else:
            for waiting in batch:
                waiting.error = error
        for waiting in batch:
            waiting.done = True

    def _tried(self, batch: list[_Waiting[T]]) -> Exception | None:
        try:
            self._commit([waiting.item for waiting in batch])
        except Exception as error:  # handed to each one who waits for it, in their own thread
            return error
        return None
