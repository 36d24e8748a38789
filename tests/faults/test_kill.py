"""`kill -9` at each step between accept and delivered: nothing lost, nothing doubled, and no doubt left open.

At each point a process dies for good, in the middle of real work; whatever keeps it (the launcher, gunicorn) starts
it again. What the provider took is read from the provider, not from us.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from support.fault import House, Point
from support.fault_channels import RESIDENTS, Mails, Tally, Texts, how_settled, tally

pytestmark = [pytest.mark.needs("redis"), pytest.mark.timeout(60)]

NOT_SENT = Point("notifier.deliver:_send", "before", inside="deliver_notices")
GONE = Point("notifier.deliver:_record", "before", inside="deliver_notices")


@dataclass(frozen=True)
class Step:
    """One row of the table: `entry` dies at `points`, one after the other, on each of `channels`."""

    name: str
    entry: str
    points: tuple[Point, ...]
    channels: tuple[str, ...] = ("sms", "email")


def at(name: str, entry: str, function: str, when: str, *channels: str, **more: object) -> Step:
    return Step(name, entry, (Point(function, when, **more),), channels or ("sms", "email"))  # type: ignore[arg-type]


STEPS = (
    at("web 1: read, not committed", "web", "casework.storage.journal:seal", "after", "sms"),
    at("web 2: committed, bell not rung", "web", "casework.storage.bell:ring_all", "before", "sms"),
    at("web 3: bell rung, not answered", "web", "casework.storage.bell:ring_all", "after", "sms"),
    at("collector 1: fetched, not kept", "worker", "intake.collect:store", "before", "email"),
    at("collector 2: kept, not committed", "worker", "casework.storage.journal:seal", "after", "email", inside="collect_once"),
    at("collector 3: committed, bell not rung", "worker", "casework.storage.bell:ring_all", "before", "email", inside="collect_once"),
    at("collector 4: committed, not moved to Processed", "worker", "channels.email.collect:MailSource.settle", "before", "email"),
    at("collector 5: moved to Processed", "worker", "channels.email.collect:MailSource.settle", "after", "email"),
    at("intake 1: bell heard, nothing taken", "worker", "casework.storage.messages:take", "before"),
    at("intake 2: case opened, not committed", "worker", "casework.storage.cases:open_case", "after"),
    at("intake 3: notice owed, not committed", "worker", "casework.storage.journal:seal", "after", inside="process_messages"),
    at("intake 4: committed, bell not rung", "worker", "casework.storage.bell:ring_all", "before", inside="process_messages"),
    at("intake 5: bell rung, job not ended", "worker", "casework.storage.bell:ring_all", "after", inside="process_messages"),
    at("notices 1: bell heard, nothing claimed", "worker", "casework.storage.delivery:claim", "before"),
    at("notices 2: claimed, not committed", "worker", "casework.storage.delivery:claim", "after", inside="deliver_notices"),
    at("notices 3: claim committed, not sent", "worker", "notifier.deliver:_send", "before", inside="deliver_notices"),
    at("notices 4: request gone, no answer read", "worker", "urllib3.connection:HTTPConnection.getresponse", "before", "sms"),
    at("notices 4: mail gone, no answer read", "worker", "smtplib:SMTP.getreply", "before", "email", inside="_content", nth=2),
    at("notices 5: provider took it, not recorded", "worker", "notifier.deliver:_record", "before", inside="deliver_notices"),
    at("notices 6: recorded, not committed", "worker", "casework.storage.delivery:note_accepted", "after", inside="deliver_notices"),
    at("notices 7: record committed", "worker", "notifier.deliver:_record", "after", inside="deliver_notices"),
    Step("settle 1: doubt noted, not asked", "worker", (GONE, Point("notifier.sweep:_doubt_what_was_cut_off", "after"))),
    Step("settle 2: asked (it had gone), not recorded", "worker", (GONE, Point("notifier.sweep:_settle_one", "before"))),
    Step("settle 3: asked (not there), not recorded", "worker", (NOT_SENT, Point("notifier.sweep:_settle_one", "before"))),
    Step("settle 4: released, bell not rung", "worker", (NOT_SENT, Point("notifier.sweep:_settle_one", "after"))),
    at("tick: died before it looked", "worker", "intake.sweep:ring_for_waiting", "before"),
    at("power cut: case opened, not committed", "worker", "casework.storage.cases:open_case", "after", whole=True),
    at("power cut: provider took it, not recorded", "worker", "notifier.deliver:_record", "before", whole=True, inside="deliver_notices"),
)  # fmt: skip

CASES = [
    pytest.param(
        step,
        channel,
        id=f"{step.name}-{channel}",
        marks=[pytest.mark.needs("dovecot")] if channel == "email" else [],
    )
    for step in STEPS
    for channel in step.channels
]


@pytest.mark.parametrize(("step", "channel"), CASES, indirect=["channel"])
def test_killed_at_any_step_nothing_is_lost_and_nothing_doubled(
    step: Step, channel: Texts | Mails, house: House, database: str, row: Callable[..., None]
) -> None:
    for entry in ("worker", "web") if channel.name == "sms" else ("worker",):
        house.start(entry, *(step.points if entry == step.entry else ()))
    if channel.name == "sms":
        house.wait_until_open()
    for resident in RESIDENTS:
        channel.send(resident)

    house.wait_for_the_deaths()
    if step.points[0].whole:
        house.start("worker")
    house.wait_until_settled(len(RESIDENTS))

    counted = tally(house, channel)
    row(step.name, database, channel.name, counted.lost, counted.doubled, how_settled(house, channel))
    assert counted == Tally(lost=0, doubled=0), house.states()
    house.check_the_books()
