"""Asks ClamAV whether a file holds a virus: clamd's INSTREAM, over TCP or a unix socket."""

import re
import socket
import struct

TIMEOUT = 20.0
"""Seconds: ten megabytes take clamd about one."""

_PIECE = 64 * 1024
_ADDRESS = re.compile(r"(?:tcp://)?(?P<host>[^:/\s]+|\[[^\]]+\]):(?P<port>\d{1,5})")


class NoScan(Exception):
    """Raised when clamd cannot be reached or gives no answer: the file is kept, and marked as not scanned."""


def virus_in(content: bytes, address: str) -> str | None:
    """The name of the virus in the file, or None; raises NoScan with a sentence for the operator."""
    try:
        with _connect(address) as wire:
            answer = _ask(wire, content)
    except OSError as error:
        raise NoScan(f"ClamAV at {address} does not answer ({type(error).__name__}).") from error
    found = re.fullmatch(r"stream: (.+) FOUND", answer)
    if found:
        return found[1]
    if answer == "stream: OK":
        return None
    raise NoScan(f"ClamAV could not scan a file: {answer[:200] or 'it hung up'}.")


def _connect(address: str) -> socket.socket:
    if address.startswith("unix:"):
        wire = socket.socket(socket.AF_UNIX)
        wire.settimeout(TIMEOUT)
        try:
            wire.connect(address.removeprefix("unix:"))
        except OSError:
            wire.close()
            raise
        return wire
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise NoScan(f"{address} is no address of ClamAV: write unix:/run/clamav/clamd.ctl or host:3310.")
    return socket.create_connection((found["host"].strip("[]"), int(found["port"])), timeout=TIMEOUT)


def _ask(wire: socket.socket, content: bytes) -> str:
    try:
        wire.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), _PIECE):
            piece = content[start : start + _PIECE]
            wire.sendall(struct.pack(">I", len(piece)) + piece)
        wire.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it says why in its answer: a file over its own limit, most often
    answer = b""
    while not answer.endswith(b"\0") and (more := wire.recv(4096)):
        answer += more
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()
