"""Books for the tests: migrated once a test process, then copied, which takes milliseconds."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.postgresql import Cluster

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))]


@pytest.fixture(scope="session")
def _sqlite_template() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="earshot-book-") as folder:
        path = Path(folder) / "template.sqlite"
        _migrate(f"sqlite:///{path}")
        yield path


@pytest.fixture(scope="session")
def _postgresql_template(postgresql_cluster: Cluster) -> str:
    _migrate(postgresql_cluster.url("template1"))
    return "template1"


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite book under tmp_path."""
    shutil.copy(_sqlite_template, tmp_path / "earshot.sqlite")
    return f"sqlite:///{tmp_path / 'earshot.sqlite'}"


@pytest.fixture
def postgresql_url(postgresql_cluster: Cluster, _postgresql_template: str) -> Iterator[str]:
    """A migrated database of the private cluster, fresh for each test."""
    url = postgresql_cluster.create(_postgresql_template)
    yield url
    postgresql_cluster.drop(url)


@pytest.fixture(params=BOTH)
def book_url(request: pytest.FixtureRequest) -> str:
    """A migrated book: the test runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql_cluster")
    url = cluster.create("template0")
    yield url
    cluster.drop(url)


def _migrate(url: str) -> None:
    from casework.storage import schema
    from casework.storage.sessions import Book

    book = Book(url)
    schema.upgrade(book)
    book.close()
