"""Fetches what stands at a provider: files of messages that we have, and messages that came without proof.

It runs in the collector, from the book alone: nothing here is urgent enough to ring for, and a provider that hangs
must not keep a queue waiting. A file that cannot be had in about a day is told to staff.
"""

import hashlib
import logging
import threading
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from casework.storage import errands, journal
from casework.storage.errand_table import Errand
from casework.storage.tables import Message, StoredAttachment
from casework.storage.trouble import where
from channels import registry
from channels.errors import ChannelError, UnreadablePayload
from channels.message import Attachment
from channels.payloads import storable
from intake import answer, unsigned
from intake.desk import Desk, desk

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
TOGETHER = 5


def run_forever(stop: threading.Event) -> None:
    """Run whatever is due until `stop` is set; a book that is away is tried again."""
    ours = desk()
    while not stop.wait(LOOK_EVERY):
        try:
            while not stop.is_set() and run_due(ours, now=datetime.now(UTC)):
                pass
        except SQLAlchemyError as error:
            log.warning("Errands wait for the book: %s", where(error))


def run_due(ours: Desk, *, now: datetime) -> int:
    """Run the errands whose time has come, a handful at most; returns how many."""
    with ours.book.reading() as session:
        if not errands.is_waiting(session, now=now):
            return 0
    with ours.book.transaction() as session:
        taken = errands.take(session, now=now, limit=TOGETHER)
    for errand in taken:
        _run(ours, errand, now=now)
    return len(taken)


def _run(ours: Desk, errand: Errand, *, now: datetime) -> None:
    try:
        if errand.what == errands.MESSAGE:
            unsigned.ask(ours, errand, now=now)
        else:
            _fetch_file(ours, errand, now=now)
    except ChannelError as error:
        _failed(ours, errand, error.sentence, hopeless=error.permanent, now=now)
    except UnreadablePayload as error:
        _failed(ours, errand, str(error), hopeless=True, now=now)
    except SQLAlchemyError:
        raise
    except Exception as error:  # what a channel did not foresee must not keep the other errands waiting
        log.error("Errand %d failed unforeseen: %s", errand.id, where(error))
        _failed(ours, errand, f"{type(error).__name__} while fetching", hopeless=False, now=now)


def _fetch_file(ours: Desk, errand: Errand, *, now: datetime) -> None:
    fetch = registry.get(errand.channel).fetch_medium
    if fetch is None:
        raise ChannelError(f"Files of {errand.channel} cannot be fetched.", permanent=True)
    file = fetch(errand.details)
    with ours.book.transaction() as session:
        if errands.end(session, errand, "kept", now=now):
            message = session.get_one(Message, errand.message_id)
            session.add(_stored(message, file))
            digest = hashlib.sha256(file.content).hexdigest()
            journal.write(session, "file_fetched", at=now, case=message.case, message=message, sha256=digest)


def _stored(message: Message, file: Attachment) -> StoredAttachment:
    return StoredAttachment(
        message=message,
        filename=storable(file.filename),
        content_type=storable(file.content_type),
        size=file.size,
        inline=file.inline,
        content=file.content,
    )


def _failed(ours: Desk, errand: Errand, sentence: str, *, hopeless: bool, now: datetime) -> None:
    with ours.book.transaction() as session:
        if not (hopeless or errands.is_hopeless(errand)):
            errands.put_off(session, errand, sentence, now=now)
            if errand.what == errands.MESSAGE:
                unsigned.say_if_nobody_can_be_asked(session, ours, errand, sentence, now=now)
            return
        if not errands.end(session, errand, "given_up", now=now, reason=sentence):
            return
        if errand.what == errands.MESSAGE:
            unsigned.say_that_it_is_given_up(session, ours, errand, sentence, now=now)
            return
        message = session.get_one(Message, errand.message_id)
        lost = f"A file that came with this message could not be fetched. {sentence}"
        problems = [*(message.details.get("problems") or ()), lost]
        message.details = {**message.details, "problems": problems}
        told = f"{message.case.reference}: a" if message.case else "A"
        words = f"{told} file that a resident sent could not be fetched. {sentence} Please ask them to send it again."
        answer.alert_staff(session, ours, "file_lost", words, case=message.case, round=f"file:{errand.id}", now=now)
