"""Finds the channel folders, so that adding a channel edits nothing."""

import importlib
import importlib.util
import pkgutil
from functools import cache

import channels
from channels.channel import Channel


@cache
def names() -> tuple[str, ...]:
    """Every channel folder, in alphabetical order."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(channels.__path__) if found.ispkg))


@cache
def get(name: str) -> Channel:
    """The channel in folder `name`; raises KeyError naming the folders there are."""
    if name not in names():
        raise KeyError(f"There is no channel called {name!r}. There are: {', '.join(names())}.")
    settings = importlib.import_module(f"channels.{name}.settings")
    inbound = importlib.import_module(f"channels.{name}.inbound")
    outbound = _optional(f"channels.{name}.outbound")
    webhook = _optional(f"channels.{name}.webhook")
    if settings.DESCRIPTION.name != name:
        raise ValueError(f"channels/{name} describes itself as {settings.DESCRIPTION.name!r}: the names must match.")
    return Channel(
        description=settings.DESCRIPTION,
        read=inbound.read,
        settings=settings.settings,
        send=getattr(outbound, "send", None),
        ask=getattr(outbound, "ask", None),
        reply_address=getattr(outbound, "reply_address", None),
        hooks=getattr(webhook, "HOOKS", ()),
        source=getattr(_optional(f"channels.{name}.collect"), "source", None),
        fetch_medium=getattr(_optional(f"channels.{name}.media"), "fetch", None),
        recover=getattr(_optional(f"channels.{name}.recover"), "recover", None),
        original=getattr(_optional(f"channels.{name}.forward"), "original", None),
    )


def every() -> tuple[Channel, ...]:
    """All channels, loaded."""
    return tuple(get(name) for name in names())


def answering(address_kind: str) -> Channel | None:
    """The channel that carries answers to addresses of this kind; None where none does."""
    return next((c for c in every() if c.description.answers and c.description.address_kind == address_kind), None)


def _optional(module: str) -> object | None:
    return importlib.import_module(module) if importlib.util.find_spec(module) else None
