"""`kill -9` at each step between accept and delivered: nothing lost, nothing doubled, and no doubt left open.

At each point a process dies for good, in the middle of real work; whatever keeps it (the launcher, gunicorn) starts
it again. What the provider took is read from the provider, not from us.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from support.fault import House, Point, eventually
from support.fault_channels import EWA, NGOZI, RESIDENTS, STAN, WORDS, Chats, Line, Tally, Texts, how_settled, tally
from support.twilio_server import ACCOUNT

from casework.storage.tables import JournalLine, Message, Notice
from notifier import sweep

pytestmark = [pytest.mark.needs("redis")]

SEAL, RING = "casework.storage.journal:seal", "casework.storage.bell:ring_all"
MOVE = "channels.email.collect:MailSource.settle"
CLAIM, SEND, RECORD = "casework.storage.delivery:claim", "notifier.deliver:_send", "notifier.deliver:_record"
ACCEPTED = "casework.storage.delivery:note_accepted"
DOUBTED, SETTLED = "notifier.sweep:_doubt_what_was_cut_off", "notifier.sweep:_settle_one"
ANSWER_OF_TWILIO, ANSWER_OF_SMTP = "urllib3.connection:HTTPConnection.getresponse", "smtplib:SMTP.getreply"

COLLECTING, PROCESSING, DELIVERING = (
    {"inside": name} for name in ("collect_once", "process_messages", "deliver_notices")
)

NOT_SENT = Point(SEND, "before", **DELIVERING)
GONE = Point(RECORD, "before", **DELIVERING)


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
    at("web 1: read, not committed", "web", SEAL, "after", "sms", "chat", "form"),
    at("web 2: committed, bell not rung", "web", RING, "before", "sms", "chat", "form"),
    at("web 3: bell rung, not answered", "web", RING, "after", "sms", "chat", "form"),
    at("smtp door 1: read, not committed", "door", SEAL, "after", "door"),
    at("smtp door 2: committed, bell not rung", "door", RING, "before", "door"),
    at("smtp door 3: bell rung, no 250 said", "door", RING, "after", "door"),
    at("collector 1: fetched, not kept", "worker", "intake.collect:store", "before", "email", "polled"),
    at("collector 2: kept, not committed", "worker", SEAL, "after", "email", "polled", **COLLECTING),
    at("collector 3: committed, bell not rung", "worker", RING, "before", "email", "polled", **COLLECTING),
    at("collector 4: committed, not moved to Processed", "worker", MOVE, "before", "email"),
    at("collector 5: moved to Processed", "worker", MOVE, "after", "email"),
    at("intake 1: bell heard, nothing taken", "worker", "casework.storage.messages:take", "before"),
    at("intake 2: case opened, not committed", "worker", "casework.storage.cases:open_case", "after"),
    at("intake 3: notice owed, not committed", "worker", SEAL, "after", **PROCESSING),
    at("intake 4: committed, bell not rung", "worker", RING, "before", **PROCESSING),
    at("intake 5: bell rung, job not ended", "worker", RING, "after", **PROCESSING),
    at("notices 1: bell heard, nothing claimed", "worker", CLAIM, "before", **DELIVERING),
    at("notices 2: claimed, not committed", "worker", CLAIM, "after", **DELIVERING),
    at("notices 3: claim committed, not sent", "worker", SEND, "before", **DELIVERING),
    at("notices 4: request gone, no answer read", "worker", ANSWER_OF_TWILIO, "before", "sms"),
    at("notices 4: mail gone, no answer read", "worker", ANSWER_OF_SMTP, "before", "email", inside="_content", nth=2),
    at("notices 5: provider took it, not recorded", "worker", RECORD, "before", **DELIVERING),
    at("notices 6: recorded, not committed", "worker", ACCEPTED, "after", **DELIVERING),
    at("notices 7: record committed", "worker", RECORD, "after", **DELIVERING),
    Step("settle 1: doubt noted, not asked", "worker", (GONE, Point(DOUBTED, "after"))),
    Step("settle 2: asked (it had gone), not recorded", "worker", (GONE, Point(SETTLED, "before"))),
    Step("settle 3: asked (not there), not recorded", "worker", (NOT_SENT, Point(SETTLED, "before"))),
    Step("settle 4: released, bell not rung", "worker", (NOT_SENT, Point(SETTLED, "after"))),
    at("tick: died before it looked", "worker", "intake.sweep:ring_for_waiting", "before"),
    at("power cut: case opened, not committed", "worker", "casework.storage.cases:open_case", "after", whole=True),
    at("power cut: provider took it, not recorded", "worker", RECORD, "before", whole=True, **DELIVERING),
)

DOORS = {"sms": ("web",), "chat": ("web",), "form": ("web",), "door": ("door",)}
"""What must stand open beside the launcher for a channel to be heard."""

CASES = [
    pytest.param(
        step,
        channel,
        id=f"{step.name}-{channel}",
        marks=[pytest.mark.needs("dovecot")] if channel in ("email", "form", "door") else [],
    )
    for step in STEPS
    for channel in step.channels
]


@pytest.mark.parametrize(("step", "channel"), CASES, indirect=["channel"])
def test_killed_at_any_step_nothing_is_lost_and_nothing_doubled(
    step: Step, channel: Line, house: House, database: str, row: Callable[..., None]
) -> None:
    for entry in ("worker", *DOORS.get(channel.name, ())):
        house.start(entry, *(step.points if entry == step.entry else ()))
    if "web" in DOORS.get(channel.name, ()):
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


def test_a_chat_that_may_have_gone_waits_for_a_person(
    polled: Chats, house: House, database: str, row: Callable[..., None]
) -> None:
    """Telegram cannot be asked what it has taken, so nothing is sent again until somebody has found out."""
    house.start("worker", Point(RECORD, "before", **DELIVERING))
    polled.send(NGOZI)
    house.wait_for_the_deaths()
    house.wait_until_settled(1, doubts=1)
    with house.book.reading() as session:
        doubted = session.scalars(select(Notice.id).where(Notice.state == "in_doubt")).one()
        alerts = [alert.facts["why"] for alert in session.scalars(select(Notice).where(Notice.channel == "alert"))]
    assert alerts in ([], ["in_doubt"])
    sweep.decide(house.book, doubted, arrived=True, now=datetime.now(UTC))
    house.wait_until_settled(1)
    counted = tally(house, polled, (NGOZI,))
    row("notices 5: provider took it, not recorded", database, polled.name, counted.lost, counted.doubled,
        "in doubt: a person found out")  # fmt: skip
    assert counted == Tally(lost=0, doubled=0)


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("web 4: proof of delivery read, not committed", Point(SEAL, "after", inside="_commit", nth=2)),
        ("web 5: proof of delivery committed, not answered", Point(RING, "after", nth=2)),
    ],
)
def test_a_proof_of_delivery_is_not_lost_with_the_web(
    name: str, point: Point, texts: Texts, house: House, database: str, row: Callable[..., None]
) -> None:
    house.start("worker")
    house.start("web", point)
    house.wait_until_open()
    texts.send(NGOZI)
    house.wait_until_settled(1)
    sent = texts.received(NGOZI)[0]
    callback = texts.twilio.callbacks[sent["sid"]].removeprefix(house.url)
    for status in ("sent", "delivered"):
        fields = {"MessageSid": sent["sid"], "MessageStatus": status, "AccountSid": ACCOUNT}
        texts.answers.append(texts.push(callback, fields))
    house.wait_for_the_deaths()
    with house.book.reading() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "receipt")).one()
        lines = session.scalars(select(JournalLine.event).where(JournalLine.event == "notice_delivered")).all()
    counted = tally(house, texts, (NGOZI,))
    row(name, database, "sms", counted.lost, counted.doubled, how_settled(house, texts))
    assert (notice.state, len(lines)) == ("delivered", 1)
    assert counted == Tally(lost=0, doubled=0)
    house.check_the_books()


def test_a_message_that_kills_its_reader_each_time_is_set_aside_and_stops_nobody(
    texts: Texts, house: House, database: str, row: Callable[..., None]
) -> None:
    """Memory or a library gives out over one text, again and again: staff find it in quarantine (law 9)."""
    house.start("web")
    house.wait_until_open()
    texts.send(NGOZI, f"{WORDS} Poison.")
    for resident in (STAN, EWA):
        texts.send(resident)
    house.start("worker", Point("classifier.pipeline:Reader.assess_many", "before", words="Poison"))
    house.wait_until_settled(3)
    with house.book.reading() as session:
        states = session.scalars(select(Message.state).order_by(Message.id)).all()
        alerts = [alert.facts["why"] for alert in session.scalars(select(Notice).where(Notice.channel == "alert"))]
    counted = tally(house, texts, (STAN, EWA))
    row("intake 6: dies of the same message each time", database, "sms", counted.lost, counted.doubled, "in quarantine")
    assert states == ["quarantined", "processed", "processed"]
    assert alerts == ["quarantine"]
    assert counted == Tally(lost=0, doubled=0)
    house.check_the_books()


def test_a_notice_that_kills_its_sender_each_time_stops_nobody(
    texts: Texts, house: House, database: str, row: Callable[..., None]
) -> None:
    house.start("web")
    house.wait_until_open()
    for resident in (STAN, NGOZI, EWA):
        texts.send(resident)
    house.start("worker", queues=("intake",))
    eventually(lambda: house.owed() == 3, 20, house.states)
    house.start("worker", Point(SEND, "before", words=NGOZI.phone), queues=("notices", "housekeeping"))
    eventually(lambda: texts.received(STAN) and texts.received(EWA), 40, house.states)
    house.wait_for_the_deaths()
    counted = tally(house, texts, (STAN, EWA))
    row(
        "notices 8: dies of the same notice each time",
        database,
        "sms",
        counted.lost,
        counted.doubled,
        "the others were asked about and sent",
    )
    assert counted == Tally(lost=0, doubled=0)
    assert texts.received(NGOZI) == []
