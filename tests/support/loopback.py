"""An HTTP server in threads of this process, on a free port, that leaves no socket open when stopped."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Loopback:
    """The base of the provider servers: `url`, `stop()`, and `stopped`, on which slow answers wait."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self.stopped = threading.Event()
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.owner = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every line still open; answers that are being delayed are never given."""
        self._server.shutdown()
        self._server.hang_up()
        self.stopped.set()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # joined on close, so that a test leaves no thread behind
    owner: Any

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._lines: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._lines.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        with self._lock:
            for line in self._lines:
                try:
                    line.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the other side was first

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that gave up waiting is what these servers are for."""
