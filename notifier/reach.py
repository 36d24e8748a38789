"""What sending teaches us of an address: that it is lost, or that it has become another."""

from datetime import datetime

from sqlalchemy.orm import Session

from casework.storage import journal, people
from casework.storage.tables import Notice
from channels import registry


def lose(session: Session, notice: Notice, *, now: datetime) -> None:
    """Nothing reaches this address any more: what is owed next goes another way at once (law 10)."""
    kind = registry.get(notice.channel).description.address_kind
    if people.stop(session, kind, notice.address, now=now):
        journal.write(session, "contact_lost", at=now, actor="provider", case_id=notice.case_id, channel=notice.channel)


def follow(session: Session, channel: str, old: str, new: str, *, at: datetime) -> None:
    """The provider says that an address has become another: write to that one from now on."""
    kind = registry.get(channel).description.address_kind
    if people.move_address(session, kind, channel, old, new):
        journal.write(session, "contact_moved", at=at, channel=channel)
