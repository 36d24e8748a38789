"""Folders of an IMAP box: finding Sent, making Processed, moving mails with whatever the server can do."""

from collections.abc import Sequence
from typing import Any

from imapclient.imapclient import DELETED, SENT

_NAMED_SENT = ("Sent", "Sent Items", "Sent Mail", "Sent Messages", "Gesendet", "Envoyés", "Wysłane")


def find_sent(client: Any) -> str | None:
    """The folder with the special use \\Sent, else one whose name says so, else None."""
    listed = client.list_folders()
    for flags, _, name in listed:
        if SENT in flags:
            return str(name)
    last_parts = {str(name).rpartition(_text(separator) or "/")[2].lower(): str(name) for _, separator, name in listed}
    return next((last_parts[name.lower()] for name in _NAMED_SENT if name.lower() in last_parts), None)


def full_name(client: Any, name: str) -> str:
    """The full name of a folder of ours; some servers keep all folders under INBOX."""
    prefix = ""
    if client.has_capability("NAMESPACE"):
        personal = client.namespace().personal
        prefix = _text(personal[0][0]) if personal else ""
    return name if not prefix or name.startswith(prefix) else prefix + name


def make(client: Any, name: str) -> str:
    """The full name of the folder, which is made first when it is missing."""
    full = full_name(client, name)
    if not client.folder_exists(full):
        client.create_folder(full)
    return full


def move(client: Any, uids: Sequence[int], target: str) -> None:
    """UID MOVE, else copy and delete; never expunges what somebody else marked as deleted."""
    if client.has_capability("MOVE"):
        client.move(uids, target)
        return
    client.copy(uids, target)
    client.add_flags(uids, [DELETED], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)


def _text(name: bytes | str | None) -> str:
    return name.decode("ascii", "replace") if isinstance(name, bytes) else name or ""
