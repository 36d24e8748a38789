"""What lies in the mailbox, by the names that the book knows mails by: so that the two can be compared."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime

from channels.email.fetched import Listed, Mail
from channels.email.inbound import name_in
from channels.email.mailbox import MAX_BATCH_BYTES, MAX_MAIL_BYTES, Mailbox

_PATIENCE = 200
"""So many mails at most are read again only to know them by their bytes."""


class Inventory:
    """One listing of the box, and what can be done with what is on it."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box
        self._lying: dict[str, list[Listed]] = {}

    def take(self, since: datetime, until: datetime) -> Iterable[str]:
        """List the box; the names of the mails in it that came in that time."""
        self._lying = {}
        for one in self._box.listing(since):
            if one.internal_date <= until and (name := self._name(one)):
                self._lying.setdefault(name, []).append(one)
        return self._lying.keys()

    def passed_over(self, names: Collection[str]) -> list[Mail]:
        """The mails of these names that wait in the inbox, as many as memory bears at once."""
        wanted: list[Listed] = []
        total = 0
        for one in (one for name in sorted(names) for one in self._lying.get(name, ()) if one.waits and _is_read(one)):
            total += one.size
            if wanted and total > MAX_BATCH_BYTES:
                break
            wanted.append(one)
        return self._box.read_again(wanted)

    def still_waiting(self, names: Collection[str]) -> list[int]:
        """The numbers of those that wait in the inbox and were read whole: what was too large stays for a person."""
        known = (one for name in names if not name.startswith("unreadable:") for one in self._lying.get(name, ()))
        return [one.uid for one in known if one.waits]

    def digests(self, names: Collection[str]) -> dict[str, str]:
        """The SHA-256 of one mail of each name."""
        found = {}
        for name in list(names)[:_PATIENCE]:
            for mail in self._box.read_again([one for one in self._lying.get(name, ()) if _is_read(one)][:1]):
                found[name] = hashlib.sha256(mail.raw).hexdigest()
        return found

    def _name(self, one: Listed) -> str:
        """What the book calls it; '' for one that somebody has taken away meanwhile."""
        if not _is_read(one):  # kept by its header alone
            return f"unreadable:{hashlib.sha256(self._box.header_of(one)).hexdigest()}"
        named = name_in(one.named)
        if named:
            return named
        mails = self._box.read_again([one])
        return f"sha256:{hashlib.sha256(mails[0].raw).hexdigest()}" if mails else ""


def _is_read(one: Listed) -> bool:
    return one.size <= MAX_MAIL_BYTES
