"""The mailbox as a source: collected by UID, moved to Processed once committed, watched by IDLE."""

from datetime import datetime
from typing import Any

from channels.channel import Collected, Unreadable
from channels.email.inbound import read
from channels.email.mailbox import Cursor, Fetched, Mailbox
from channels.email.settings import ServerAddress, settings


class MailSource:
    """One box over one connection."""

    def __init__(self, address: ServerAddress, our_address: str) -> None:
        self.name = f"email:{address.user}@{address.host}/{address.folder}"
        self._box = Mailbox(address)
        self._our_address = our_address

    def open(self) -> None:
        self._box.__enter__()

    def close(self) -> None:
        self._box.close()

    def fetch(self, position: dict[str, Any] | None, *, limit: int, now: datetime) -> Collected:
        """The next mails; `now` is not needed, since a mail is received when its server took it."""
        cursor = Cursor(position["uidvalidity"], position["last_uid"]) if position else None
        found = self._box.fetch(cursor, limit)
        return Collected(
            position={"uidvalidity": found.cursor.uidvalidity, "last_uid": found.cursor.last_uid},
            messages=tuple(
                read(mail.raw, received_at=mail.internal_date, our_address=self._our_address) for mail in found.mails
            ),
            unreadable=tuple(
                # without its header a mail is known by its place in the box, so that two are not taken for one
                Unreadable(
                    self._our_address,
                    one.header or f"{self.name} {found.cursor.uidvalidity}.{one.uid}".encode(),
                    f"A mail of {one.size} bytes was not read: {one.reason}.",
                )
                for one in found.unfetched
            ),
            more=found.more,
            handle=found,
        )

    def settle(self, collected: Collected) -> None:
        """Move what was committed out of the inbox; what could not be read stays there for a person."""
        found: Fetched = collected.handle
        self._box.move_to_processed(mail.uid for mail in found.mails)

    def wait(self, seconds: float) -> None:
        self._box.idle(seconds)


def source() -> MailSource | None:
    """The box of EARSHOT_IMAP_URL; None when it is not set."""
    ours = settings()
    if ours.imap_url is None:
        return None
    return MailSource(ours.imap, ours.sender.address if ours.mail_from else ours.imap.user)
