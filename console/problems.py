"""What a program is told when something is not as it should be: RFC 9457, with a sentence that says what to do."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
HELP = "/api/v1/"
"""The page for people; each kind of problem has its place there."""


class Problem(Exception):
    """Raised where a post cannot be taken; `kind` is its place on the page for people."""

    def __init__(
        self, status: int, kind: str, detail: str, *, errors: Sequence[dict[str, str]] = (), retry_after: int = 0
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.errors = status, kind, detail, tuple(errors)
        self.retry_after = retry_after


def answer(problem: Problem) -> Response:
    """The answer for a problem."""
    said: dict[str, Any] = {
        "type": f"{HELP}#{problem.kind}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        said["errors"] = list(problem.errors)
    response = Response(json.dumps(said, ensure_ascii=False) + "\n", problem.status, content_type=MEDIA_TYPE)
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="earshot"'
    return response


def of_http(error: HTTPException) -> Problem:
    """What the web server itself refuses, in our words."""
    said = {
        404: ("not-found", "There is nothing here. The page /api/v1/ says what there is."),
        405: ("not-found", "This address does not take this method. The page /api/v1/ says which it takes."),
        413: ("too-large", "This is larger than anything that we take here. Send fewer or smaller files."),
    }
    status = error.code or 500
    kind, detail = said.get(status, ("not-readable", "This request could not be read. Nothing was kept."))
    return Problem(status, kind, detail)
