"""The tests' own ground: if these fail, look here before anywhere else."""

import os
import socket

import pytest
from redis import Redis
from sqlalchemy import create_engine, inspect


def test_a_book_is_migrated_on_both_databases(book_url: str) -> None:
    engine = create_engine(book_url)
    assert "journal" in inspect(engine).get_table_names()
    engine.dispose()


def test_an_empty_database_is_empty(database_url: str) -> None:
    engine = create_engine(database_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


@pytest.mark.needs("redis")
def test_a_redis_of_our_own_is_empty_and_may_be_killed(redis_url: str, redis_server) -> None:
    with Redis.from_url(redis_url) as connection:
        assert connection.dbsize() == 0
    with Redis.from_url(redis_server.url) as connection:
        connection.set("kept", "yes")
    redis_server.stop()
    redis_server.start()
    with Redis.from_url(redis_server.url) as connection:
        assert connection.get("kept") == b"yes"


@pytest.mark.needs("chromium")
def test_chromium_opens_a_page(page) -> None:
    page.set_content("<h1>Larchmere Homes</h1>")
    assert page.get_by_role("heading").inner_text() == "Larchmere Homes"


def test_the_network_is_out_of_reach() -> None:
    with socket.socket() as phone, pytest.raises(PermissionError, match=r"192\.0\.2\.1"):
        phone.connect(("192.0.2.1", 80))


def test_no_setting_of_this_machine_is_seen() -> None:
    assert [name for name in os.environ if name.startswith("EARSHOT_")] == ["EARSHOT_VAR"]
