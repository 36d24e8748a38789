"""Messages that came without proof: the provider is asked for each, and only its answer is believed.

A secret that was changed, or an address that differs by a letter, makes every message look forged; one that is
thrown away is a family that nobody answers. Of such a request only the message's number is kept, so many a day at
most, and staff are told once a day: nobody can fill the book or the phones of staff by making numbers up.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.storage import errands
from casework.storage.errand_table import Errand
from casework.storage.tables import Message
from channels import registry
from channels.errors import ChannelError
from intake import accept, answer
from intake.desk import Desk

MOST_A_DAY = 200
"""More are found in the provider's own list, which is read every quarter of an hour."""

SAY_AFTER = 3
"""So many tries at asking the provider, a few minutes, before staff hear that it cannot be asked."""


def note(session: Session, channel: str, external_id: str, *, now: datetime) -> bool:
    """Keep that a message was announced without proof; False when it need not or may not be kept."""
    known = select(Message.id).where(Message.external_id == external_id, Message.channel == channel).limit(1)
    if registry.get(channel).recover is None or session.scalar(known) is not None:
        return False
    if errands.announced_since(session, now - timedelta(days=1)) >= MOST_A_DAY:
        return False
    errands.owe(session, [errands.row(channel, errands.MESSAGE, external_id, now=now)])
    return True


def ask(ours: Desk, errand: Errand, *, now: datetime) -> None:
    """Ask the provider for the message and accept what it has; raises ChannelError where it cannot be asked."""
    recover = registry.get(errand.channel).recover
    if recover is None:
        raise ChannelError(f"Messages of {errand.channel} cannot be asked for.", permanent=True)
    message = recover(errand.name, now=now)
    with ours.book.transaction() as session:
        if message is None:
            errands.end(session, errand, "unknown", now=now, reason="the provider has no such message for us")
            return
        [kept] = accept.store(session, [message], now=now)
        errands.end(session, errand, "kept" if kept.new else "duplicate", now=now)
        if kept.new:
            label = registry.get(errand.channel).description.label.lower()
            sentence = (
                f"A {label} reached us without the provider's signature, and only the provider's own list proved it."
                " Until the address in its console, EARSHOT_PUBLIC_URL and the auth token fit together, every message"
                " comes some minutes late. Please have this looked at today."
            )
            _say(session, ours, errand, "unsigned", sentence, now=now)


def say_if_nobody_can_be_asked(session: Session, ours: Desk, errand: Errand, reason: str, *, now: datetime) -> None:
    """Tell staff of messages that wait for their proof."""
    if errand.attempts >= SAY_AFTER:
        sentence = (
            "Messages came without the provider's signature, and it cannot be asked whether they are residents'."
            f" {reason} Earshot goes on trying. Please have the auth token checked now."
        )
        _say(session, ours, errand, "unproved", sentence, now=now)


def say_that_it_is_given_up(session: Session, ours: Desk, errand: Errand, reason: str, *, now: datetime) -> None:
    """Tell staff of a message that nobody could prove."""
    sentence = (
        "A message came without the provider's signature, and it could not be asked for it in a day."
        f" {reason} Please look in the provider's console whether a resident wrote to us."
    )
    _say(session, ours, errand, "unproved_lost", sentence, now=now)


def _say(session: Session, ours: Desk, errand: Errand, why: str, sentence: str, *, now: datetime) -> None:
    answer.alert_staff(session, ours, why, sentence, case=None, round=f"{why}:{errand.channel}:{now:%Y-%m-%d}", now=now)
