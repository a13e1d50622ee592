"""Staff accounts: adding them, and proving a password."""

import functools
import secrets
import unicodedata
from datetime import datetime

import argon2
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feedback import history, rights, signins
from feedback.errors import Conflict, NotFound, Overtaken, Refusal, _
from feedback.models import Action, Event, Role, Staff, Unit
from feedback.rights import Right

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
    name = normal(username)
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


def normal(username: str) -> str:
    # A zero sign is in nobody's name, and PostgreSQL takes none.
    return unicodedata.normalize("NFKC", username).replace("\0", "").strip()


def authenticate(session: Session, username: str, password: str) -> Staff:
    """The member of this name and password. Raises Refusal, in the same words and after the same work, otherwise."""
    member = session.scalar(select(Staff).where(Staff.username == normal(username)))
    is_known = member is not None and member.is_active
    matches = _matches(member.password_hash if member and is_known else _decoy(), password)
    if member is None or not is_known or not matches:
        raise Refusal(_("The user name or the password is not right."), field="password")
    return member


def rehashed(member: Staff, password: str) -> str | None:
    """A new hash where the stored one was made with weaker parameters than today's."""
    return HASHER.hash(password) if HASHER.check_needs_rehash(member.password_hash) else None


def _matches(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


@functools.cache
def _decoy() -> str:
    """A hash that no password fits: an unknown name then takes as long as a known one."""
    return HASHER.hash(secrets.token_urlsafe())


def new_hash(member: Staff, present: str, new: str) -> str:
    """The hash of a new password of one's own. Before any transaction: hashing takes its time, and others wait.

    Raises Refusal for a wrong present password or a weak new one.
    """
    if not _matches(member.password_hash, present):
        raise Refusal(_("The present password is not right."), field="present")
    require_strong(new)
    if new == present:
        raise Refusal(_("The new password must differ from the present one."), field="password")
    return HASHER.hash(new)


def change_password(session: Session, member: Staff, password_hash: str, *, now: datetime) -> None:
    """Put in force what `new_hash` made. Every sign-in ends."""
    member.password_hash = password_hash
    member.must_change_password = False
    signins.end_all(session, member, now=now)
    history.record(session, Action.STAFF_CHANGED, staff=member, after={"password": member.id}, now=now)


def reset_password(session: Session, member: Staff, *, seen: int, by: Staff, now: datetime) -> str:
    """A fresh one-time password for somebody who has lost theirs; their sign-ins end. Raises Overtaken."""
    _require(session, member, seen, by)
    password = one_time_password()
    member.password_hash = HASHER.hash(password)
    member.must_change_password = True
    signins.end_all(session, member, now=now)
    history.record(session, Action.STAFF_CHANGED, staff=by, after={"password_reset": member.id}, now=now)
    return password


def change(
    session: Session, member: Staff, role: Role, unit: Unit | None, *, seen: int, by: Staff, now: datetime
) -> None:
    """Role and unit. Raises Overtaken, and Conflict when nobody would be left to administer."""
    _require(session, member, seen, by)
    if role is not member.role and role is not Role.ADMINISTRATOR:
        _require_other_administrator(session, member)
    before = {"role": member.role.value, "unit": member.unit.name if member.unit else None}
    after = {"role": role.value, "unit": unit.name if unit else None}
    changed = [name for name in before if before[name] != after[name]]
    if changed:
        member.role, member.unit = role, unit
        _record(session, member, by, now, {name: (before[name], after[name]) for name in changed})


def deactivate(session: Session, member: Staff, *, seen: int, by: Staff, now: datetime) -> None:
    """Close the account and end its sign-ins. What the member did stays in the history. Raises as `change`."""
    _require(session, member, seen, by)
    if not member.is_active:
        return
    _require_other_administrator(session, member)
    member.is_active = False
    signins.end_all(session, member, now=now)
    _record(session, member, by, now, {"active": (True, False)})


def reactivate(session: Session, member: Staff, *, seen: int, by: Staff, now: datetime) -> None:
    _require(session, member, seen, by)
    if member.is_active:
        return
    member.is_active = True
    _record(session, member, by, now, {"active": (False, True)})


def find(session: Session, username: str, *, to_change: bool = False) -> Staff:
    """The account. When it is to be changed it is locked until the end of the transaction, together with all
    administrators and in one order: two of them cannot take leave of each other at once. Raises NotFound.
    """
    wanted = Staff.username == normal(username)
    if to_change:
        locked = select(Staff.id).where(or_(wanted, Staff.role == Role.ADMINISTRATOR)).order_by(Staff.id)
        session.execute(locked.with_for_update())
    member = session.scalar(select(Staff).where(wanted))
    if member is None:
        raise NotFound(_("There is no account of this name."), field="username")
    return member


def _require(session: Session, member: Staff, seen: int, by: Staff) -> None:
    """Raises Overtaken where the account is no longer as it was on the page."""
    rights.require(by, Right.MANAGE_STAFF)
    if member.version != seen:
        lines = (Event.after[name].as_integer() == member.id for name in history.MEMBERS)
        is_change = Event.case_id.is_(None), Event.action == Action.STAFF_CHANGED, or_(*lines)
        raise Overtaken(history.last(session, *is_change))


def _require_other_administrator(session: Session, member: Staff) -> None:
    others = select(Staff.id).where(
        Staff.role == Role.ADMINISTRATOR, Staff.is_active.is_(True), Staff.id != member.id
    )
    if member.role is Role.ADMINISTRATOR and session.scalars(others).first() is None:
        raise Conflict(_("This is the last administrator; appoint another one first."))


def _record(
    session: Session, member: Staff, by: Staff, now: datetime, change: dict[str, tuple[object, object]]
) -> None:
    history.record(
        session,
        Action.STAFF_CHANGED,
        staff=by,
        before={"member": member.id, **{name: values[0] for name, values in change.items()}},
        after={"member": member.id, **{name: values[1] for name, values in change.items()}},
        now=now,
    )


def require_strong(password: str) -> None:
    """Raises Refusal below 12 characters: length is what helps, so no rule about kinds of signs (NIST SP 800-63B)."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal(
            _("The password needs at least %(count)d characters."), field="password", count=SHORTEST_PASSWORD
        )
