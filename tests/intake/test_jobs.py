"""What workers run: ids in, the book opened from the environment, and whatever else waits is done too."""

from datetime import UTC, datetime, timedelta

import pytest
from support.book import House, PlainReader
from support.cast import GRUMBLE, NGOZI, REQUEST, mail, text

from casework.storage import bell
from intake import jobs
from intake.desk import desk


@pytest.fixture(autouse=True)
def plain_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "reader", PlainReader)


def test_a_job_does_what_it_was_given_and_whatever_else_waits(house: House) -> None:
    now = datetime.now(UTC)
    accepted = house.accept(*(text(REQUEST, sender=f"+4477009001{n:02}", at=now) for n in range(3)))
    assert jobs.process_messages([accepted[1].id]) == 3
    assert {message.state for message in house.messages()} == {"processed"}


def test_a_job_without_ids_is_how_earshot_works_without_a_bell(house: House) -> None:
    house.accept(text(GRUMBLE, at=datetime.now(UTC)))
    assert jobs.process_messages([]) == 1
    assert jobs.process_messages([]) == 0
    assert jobs.process_messages([999_999]) == 0


def test_a_job_takes_a_batch_at_most(house: House) -> None:
    now = datetime.now(UTC)
    house.accept(*(mail(REQUEST, subject="Tap", sender=f"r{n}@example.org", at=now) for n in range(60)))
    assert jobs.process_messages([]) == jobs.BATCH
    assert jobs.process_messages([]) == 60 - jobs.BATCH


def test_watching_looks_at_what_is_due_by_now(house: House) -> None:
    house.hear(mail(GRUMBLE, subject="Boiler", at=datetime.now(UTC) - timedelta(days=30)))
    assert jobs.watch_clocks([]) == 1
    assert len(house.notices("acknowledgement")) == 1
    assert jobs.watch_clocks([]) == 0


def test_every_job_that_the_bell_may_ring_is_there() -> None:
    from importlib import import_module

    for name, queue in bell.JOBS.items():
        module, _, function = name.rpartition(".")
        assert callable(getattr(import_module(module), function))
        assert queue in bell.QUEUES


def test_a_desk_never_prints_its_secret(house: House) -> None:
    ours = desk()
    assert ours.landlord == "Your landlord"
    assert ours.secret not in repr(ours)
    assert NGOZI.name not in repr(ours)
