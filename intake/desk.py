"""What the desk works with: the book, the rules, and who we are."""

from dataclasses import dataclass, field

from casework.rules import Rules, rules_of
from casework.settings import settings
from casework.storage.sessions import Book, book


@dataclass(frozen=True, slots=True)
class Forwards:
    """Who may forward residents' mail: `to` is the address for it, `domains` are our own staff's, `server` is the
    name of our own mail server, whose word proves that a mail is from who it says.
    """

    to: str = ""
    domains: frozenset[str] = frozenset()
    server: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """The book, the rules, and who we are; made once a process and handed down."""

    book: Book
    rules: Rules
    landlord: str
    address: str
    secret: str = field(repr=False)
    forwards: Forwards = Forwards()


def desk() -> Desk:
    """The desk of this deployment, as the environment describes it."""
    ours = settings()
    rules = rules_of(ours.policy)
    forwards = Forwards(ours.forward_to, ours.own_domains, ours.authserv_id.strip())
    return Desk(book(), rules, ours.landlord or rules.policy.landlord, ours.address, ours.secret, forwards)
