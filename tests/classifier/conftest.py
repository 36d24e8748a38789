"""The model that ships, loaded once a session."""

import pytest

from classifier.pipeline import Reader, load


@pytest.fixture(scope="session")
def reader() -> Reader:
    return load()
