"""A gate on the way to a server: shut (nobody is there), silent (somebody is, who never answers) or open."""

import socket
import threading
from contextlib import suppress
from typing import Literal


class Gate:
    """Stands on a port of its own before `target`, shut at first."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._lines: list[socket.socket] = []
        self._listening: socket.socket | None = None
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = int(found.getsockname()[1])

    def open(self, way: Literal["open", "silent"] = "open") -> None:
        """Let through from now on, or take every call without a word."""
        self.shut()
        self._listening = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        threading.Thread(target=self._listen, args=(self._listening, way), daemon=True).start()

    def shut(self) -> None:
        """Refuse every call, and cut those that are being held."""
        listening, self._listening = self._listening, None
        for line in ([] if listening is None else [listening]) + self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._lines = []

    def _listen(self, listening: socket.socket, way: str) -> None:
        with suppress(OSError):
            while True:
                caller, _ = listening.accept()
                self._lines.append(caller)
                if way == "open":
                    onward = socket.create_connection(("127.0.0.1", self._target))
                    self._lines.append(onward)
                    for source, sink in ((caller, onward), (onward, caller)):
                        threading.Thread(target=_pour, args=(source, sink), daemon=True).start()


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
