"""What stands inside the house: settings, book, bell, workers, calendar, policy, model, clock, disk."""

import os
import shutil
from datetime import UTC, datetime, timedelta

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Worker
from sqlalchemy import func, select, text

from casework import calendar
from casework.rules import rules_of
from casework.settings import settings
from casework.storage import bell, delivery, messages, schema
from casework.storage.sessions import book
from casework.storage.tables import Message, Notice
from channels.virus_scan import NoScan, virus_in
from commands.doctor.finding import Broken, NotSetUp
from commands.run import embedded_redis, redis_binary, variables
from commands.run.errors import CannotStart

DRIFT = timedelta(seconds=5)
LATE = timedelta(minutes=5)
LEAST_FREE = 1 << 30


def settings_are_known() -> str:
    try:
        variables.refuse_unknown(os.environ)
    except CannotStart as error:
        raise Broken(str(error)) from error
    ours = [name for name in os.environ if name.startswith(variables.PREFIX)]
    return f"{len(ours)} set; the rest is by default"


def database() -> str:
    ours = book()
    with ours.engine.connect() as connection:
        backend = connection.dialect.name
        asked = "SELECT sqlite_version()" if backend == "sqlite" else "SHOW server_version"
        version = connection.execute(text(asked)).scalar_one()
    where = ours.engine.url.render_as_string(hide_password=True)
    if not schema.is_current(ours):
        raise Broken(f"{where} is not at the schema of this version: run earshot migrate (earshot run does it itself)")
    return f"{backend} {version} at {where}, schema up to date"


def bell_rings() -> str:
    url = settings().redis_url
    if url is None:
        return _embedded()
    if url.get_secret_value() in ("", "none"):
        raise NotSetUp("the workers read the book themselves (EARSHOT_REDIS_URL=none)")
    return _listen(Redis.from_url(url.get_secret_value(), socket_timeout=5, retry=Retry(NoBackoff(), 0)), "Redis")


def _embedded() -> str:
    binary = redis_binary.find()
    if binary is None:
        raise NotSetUp("no Redis 6.2 or newer here: the workers read the book themselves, a little slower")
    server = embedded_redis.EmbeddedRedis(settings().var / "redis", binary)
    if not server.socket.exists():
        return f"embedded {binary}; earshot run starts it"
    return _listen(Redis.from_url(server.url, socket_timeout=5, retry=Retry(NoBackoff(), 0)), "embedded Redis")


def _listen(connection: Redis, name: str) -> str:
    try:
        with connection:
            about = connection.info()
            waiting = {queue: connection.llen(f"rq:queue:{queue}") for queue in bell.QUEUES}
            heard = {queue for worker in Worker.all(connection=connection) for queue in worker.queue_names()}
    except (RedisError, OSError) as error:
        raise Broken(f"{name} does not answer ({type(error).__name__}): nothing is lost, but start it again") from error
    version = tuple(int(part) for part in str(about["redis_version"]).split("."))
    if version < redis_binary.OLDEST:
        raise Broken(f"{name} {about['redis_version']} loses what a dying worker holds: use 6.2 or newer")
    if about.get("maxmemory_policy", "noeviction") != "noeviction":
        raise Broken(f"{name} may throw jobs away when full: set maxmemory-policy noeviction")
    deaf = [queue for queue in bell.QUEUES if queue not in heard]
    if deaf:
        raise Broken(f"no worker listens to {', '.join(deaf)}: start python -m worker (earshot run does it itself)")
    return f"{name} {about['redis_version']}, every queue has a worker, {sum(waiting.values())} jobs waiting"


def backlog() -> str:
    """What should long be done: the worst that can be wrong without any part being broken."""
    late = datetime.now(UTC) - LATE
    with book().reading() as session:
        unread = messages.waiting(session, now=late, limit=1000)
        unsent = delivery.due(session, now=late, limit=1000, alerts=False)
        aside = session.scalar(select(func.count()).where(Message.state == "quarantined")) or 0
        doubts = session.scalar(select(func.count()).where(Notice.state == "in_doubt")) or 0
    if unread or unsent:
        raise Broken(
            f"{len(unread)} messages and {len(unsent)} notices wait for over five minutes: are workers running?"
        )
    return f"nothing waits; {aside} in quarantine, {doubts} in doubt"


def policy() -> str:
    rules = rules_of(settings().policy)
    return f"{settings().policy} ({rules.policy.landlord}), {rules.calendar.nation}"


def bank_holidays() -> str:
    known = calendar.calendar_for(rules_of(settings().policy).policy.nation)
    needed = datetime.now(UTC).year + 1
    if needed not in known.years:
        raise Broken(f"bank holidays are known to the end of {known.years[-1]} only: install a newer Earshot")
    return f"bank holidays of {known.nation} to the end of {known.years[-1]}"


def model() -> str:
    from casework.storage import models
    from intake.active_model import read_model, shipping

    with book().reading() as session:
        active = models.active(session)
    try:
        reader = shipping() if active == models.SHIPS else read_model(active)
    except (OSError, ValueError) as error:
        mend = "run earshot models roll-back" if active else "run make train"
        raise Broken(f"the model {active or 'that ships'} cannot be read: {mend}") from error
    read = reader.assess("The boiler has been broken for the third time and nobody has come.")
    return f"{reader.version}, reads a broken boiler as a {read.primary.value.replace('_', ' ')}"


def clock() -> str:
    """Our time beside the database's, where it stands on another machine: due dates hang on both."""
    ours = book()
    if ours.engine.dialect.name == "sqlite":
        return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC; the book is on this machine, so there is one clock"
    with ours.engine.connect() as connection:
        before = datetime.now(UTC)
        theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        after = datetime.now(UTC)
    drift = max(before - theirs, theirs - after, timedelta(0))
    if drift > DRIFT:
        raise Broken(f"the database's clock is {drift.total_seconds():.0f} s away from ours: let both follow NTP")
    return f"within {max(drift.total_seconds(), 0.001):.3f} s of the database's"


def virus_scanner() -> str:
    address = settings().clamav
    if not address:
        raise NotSetUp("set EARSHOT_CLAMAV to have files scanned; without it they are marked as not scanned")
    try:
        virus_in(b"Nothing is wrong with this file.", address)
    except NoScan as error:
        raise Broken(f"{error} Start clamd; until then files are kept and marked as not scanned") from error
    return f"ClamAV at {address} answers"


def disk() -> str:
    var = settings().var
    free = shutil.disk_usage(var if var.exists() else var.absolute().parent).free
    if free < LEAST_FREE:
        raise Broken(f"{free >> 20} MiB free for {var}: make room before messages can no longer be kept")
    return f"{free >> 30} GiB free for {var}"
