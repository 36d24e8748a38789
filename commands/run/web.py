"""The web server: gunicorn around the console, on a socket that `earshot run` holds for it.

On its own: `python -m commands.run.web HOST:PORT`. One process of several threads: enough for one machine, and
what SQLite likes.
"""

import sys
from typing import Any

from gunicorn.app.base import BaseApplication

from commands.run.logs import start_logging
from commands.run.parent import name_process, watch_parent

THREADS = 8


class Web(BaseApplication):  # type: ignore[misc]
    """gunicorn without its command line: what may be set is set by EARSHOT_ variables."""

    def __init__(self, bind: str) -> None:
        self._bind = bind
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": self._bind,
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 5,
            "control_socket_disable": True,
            "loglevel": "warning",
            "proc_name": "earshot",
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from console.app import create_app  # after the fork, so that the database is opened by who uses it

        name_process("earshot:web")
        return create_app()


def main() -> None:
    """Serve until SIGTERM, at HOST:PORT or on a listening socket that is already open, by its number."""
    start_logging()
    watch_parent()
    where = sys.argv[1]
    Web(f"fd://{where}" if where.isdigit() else where).run()


if __name__ == "__main__":
    main()
