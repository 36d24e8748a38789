"""The model that reads in this process: the active one of the book, taken up between two batches when it changes."""

import logging
import time
from datetime import UTC, datetime
from functools import cache

from sqlalchemy.exc import SQLAlchemyError

from casework.settings import settings
from casework.storage import models
from casework.storage.sessions import book
from casework.storage.trouble import where
from classifier.pipeline import Reader, load
from intake.answer import alert_staff
from intake.desk import desk

log = logging.getLogger(__name__)

LOOK_EVERY = 20.0
"""Seconds between two looks at which model is active: a new one reads within a minute, without a restart."""


class WrongModel(ValueError):
    """Raised when a model's folder holds another version than its name says."""


class ActiveModel:
    """Keeps one model loaded; where a new one cannot be read, the old goes on and staff are told once a day."""

    def __init__(self) -> None:
        self.version: str | None = None
        self._reader: Reader | None = None
        self._looked = 0.0

    def reader(self) -> Reader:
        """The model to read the next batch with."""
        if self._reader is None or time.monotonic() - self._looked >= LOOK_EVERY:
            self._looked = time.monotonic()
            wanted = self._wanted()
            if wanted != self.version:
                self._take_up(wanted)
        if self._reader is None:
            self._reader, self.version = shipping(), models.SHIPS
        return self._reader

    def _wanted(self) -> str:
        """The active version; while the book is out of order, the one that is loaded."""
        try:
            with book().reading() as session:
                return models.active(session)
        except SQLAlchemyError as error:
            log.warning("It is not known which model is active: %s", where(error))
            return self.version or models.SHIPS

    def _take_up(self, version: str) -> None:
        try:
            self._reader = shipping() if version == models.SHIPS else read_model(version)
        except Exception as error:  # whatever is wrong with a model, messages must go on being read
            log.error("The model %s cannot be read: %s", version, where(error))
            _tell_staff(version)
        else:
            self.version = version
            log.info("The model %s reads from now on.", version or "that ships")


def read_model(version: str) -> Reader:
    """The model of this version in the folder of models, tried out; raises OSError or ValueError where it is broken."""
    reader = load(settings().models_folder / version)
    if reader.version != version:
        raise WrongModel(f"The folder {version} holds the model {reader.version}.")
    reader.assess("The boiler has been broken for the third time and nobody has come.")
    return reader


@cache
def shipping() -> Reader:
    """The model that ships, loaded once a process (or before the fork)."""
    return load()


def reader() -> Reader:
    """What reads the next batch in this process."""
    return _here().reader()


@cache
def _here() -> ActiveModel:
    return ActiveModel()


def _tell_staff(version: str) -> None:
    now = datetime.now(UTC)
    sentence = (
        f"The model {version} cannot be read on one of our machines: the one before it goes on reading. Whoever runs"
        " Earshot should look into the folder of models, or run: earshot models roll-back"
    )
    try:
        with book().transaction() as session:
            round = f"model:{version}:{now:%Y-%m-%d}"
            alert_staff(session, desk(), "model_unreadable", sentence, case=None, round=round, now=now)
    except SQLAlchemyError as error:
        log.warning("Staff could not be told of a model: %s", where(error))
