"""A line that falls silent in the middle of a request holds nobody up: threads are few, and people wait for one."""

from flask import Flask, Response, request
from werkzeug.exceptions import ClientDisconnected

from console.errors import say

SILENT = 20.0
"""Seconds without a single byte; a slow line that still carries something is waited for."""


def prepare(app: Flask) -> None:
    """Watch every request that brings a body, and say what became of it when the rest does not come."""
    app.before_request(_watch)
    app.register_error_handler(ClientDisconnected, _not_whole)


def _watch() -> None:
    line = request.environ.get("gunicorn.socket")
    if line is not None and request.method in ("POST", "PUT", "PATCH"):
        line.settimeout(SILENT)


def _not_whole(error: ClientDisconnected) -> Response:
    return say(408)
