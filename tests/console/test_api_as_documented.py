"""The API does what its OpenAPI document says: posts made up from the document, against the real app over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from casework.storage import api_clients
from console import api
from console.pace import Pace

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPERATIONS = ("postMessage", "postWebform", "getMessage")
EXAMPLES = 25


@pytest.fixture
def key(console: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(api, "_PACE", Pace("api"))
    with console.book.transaction() as session:
        return api_clients.add(
            session, "anybody", may=api_clients.MAY, per_minute=100_000, now=datetime.now(UTC)
        )  # fmt: skip


@pytest.fixture
def line() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def operation(address: str, name: str) -> Any:
    document = requests.get(f"{address}/api/v1/openapi.json", timeout=10).json()
    document["servers"] = [{"url": address}]
    schema = schemathesis.openapi.from_dict(document)
    found = [one.ok() for one in schema.get_all_operations()]
    return next(one for one in found if one.definition.raw["operationId"] == name)


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as it should", "as it should not"]
)
def test_every_answer_is_one_that_the_document_promises(
    name: str, mode: GenerationMode, address: str, key: str, line: requests.Session
) -> None:
    made = operation(address, name).as_strategy(generation_mode=mode)

    @given(case=made)
    @examples(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    def holds(case: schemathesis.Case) -> None:
        checks = (
            CHECKS if name != "postMessage" or mode is GenerationMode.POSITIVE else [*CHECKS, negative_data_rejection]
        )
        case.call_and_validate(
            checks=checks, base_url=address, headers={"Authorization": f"Bearer {key}"}, session=line
        )

    holds()


def test_what_the_document_allows_is_taken(address: str, key: str, line: requests.Session) -> None:
    made = operation(address, "postMessage").as_strategy(generation_mode=GenerationMode.POSITIVE)
    taken = 0

    @given(case=made)
    @examples(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    def holds(case: schemathesis.Case) -> None:
        nonlocal taken
        if isinstance(case.body, dict):
            case.body.pop("received_at", None)  # that it is past cannot be said in a schema
        case.headers.pop("Idempotency-Key", None)
        answer = case.call(base_url=address, headers={"Authorization": f"Bearer {key}"}, session=line)
        taken += answer.status_code == 202
        assert answer.status_code in (202, 409), answer.text

    holds()
    assert taken


def test_the_document_is_openapi_3_1_and_names_this_deployment(address: str) -> None:
    document = requests.get(f"{address}/api/v1/openapi.json", timeout=10).json()
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "http://localhost"}]
    assert document["components"]["securitySchemes"]["key"] == {"type": "http", "scheme": "bearer"}
