"""Staff in the book: who may sign in to the console, in which role, and with which password.

Passwords are kept as argon2id hashes. Checking one takes as long for an e-mail address that nobody has as for
one that somebody has, so that addresses cannot be guessed by the clock.
"""

from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.storage import journal
from casework.storage.tables import StaffMember

ROLES = (
    "officer", "handler", "reviewer", "manager", "member_responsible", "data_protection", "auditor", "admin",
)  # fmt: skip
"""What somebody does for the landlord; `member_responsible` is the governing body's, and only reads (Code 9.5)."""

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
"""Longer is no safer, and hashing megabytes would keep the process busy."""


class NotStaff(LookupError):
    """Raised when nobody among the staff has this e-mail address."""

    def __init__(self, email: str) -> None:
        super().__init__(f"Nobody among the staff has the e-mail address {email}.")


class AlreadyStaff(ValueError):
    """Raised when somebody with this e-mail address is active already."""

    def __init__(self, email: str) -> None:
        super().__init__(
            f"{email} is among the staff already. For a new password or role, deactivate them and add them again."
        )


class UnfitPassword(ValueError):
    """Raised for a password that is too short or too long; the sentence says what is wanted."""

    def __init__(self) -> None:
        super().__init__(f"A password needs between {SHORTEST_PASSWORD} and {LONGEST_PASSWORD} characters.")


def add(
    session: Session,
    *,
    email: str,
    name: str,
    role: str,
    password: str,
    now: datetime,
    phone: str = "",
    actor: str = "operator",
) -> StaffMember:
    """Let somebody sign in; who was deactivated comes back with the new name, role and password.

    Raises AlreadyStaff and UnfitPassword, and ValueError for a role there is not.
    """
    if role not in ROLES:
        raise ValueError(f"There is no role {role!r}. There are: {', '.join(ROLES)}.")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UnfitPassword
    address = email.strip().lower()
    member = by_email(session, address)
    if member is not None and member.active:
        raise AlreadyStaff(address)
    if member is None:
        member = StaffMember(email=address, created_at=now)
        session.add(member)
    member.name, member.role, member.phone, member.active = name.strip(), role, phone.strip(), True
    member.password_hash = _hasher().hash(password)
    session.flush()
    journal.write(session, "staff_added", at=now, actor=actor, staff=member.id, role=role)
    return member


def deactivate(session: Session, email: str, *, now: datetime, actor: str = "operator") -> StaffMember:
    """Let somebody sign in no more, and end what they are signed in to; raises NotStaff."""
    member = by_email(session, email)
    if member is None:
        raise NotStaff(email)
    if member.active:
        member.active = False
        journal.write(session, "staff_deactivated", at=now, actor=actor, staff=member.id)
    return member


def by_email(session: Session, email: str) -> StaffMember | None:
    """The one with this address, active or not."""
    return session.scalar(select(StaffMember).where(StaffMember.email == email.strip().lower()))


def everybody(session: Session) -> list[StaffMember]:
    """All who are or were among the staff, by name."""
    return list(session.scalars(select(StaffMember).order_by(StaffMember.name, StaffMember.id)))


def active(session: Session) -> list[StaffMember]:
    """Those who may sign in, by name."""
    return [member for member in everybody(session) if member.active]


def password_fits(kept_hash: str | None, password: str) -> bool:
    """Whether the password is the one behind the hash; None, for nobody, takes as long and never fits."""
    try:
        _hasher().verify(kept_hash or _nobodys_hash(), password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return kept_hash is not None and len(password) <= LONGEST_PASSWORD


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")
