"""Every EARSHOT_ variable there is, so that a misspelt one stops the start instead of being ignored in silence."""

import difflib
import importlib
from collections.abc import Iterable
from types import ModuleType

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from channels import registry
from commands.run.errors import CannotStart
from commands.run.parent import STARTED_BY

PREFIX = "EARSHOT_"
ROOMS = ("casework.settings", "intake.smtp_door")


def known() -> set[str]:
    """Every variable that a room reads, and the _FILE twin of each secret."""
    names = {STARTED_BY}
    for room in (*ROOMS, *(f"channels.{name}.settings" for name in registry.names())):
        for kind in _kinds(importlib.import_module(room)):
            for field, described in kind.model_fields.items():
                name = f"{kind.model_config.get('env_prefix', '')}{field}".upper()
                names.add(name)
                if described.annotation in (SecretStr, SecretStr | None):
                    names.add(f"{name}_FILE")
    return names


def refuse_unknown(environment: Iterable[str]) -> None:
    """Raise CannotStart for the first EARSHOT_ variable that nobody reads, naming the nearest that somebody does."""
    ours = known()
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in ours:
            near = difflib.get_close_matches(name, sorted(ours), n=1, cutoff=0.8)
            meant = f" Did you mean {near[0]}?" if near else " See docs/settings.md."
            raise CannotStart(f"There is no setting called {name}.{meant}")


def _kinds(room: ModuleType) -> list[type[BaseSettings]]:
    found = [value for value in vars(room).values() if isinstance(value, type) and issubclass(value, BaseSettings)]
    return [kind for kind in found if kind.model_fields]
