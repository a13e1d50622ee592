"""Staff accounts: adding them, and proving a password."""

import secrets
import unicodedata
from datetime import datetime

import argon2
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import history
from feedback.errors import Conflict, Refusal, _
from feedback.models import Action, Role, Staff

HASHER = argon2.PasswordHasher()
SHORTEST_PASSWORD = 12
# Made without the signs that are mistaken for each other when a one-time password is copied from a screen.
ONE_TIME_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"


def one_time_password() -> str:
    """About 79 bits, in four groups of four."""
    return "-".join("".join(secrets.choice(ONE_TIME_SIGNS) for _sign in range(4)) for _group in range(4))


def add(
    session: Session,
    username: str,
    role: Role,
    password: str,
    *,
    now: datetime,
    display_name: str = "",
    by: Staff | None = None,
    is_one_time: bool = False,
) -> Staff:
    """A new account. Raises Refusal for a weak password or an empty name, Conflict for a name that is taken."""
    name = unicodedata.normalize("NFKC", username).strip()
    if not name:
        raise Refusal(_("Please give a user name."), field="username")
    require_strong(password)
    if session.scalar(select(Staff).where(Staff.username == name)):
        raise Conflict(_("This user name is taken."), field="username")
    member = Staff(
        username=name,
        display_name=display_name.strip() or name,
        role=role,
        password_hash=HASHER.hash(password),
        must_change_password=is_one_time,
    )
    session.add(member)
    session.flush()
    history.record(session, Action.STAFF_CHANGED, staff=by, after={"added": member.id, "role": role.value}, now=now)
    return member


def require_strong(password: str) -> None:
    """Raises Refusal below 12 characters: length is what helps, so no rule about kinds of signs (NIST SP 800-63B)."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal(
            _("The password needs at least %(count)d characters."), field="password", count=SHORTEST_PASSWORD
        )
