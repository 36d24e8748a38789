"""How to reach an Ombudsman, as versioned data: these details go stale, so each has a day from which it holds."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

OMBUDSMEN = Path(__file__).with_name("ombudsmen.toml")


class OmbudsmanContact(BaseModel):
    """One version of a contact block. `email` is empty when new cases are not taken that way."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    valid_from: date
    name: str
    web: str
    phone: str
    post: str
    email: str = ""
    note: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The block as a letter prints it, ways to reach it first to last."""
        email = (f"E-mail: {self.email}",) if self.email else ()
        return (self.name, f"Web: {self.web}", f"Phone: {self.phone}", *email, f"Post: {self.post}")


@cache
def ombudsman_versions(key: str) -> tuple[OmbudsmanContact, ...]:
    """Every version of an Ombudsman's details, oldest first; raises LookupError naming those there are."""
    known = tomllib.loads(OMBUDSMEN.read_text("utf-8"))
    if key not in known:
        raise LookupError(f"There is no Ombudsman called {key!r}. There are: {', '.join(sorted(known))}.")
    found = (OmbudsmanContact.model_validate(block) for block in known[key])
    return tuple(sorted(found, key=lambda contact: contact.valid_from))
