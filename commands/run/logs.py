"""What a running Earshot says on its standard error: one line a step, never a resident's words (law 12)."""

import logging
import sys

from casework.settings import settings


def start_logging() -> None:
    """Log to standard error at EARSHOT_LOG_LEVEL; what other libraries say, only from warnings up."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname).1s %(name)s: %(message)s", force=True)
    logging.getLogger().setLevel(logging.WARNING)
    for room in ("intake", "notifier", "casework", "console", "channels", "commands", "worker"):
        logging.getLogger(room).setLevel(settings().log_level.upper())
