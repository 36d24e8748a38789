"""The OpenAPI 3.1 document of `/api/v1/`, made of the models that read what is posted: it cannot say anything else."""

import importlib.metadata
from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from channels.api.payload import Fault, NewMessage
from console.problems import MEDIA_TYPE

LARGEST = 40 * 1024 * 1024
"""Octets of one request: as much as of a mail. Base64 makes a file a third longer."""

WORDS = """\
Post what residents tell you to their landlord, and ask what became of it.

Each client has a key, sent as `Authorization: Bearer KEY`. When you get 202, the message stands in the landlord's book;
after any other answer, or none, it may not: send it again with the same `Idempotency-Key`, and it is stored once. No
page of another site may call this from a browser: the key belongs on a server.
"""

_PROBLEMS = {
    "400": "Not readable: no JSON, not UTF-8, empty.",
    "401": "No key, a wrong one, or one that was revoked.",
    "403": "The client may not set something that it has set.",
    "404": "Nothing is here under this id.",
    "408": "The rest of it did not come.",
    "409": "The same Idempotency-Key, or id, came before with other words.",
    "413": "Too large.",
    "415": "The wrong Content-Type.",
    "422": "Readable, but no message: `errors` say where.",
    "429": "Too many requests in this minute.",
    "503": "Nothing can be kept for the moment.",
}


class Accepted(BaseModel):
    """The message stands in the book. The same post always gets the same answer."""

    id: int
    received_at: str = Field(description="From when the clocks count.")
    client_id: str = Field(description="Your own name for it.")
    problems: list[str] = Field(description="What a person may want to mend, such as a phone number that is none.")
    status_url: str


class State(Accepted):
    """What became of a message."""

    state: Literal["received", "in_a_case", "with_a_person", "no_case"] = Field(
        description="`received` becomes one of the others within seconds. `with_a_person`: staff look at it."
    )
    reference: str = Field(description="Of the case; tell it to the resident.")
    spoken: str = Field(description="The reference as it is said on the phone.")
    acknowledge_by: str | None = Field(description="By this day the complaint is acknowledged.")
    emergency: list[str] = Field(description="Show these to the resident at once.")


class ProblemSaid(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] = Field(default_factory=list)


def document(address: str) -> dict[str, Any]:
    """The document for the deployment at `address`."""
    models: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
        (NewMessage, "validation"), (Accepted, "serialization"), (State, "serialization"), (ProblemSaid, "validation"),
    ]  # fmt: skip
    _, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Earshot",
            "version": importlib.metadata.version("earshot-housing"),
            "description": WORDS,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": address}],
        "security": [{"key": []}],
        "paths": _paths(),
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths() -> dict[str, Any]:
    message = {_JSON: {"schema": _ref("NewMessage")}}
    anything = {"schema": {"type": "object", "minProperties": 1}}
    number = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
    return {
        "/api/v1/messages": {"post": _post("Post a message", "postMessage", message, [_KEY])},
        "/api/v1/webform": {
            "post": _post(
                "Post a Drupal Webform's submission, as its remote post handler does",
                "postWebform",
                {_JSON: anything, "application/x-www-form-urlencoded": anything},
                [],
            )
        },
        "/api/v1/messages/{id}": {
            "get": {
                "summary": "What became of a message that you posted",
                "operationId": "getMessage",
                "parameters": [number],
                "responses": {"200": _answer("State", "What became of it."), **_problems("401", "404", "429", "503")},
            }
        },
    }


_JSON = "application/json"
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Your name for this post, such as a UUID. Sent again, it is stored once. Without it, `id` serves.",
    "schema": {"type": "string", "pattern": "^[ \\t]*[!-~]{1,255}[ \\t]*$"},
}


def _post(summary: str, name: str, content: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    accepted = _answer("Accepted", "It stands in the book.")
    accepted["headers"] = {"Location": {"schema": {"type": "string"}, "description": "Ask here what became of it."}}
    return {
        "summary": summary,
        "operationId": name,
        "parameters": parameters,
        "requestBody": {"required": True, "content": content},
        "responses": {
            "202": accepted,
            **_problems("400", "401", "403", "408", "409", "413", "415", "422", "429", "503"),
        },
    }


def _answer(model: str, words: str) -> dict[str, Any]:
    return {"description": words, "content": {_JSON: {"schema": _ref(model)}}}


def _problems(*codes: str) -> dict[str, Any]:
    return {
        code: {"description": _PROBLEMS[code], "content": {MEDIA_TYPE: {"schema": _ref("ProblemSaid")}}}
        for code in codes
    }


def _ref(model: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model}"}
