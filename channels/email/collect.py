"""The mailbox as a source: collected by UID, moved to Processed once committed, watched by IDLE."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from channels.channel import Collected, Unreadable
from channels.email.fetched import Cursor, Fetched, Mail, Unfetched
from channels.email.inbound import read
from channels.email.inventory import Inventory
from channels.email.mailbox import MAX_MAIL_BYTES, Mailbox
from channels.email.settings import ServerAddress, settings
from channels.message import InboundMessage

_RENUMBERED = (
    "The mail server has numbered the mailbox anew, as it does when a box is moved, restored or made again. Every mail "
    "in it is read once more; those that Earshot has are known again. Please check that none of your mail is missing."
)


class MailSource:
    """One box over one connection."""

    def __init__(self, address: ServerAddress, our_address: str) -> None:
        self.name = f"email:{address.user}@{address.host}/{address.folder}"
        self._box = Mailbox(address)
        self._our_address = our_address
        self._inventory = Inventory(self._box)

    def open(self) -> None:
        self._box.__enter__()

    def close(self) -> None:
        self._box.close()

    def fetch(self, position: dict[str, Any] | None, *, limit: int, now: datetime) -> Collected:
        """The next mails; `now` is not needed, since a mail is received when its server took it."""
        cursor = Cursor(position["uidvalidity"], position["last_uid"]) if position else None
        found = self._box.fetch(cursor, limit)
        messages, unreadable = self._read(found.mails)
        unreadable += [self._unfetched(one, found.cursor) for one in found.unfetched]
        return Collected(
            position={"uidvalidity": found.cursor.uidvalidity, "last_uid": found.cursor.last_uid},
            messages=tuple(messages),
            unreadable=tuple(unreadable),
            more=found.more,
            remark=_RENUMBERED if found.renumbered else "",
            handle=found,
        )

    def _read(self, mails: Iterable[Mail]) -> tuple[list[InboundMessage], list[Unreadable]]:
        """The mails as messages; one that not even its reader can bear is set aside and keeps nobody waiting."""
        messages: list[InboundMessage] = []
        unreadable: list[Unreadable] = []
        for mail in mails:
            try:
                messages.append(read(mail.raw, received_at=mail.internal_date, our_address=self._our_address))
            except Exception as error:  # whatever it is, the mails behind this one must come in
                reason = f"A mail of {len(mail.raw)} bytes could not be taken apart ({type(error).__name__})."
                unreadable.append(Unreadable(self._our_address, mail.raw, reason))
        return messages, unreadable

    def _unfetched(self, one: Unfetched, cursor: Cursor) -> Unreadable:
        # without its header a mail is known by its place in the box, so that two are not taken for one
        raw = one.header or f"{self.name} {cursor.uidvalidity}.{one.uid}".encode()
        reason = f"A mail of {one.size} bytes was not read: {one.reason}."
        return Unreadable(self._our_address, raw, reason, too_large_for=MAX_MAIL_BYTES if one.too_large else 0)

    def settle(self, collected: Collected) -> None:
        """Move what was committed out of the inbox; what could not be read stays there for a person."""
        found: Fetched = collected.handle
        self._box.move_to_processed(mail.uid for mail in found.mails)

    def inventory(self, since: datetime, *, until: datetime) -> Iterable[str]:
        return self._inventory.take(since, until)

    def recover(self, external_ids: Collection[str]) -> Collected:
        """Mails that lie in the inbox and were passed over; the cursor stays where it is."""
        mails = self._inventory.passed_over(external_ids)
        messages, unreadable = self._read(mails)
        return Collected({}, tuple(messages), tuple(unreadable), handle=Fetched(Cursor(0, 0), tuple(mails)))

    def tidy(self, external_ids: Collection[str]) -> int:
        waiting = self._inventory.still_waiting(external_ids)
        self._box.move_to_processed(waiting)
        return len(waiting)

    def digests(self, external_ids: Collection[str]) -> dict[str, str]:
        return self._inventory.digests(external_ids)

    def wait(self, seconds: float) -> None:
        self._box.idle(seconds)


def source() -> MailSource | None:
    """The box of EARSHOT_IMAP_URL; None when it is not set."""
    ours = settings()
    if ours.imap_url is None:
        return None
    return MailSource(ours.imap, ours.sender.address if ours.mail_from else ours.imap.user)
