"""`earshot run`: everything on this machine, brought up in order and kept up until Ctrl-C."""

import http.client
import os
import runpy
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from casework.settings import settings
from casework.storage.sessions import book
from commands.run import premises, redis_binary
from commands.run.embedded_redis import EmbeddedRedis
from commands.run.errors import CannotStart
from commands.run.logs import start_logging
from commands.run.processes import Child, Fork, Keeper
from commands.run.variables import refuse_unknown
from commands.run.welcome import welcome
from console.demo import neighbourhood

TRIES = 5


@click.command("run")
@click.option("--demo", is_flag=True, help="A neighbourhood to try it in: sample residents and staff, nothing leaves.")
@click.option("--bind", metavar="HOST:PORT", help="Where to listen (default: EARSHOT_BIND, or 127.0.0.1:8000).")
def command(*, demo: bool, bind: str | None) -> None:
    """Run everything on this machine: web, workers, Redis, mailbox."""
    if bind:
        os.environ["EARSHOT_BIND"] = bind
    try:
        _run(demo=demo)
    except CannotStart as error:
        raise click.ClickException(str(error)) from error


def _run(*, demo: bool) -> None:
    start_logging()
    refuse_unknown(os.environ)
    with ExitStack() as stack:
        var = stack.enter_context(premises.occupy(settings().var.absolute()))
        listening = stack.enter_context(premises.listen_on(settings().bind))
        _set(EARSHOT_VAR=str(var), EARSHOT_BIND=premises.address_of(listening))
        mail_door = stack.enter_context(_open_mail_door(var)) if demo else None
        premises.settle_in(book(), demo=demo)
        if demo:
            neighbourhood.populate(book(), var=var)
        book().close()
        children = [*_bell(var), *_rooms(listening, mail_door)]
        Keeper(children).keep(_Announcer(demo=demo).round)
    click.echo("Earshot has stopped; everything is kept.")


def _set(**variables: str) -> None:
    """Set what the children find in their environment, and what `settings()` says here."""
    os.environ.update(variables)
    settings.cache_clear()


def _bell(var: Path) -> list[Child]:
    """The Redis that Earshot starts for itself, where it is not told of another (or of none)."""
    if settings().redis_url is not None:
        return []
    binary = redis_binary.find()
    if binary is None:
        click.echo("There is no Redis 6.2 or newer here: the workers read the book instead, a little slower.")
        _set(EARSHOT_REDIS_URL="none")
        return []
    redis = EmbeddedRedis(var / "redis", binary)
    redis.prepare()
    _set(EARSHOT_REDIS_URL=redis.url)
    return [Child("redis", redis.start, storey=0)]


def _open_mail_door(var: Path) -> socket.socket:
    """Prepare the demo and hold the port of its mail door, as that of the web: nobody else can be quicker then."""
    for _ in range(TRIES):
        _set(**neighbourhood.prepare(var, settings().bind))
        host, _, port = os.environ["EARSHOT_SMTP_DOOR_BIND"].rpartition(":")
        try:
            return socket.create_server((host, int(port)))
        except OSError:
            continue  # somebody was: another port is prepared
    raise CannotStart(f"No port of {host} can be had for the demo's mail.")


def _rooms(web_door: socket.socket, mail_door: socket.socket | None) -> list[Child]:
    doors = [door for door in (web_door, mail_door) if door is not None]
    rooms = {
        "web": partial(_become, "commands.run.web", keeping=web_door, of=doors),
        "worker": partial(_become, "worker", of=doors),
    }
    if mail_door is not None:
        rooms["smtp door"] = partial(_become, "intake.smtp_door", keeping=mail_door, of=doors)
    return [Child(name, partial(Fork, name, work, own_group=True)) for name, work in rooms.items()]


def _become(module: str, *, keeping: socket.socket | None = None, of: Sequence[socket.socket] = ()) -> None:
    """What `python -m module` does, with the libraries that are loaded already: so a newcomer waits for them once.

    It keeps one of the doors, which it is told by its number, and leaves the others.
    """
    for door in of:
        if door is not keeping:
            door.close()
    sys.argv = [module] if keeping is None else [module, str(keeping.fileno())]
    sys.modules.pop(module, None)  # it may have been read for its settings; now it is the program
    runpy.run_module(module, run_name="__main__")


class _Announcer:
    """Says where to look, once, as soon as somebody who looks there would find us ready."""

    def __init__(self, *, demo: bool) -> None:
        self._demo = demo
        self._announced = False

    def round(self) -> None:
        if not self._announced and _is_ready(settings().bind):
            click.echo(welcome(settings(), demo=self._demo))
            self._announced = True


def _is_ready(bind: str) -> bool:
    asked = http.client.HTTPConnection(premises.reachable(bind), timeout=1)
    try:
        asked.request("GET", "/readyz")
        return asked.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()
