"""The mailbox that residents write to, over IMAP.

    with Mailbox(address) as box:
        fetched = box.fetch(cursor, limit=50)      # commit the mails and fetched.cursor in one transaction
        box.move_to_processed(uid for uid, _, _ in fetched.mails)     # only then

What has been read is remembered by UID, so a poll costs the same in a box of ten mails and of a million. Every
operation has its own time limit, after which the line is cut: no hung server stops the collection for good.
"""

import time
from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Self

from imapclient import IMAPClient

from channels.email import folders
from channels.email.fetched import Cursor, Fetched, Listed, Mail, Unfetched
from channels.email.imap_line import COMMAND_SECONDS, FETCH_SECONDS, ImapLine
from channels.email.settings import ServerAddress
from channels.errors import NeedsPerson

MAX_MAIL_BYTES = 40 * 1024 * 1024
MAX_BATCH_BYTES = 64 * 1024 * 1024
PROCESSED = "Processed"
_LISTED_AT_ONCE = 1000
# RFC 2177: a server may hang up after 29 minutes of silence
_LONGEST_IDLE = 25 * 60
_POLL_WITHOUT_IDLE = 20


class Mailbox:
    """One connection to one box. Every method raises ChannelError, after which the connection is to be given up."""

    def __init__(self, address: ServerAddress, *, processed: str = PROCESSED) -> None:
        self._line = ImapLine(address)
        self._folder = address.folder
        self._processed = processed
        self._uidvalidity = 0
        self._last_seen = 0
        self._backlog: list[int] = []
        self._backlog_after = 0

    def __enter__(self) -> Self:
        self._uidvalidity, self._backlog = 0, []
        self._line.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; never raises."""
        self._uidvalidity = 0
        self._line.close()

    def fetch(self, cursor: Cursor | None, limit: int) -> Fetched:
        """The next mails after `cursor`, oldest first, at most `limit` and about 64 MB; unread marks stay."""
        with self._line.talking("read"):
            uidvalidity = self._select()
            renumbered = cursor is not None and cursor.uidvalidity != uidvalidity
            last = 0 if cursor is None or renumbered else cursor.last_uid
            waiting = self._waiting_after(last)
            self._last_seen = last
            if not waiting:
                return Fetched(Cursor(uidvalidity, last), renumbered=renumbered)
            wanted, unfetched, reached = self._choose(waiting[:limit], self._sizes(waiting[:limit]))
            mails, failed = self._bodies(wanted)
            self._last_seen = reached
            cursor = Cursor(uidvalidity, reached)
            return Fetched(cursor, tuple(mails), (*unfetched, *failed), renumbered, more=reached < waiting[-1])

    def move_to_processed(self, uids: Iterable[int]) -> None:
        """Move mails out of the inbox; call it only after they are committed (law 1)."""
        if not (numbers := sorted(set(uids))):
            return
        with self._line.talking("tidied"):
            self._select()
            with self._line.within(FETCH_SECONDS):
                target = folders.make(self._line.client, self._processed)
                for start in range(0, len(numbers), 500):
                    folders.move(self._line.client, numbers[start : start + 500], target)

    def listing(self, since: datetime) -> list[Listed]:
        """Every mail that came since that day and lies in the inbox or in Processed, without what stands in it."""
        with self._line.talking("listed"):
            client = self._line.client
            waiting = self._listed(self._folder, since)
            with self._line.within(COMMAND_SECONDS):
                target = folders.full_name(client, self._processed)
                kept = client.folder_exists(target)
            return waiting + (self._listed(target, since) if kept else [])

    def _listed(self, folder: str, since: datetime) -> list[Listed]:
        client, found = self._line.client, []
        self._uidvalidity = 0
        with self._line.within(FETCH_SECONDS):
            client.select_folder(folder, readonly=True)
            uids = client.search(["SINCE", since.date()])
            for start in range(0, len(uids), _LISTED_AT_ONCE):
                some = uids[start : start + _LISTED_AT_ONCE]
                answer = client.fetch(some, ["INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"])
                found += [Listed.of(folder == self._folder, uid, data) for uid, data in sorted(answer.items())]
        return [one for one in found if one.internal_date >= since]

    def read_again(self, listed: Iterable[Listed]) -> list[Mail]:
        """These mails, wherever they were listed; those that are there no more are left out."""
        mails: list[Mail] = []
        with self._line.talking("read"):
            for one in listed:
                folder = self._folder if one.waits else folders.full_name(self._line.client, self._processed)
                self._uidvalidity = 0
                with self._line.within(COMMAND_SECONDS):
                    self._line.client.select_folder(folder, readonly=True)
                mails += self._read([one.uid])
        return mails

    def header_of(self, one: Listed) -> bytes:
        """The whole header of a listed mail."""
        with self._line.talking("read"):
            folder = self._folder if one.waits else folders.full_name(self._line.client, self._processed)
            self._uidvalidity = 0
            with self._line.within(COMMAND_SECONDS):
                self._line.client.select_folder(folder, readonly=True)
            return self._header(one.uid)

    def find_sent(self, message_id: str) -> bool | None:
        """Whether a mail with that Message-ID is in the Sent folder; None when the box has no such folder."""
        return self._sent_has("HEADER", "Message-ID", message_id.strip("<>"))

    def keeps_our_copies(self, domain: str) -> bool:
        """Whether Sent holds any mail that we made ourselves: proof that the submission server files copies."""
        return bool(self._sent_has("HEADER", "Message-ID", f"@{domain}", "HEADER", "X-Auto-Response-Suppress", "All"))

    def _sent_has(self, *criteria: str) -> bool | None:
        with self._line.talking("searched"), self._line.within(FETCH_SECONDS):
            client = self._line.client
            sent = folders.find_sent(client)
            if sent is None:
                return None
            self._uidvalidity = 0
            client.select_folder(sent, readonly=True)
            return bool(client.search(list(criteria)))

    def idle(self, seconds: float) -> bool:
        """Wait for new mail, at most so long; True as soon as some may be there."""
        with self._line.talking("watched"):
            self._select()
            if self._newer_than(self._last_seen):
                return True
            client = self._line.client
            if not client.has_capability("IDLE"):
                time.sleep(min(seconds, _POLL_WITHOUT_IDLE))
                return bool(self._newer_than(self._last_seen))
            client.idle()
            try:
                return self._wait(client, min(seconds, _LONGEST_IDLE))
            finally:
                with self._line.within(COMMAND_SECONDS):
                    client.idle_done()

    @staticmethod
    def _wait(client: IMAPClient, seconds: float) -> bool:
        """Whether the server announces mail before the time is up; its "still here" lines are no news."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for said in client.idle_check(timeout=left):
                if len(said) > 1 and said[1] in (b"EXISTS", b"RECENT"):
                    return True
                if said[0] == b"BYE":
                    raise EOFError("the server hung up")
        return False

    def _select(self) -> int:
        """The numbering of the box. Selected once: after that NOOP brings the news, at no cost."""
        client = self._line.client
        with self._line.within(COMMAND_SECONDS):
            if self._uidvalidity:
                client.noop()
            else:
                self._uidvalidity = int(self._open_folder(client)[b"UIDVALIDITY"])
        return self._uidvalidity

    def _open_folder(self, client: IMAPClient) -> dict[bytes, int]:
        try:
            found: dict[bytes, int] = client.select_folder(self._folder)
        except IMAPClient.AbortError:
            raise
        except IMAPClient.Error as error:
            if client.folder_exists(self._folder):
                raise
            raise NeedsPerson(
                f"The mailbox at {self._line.address} has no folder {self._folder}: was it renamed or deleted? "
                "Make it again, or write its new name into EARSHOT_IMAP_URL."
            ) from error
        return found

    def _waiting_after(self, last: int) -> list[int]:
        """What is still to be read; a long backlog is asked for once, not for each batch."""
        if last < self._backlog_after or not self._backlog or self._backlog[-1] <= last:
            self._backlog = self._newer_than(last)
        self._backlog, self._backlog_after = self._backlog[bisect_right(self._backlog, last) :], last
        return self._backlog

    def _newer_than(self, last: int) -> list[int]:
        with self._line.within(COMMAND_SECONDS):
            found = self._line.client.search(["UID", f"{last + 1}:*"])
        return sorted(uid for uid in found if uid > last)  # `n:*` always names the newest mail, even an old one

    def _sizes(self, uids: list[int]) -> dict[int, int]:
        with self._line.within(COMMAND_SECONDS):
            answer = self._line.client.fetch(uids, ["RFC822.SIZE"])
        return {uid: int(data[b"RFC822.SIZE"]) for uid, data in answer.items() if b"RFC822.SIZE" in data}

    def _choose(self, batch: list[int], sizes: dict[int, int]) -> tuple[list[int], list[Unfetched], int]:
        """Which mails to read now, which are too large to be read at all, and how far that brings us."""
        wanted: list[int] = []
        too_large: list[Unfetched] = []
        total, reached = 0, batch[-1]
        for uid in batch:
            size = sizes.get(uid, 0)
            if size > MAX_MAIL_BYTES:
                reason = f"larger than {MAX_MAIL_BYTES // 1024 // 1024} MB"
                too_large.append(Unfetched(uid, size, reason, self._header(uid), too_large=True))
            elif uid in sizes:
                if wanted and total + size > MAX_BATCH_BYTES:
                    reached = wanted[-1]
                    return wanted, [one for one in too_large if one.uid <= reached], reached
                wanted.append(uid)
                total += size
        return wanted, too_large, reached

    def _bodies(self, uids: list[int]) -> tuple[list[Mail], list[Unfetched]]:
        """All in one command; if the server chokes on one of them, one by one so that the others still come."""
        if not uids:
            return [], []
        try:
            return self._read(uids), []
        except IMAPClient.AbortError:
            raise
        except IMAPClient.Error:
            mails: list[Mail] = []
            failed: list[Unfetched] = []
            for uid in uids:
                try:
                    mails += self._read([uid])
                except IMAPClient.AbortError:
                    raise
                except IMAPClient.Error:
                    failed.append(Unfetched(uid, 0, "the mail server could not hand it out", b""))
            return mails, failed

    def _read(self, uids: list[int]) -> list[Mail]:
        with self._line.within(FETCH_SECONDS):
            answer = self._line.client.fetch(uids, ["BODY.PEEK[]", "INTERNALDATE"])
        return [
            Mail(uid, data[b"BODY[]"], data[b"INTERNALDATE"].astimezone(UTC))
            for uid, data in sorted(answer.items())
            if data.get(b"BODY[]") is not None
        ]

    def _header(self, uid: int) -> bytes:
        with self._line.within(COMMAND_SECONDS):
            answer = self._line.client.fetch([uid], ["BODY.PEEK[HEADER]"])
        return bytes(answer.get(uid, {}).get(b"BODY[HEADER]") or b"")[:100_000]
