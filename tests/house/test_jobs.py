"""Every job that the bell can name exists, every job that exists is named, and every queue is heard."""

import importlib
import inspect
from pathlib import Path

import pytest

import worker
from casework.storage import bell

HOUSE = Path(__file__).parent.parent.parent
JOB_FILES = sorted(path for path in HOUSE.glob("*/jobs.py"))


@pytest.mark.parametrize("job", bell.JOBS)
def test_a_listed_job_resolves_and_takes_ids(job: str) -> None:
    module, _, name = job.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    assert list(inspect.signature(function).parameters) in (["ids"], ["_ids"])


@pytest.mark.parametrize("path", JOB_FILES, ids=lambda path: path.parent.name)
def test_every_public_job_is_listed(path: Path) -> None:
    module = importlib.import_module(f"{path.parent.name}.jobs")
    public = {
        f"{module.__name__}.{name}"
        for name, found in vars(module).items()
        if inspect.isfunction(found) and found.__module__ == module.__name__ and not name.startswith("_")
    }
    assert public == {job for job in bell.JOBS if job.startswith(f"{module.__name__}.")}


def test_every_queue_is_listened_to() -> None:
    heard = {child.name for child in worker.children(list(bell.QUEUES))}
    assert set(bell.QUEUES) == set(bell.JOBS.values())
    assert set(bell.QUEUES) <= heard


@pytest.mark.parametrize("queue", worker.WITHOUT_MODEL)
def test_a_queue_without_the_model_runs_no_job_that_reads_words(queue: str) -> None:
    assert queue in bell.QUEUES
    assert all(job.startswith("notifier.") for job, its_queue in bell.JOBS.items() if its_queue == queue)
