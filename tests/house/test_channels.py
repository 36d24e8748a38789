"""One folder a channel: whoever adds one adds these, and edits nothing else."""

from pathlib import Path

import pytest

from channels import registry
from channels.channel import Description

DOORS = ("smtp_door.py",)
"""A door of one channel may name it: it is a program of its own, which nothing else leans on."""

CHANNELS = Path(registry.__file__).parent


@pytest.mark.parametrize("name", registry.names())
def test_a_channel_folder_is_whole(name: str) -> None:
    folder = CHANNELS / name
    samples = [path for path in (folder / "samples").iterdir() if path.suffix == ".json"]
    assert (folder / "README.md").read_text().strip(), "say what it hears, what it needs and what it cannot do"
    assert samples, "without samples the contract test has nothing to read"
    for described in samples:
        raw = [path for path in described.parent.glob(f"{described.stem}.*") if path.suffix != ".json"]
        assert raw or described.stem.endswith("-raw"), f"{described.name} stands beside no raw payload"


@pytest.mark.parametrize("name", registry.names())
def test_a_channel_that_is_not_set_up_still_loads(name: str) -> None:
    channel = registry.get(name)
    assert isinstance(channel.description, Description)
    assert channel.name == name
    assert channel.settings() is not None


@pytest.mark.parametrize("name", registry.names())
def test_a_channel_is_found_and_never_listed(name: str) -> None:
    house = CHANNELS.parent
    rooms = [path for room in ("casework", "intake", "notifier") for path in (house / room).rglob("*.py")]
    naming = [str(path) for path in rooms if f"channels.{name}" in path.read_text() and path.name not in DOORS]
    assert naming == [], "the registry finds channels by folder; naming one elsewhere makes adding one an edit"
