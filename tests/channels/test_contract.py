"""What every channel folder promises, held for each folder that the registry finds: a new one needs no edit here."""

import inspect
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

import channels
from channels import errors, registry
from channels.message import InboundMessage

HOUSE = Path(channels.__path__[0])
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FEWEST_SAMPLES = 8
TIMES = ("received_at", "sent_at")


def samples() -> list[Any]:
    found = []
    for name in registry.names():
        for case in sorted((HOUSE / name / "samples").glob("*.json")):
            found.append(pytest.param(name, case, id=f"{name}-{case.stem}"))
    return found


def raw_beside(case: Path) -> bytes:
    (raw,) = [file for file in case.parent.glob(f"{case.stem}.*") if file != case]
    return raw.read_bytes()


def test_the_registry_finds_the_folders(capsys: pytest.CaptureFixture[str]) -> None:
    folders = sorted(folder.name for folder in HOUSE.iterdir() if (folder / "__init__.py").exists())
    with capsys.disabled():
        print("\nchannels found:", ", ".join(registry.names()))  # noqa: T201  # a folder that is missed must be seen
    assert list(registry.names()) == folders


@pytest.mark.parametrize("name", registry.names())
def test_a_channel_explains_itself(name: str) -> None:
    channel = registry.get(name)
    readme = (HOUSE / name / "README.md").read_text(encoding="utf-8")
    assert channel.description.label
    assert len(readme) > 300
    for field in type(channel.settings()).model_fields:
        assert f"EARSHOT_{field.upper()}" in readme, f"channels/{name}/README.md does not name EARSHOT_{field.upper()}"
    for hook in channel.hooks:
        assert f"`{hook.path}`" in readme


@pytest.mark.parametrize("name", registry.names())
def test_a_channel_without_settings_can_still_be_asked_about(name: str) -> None:
    assert registry.get(name).settings() is registry.get(name).settings()


@pytest.mark.parametrize("name", registry.names())
def test_a_channel_that_answers_can_send_and_one_that_cannot_does_not(name: str) -> None:
    channel = registry.get(name)
    assert (channel.send is not None) == channel.description.answers
    assert channel.ask is None or channel.send is not None
    for room in (channel.send, channel.ask):
        if room is not None:
            assert "now" in inspect.signature(room).parameters


@pytest.mark.parametrize("name", registry.names())
def test_a_channel_brings_enough_samples(name: str) -> None:
    folder = HOUSE / name / "samples"
    cases = {file.stem for file in folder.glob("*.json")}
    others = {file.stem for file in folder.iterdir() if file.suffix != ".json"}
    assert cases == others, "each sample is a raw payload beside its .json"
    assert len(cases) >= FEWEST_SAMPLES


@pytest.mark.parametrize(("name", "case"), samples())
def test_a_sample_becomes_the_message_it_must(name: str, case: Path) -> None:
    told = json.loads(case.read_text(encoding="utf-8"))
    raw = raw_beside(case)
    read = registry.get(name).read
    if "error" in told:
        with pytest.raises(getattr(errors, told["error"])):
            read(raw, received_at=NOW, **told.get("context", {}))
        return
    message = read(raw, received_at=NOW, **told.get("context", {}))
    assert message.raw == raw
    assert message.channel == name
    assert told["expect"], "a sample must expect something"
    for field, expected in told["expect"].items():
        _assert_field(message, field, expected)


def _assert_field(message: InboundMessage, field: str, expected: Any) -> None:
    found = getattr(message, field)
    if field == "attachments":
        found = [{"filename": a.filename, "content_type": a.content_type, "size": a.size} for a in found]
        expected = [{name: one[name] for name in ("filename", "content_type", "size")} for one in expected]
    elif field == "details":
        found = {name: found.get(name) for name in expected}
    elif field in TIMES and expected is not None:
        expected = datetime.fromisoformat(expected)
    elif isinstance(found, tuple):
        found = list(found)
    assert found == expected, field


@pytest.mark.parametrize("name", registry.names())
def test_the_same_payload_has_the_same_name_for_ever(name: str) -> None:
    for case in sorted((HOUSE / name / "samples").glob("*.json")):
        told = json.loads(case.read_text(encoding="utf-8"))
        if "error" not in told:
            again = [
                registry.get(name).read(raw_beside(case), received_at=when, **told.get("context", {}))
                for when in (NOW, datetime(2026, 12, 24, 9, 0, tzinfo=UTC))
            ]
            assert again[0].external_id == again[1].external_id
            assert again[0].our_address == again[1].our_address


def _mutated(name: str) -> st.SearchStrategy[bytes]:
    """Samples with a piece cut out, doubled or overwritten: nearer to real damage than random bytes."""
    raws = [raw_beside(case)[:20_000] for case in sorted((HOUSE / name / "samples").glob("*.json"))]

    def damage(raw: bytes, start: int, length: int, junk: bytes) -> bytes:
        at = start % (len(raw) + 1)
        return raw[:at] + junk + raw[at + length :]

    return st.builds(
        damage, st.sampled_from(raws or [b""]), st.integers(0, 20_000), st.integers(0, 40), st.binary(max_size=20)
    )


@pytest.mark.parametrize("name", registry.names())
@given(data=st.data())
@examples(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_reading_raises_nothing_but_unreadable(name: str, data: st.DataObject) -> None:
    raw = data.draw(st.one_of(st.binary(max_size=300), _mutated(name)))
    try:
        message = registry.get(name).read(raw, received_at=NOW, our_address="landlord")
    except errors.UnreadablePayload:
        return
    for text in (message.text, message.new_text, message.subject, message.sender, message.external_id):
        text.encode("utf-8")  # no half of a surrogate pair
        assert "\x00" not in text
    assert "\\u0000" not in json.dumps(message.details)
