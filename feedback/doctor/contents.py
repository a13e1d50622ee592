"""What lies in the house and should not, such as mail that waits, and what should and does not."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from feedback import schema, seals, silence
from feedback.doctor.line import Line, Site, bad, good, note
from feedback.errors import _
from feedback.models import Filing, FilingState, Notice, Outgoing, OutgoingState, RawMessage, Role, Staff

NOTICE, STAFF, MAIL, OUTBOX = _("Notice"), _("Staff"), _("Incoming mail"), _("Outgoing mail")
HISTORY = _("History seals")
LONG = timedelta(minutes=10)
SLIGHT = timedelta(minutes=2)
# Counting stops here: nobody needs to know more exactly.
MOST_COUNTED = 1000


def look(site: Site) -> Iterator[Line]:
    try:
        if schema.standing(site.database) != schema.needed():
            return  # that was said already, and the tables may be others
        with site.database.reading() as session:
            yield _notice(session)
            yield _administrators(session)
            yield _waiting(session, site.now)
            yield from _future(session, site.now)
            yield from _silence(session, site.now)
            yield from _outbox(session, site)
            yield _history(session, site.now)
    except DBAPIError:
        return


def _notice(session: Session) -> Line:
    title = session.scalar(select(Notice.title).order_by(Notice.id.desc()).limit(1))
    if title is None:
        return bad(NOTICE, _("None is published: residents see an empty page."), "feedback notice import FILE")
    return good(NOTICE, _("Published: %(title)s"), title=title)


def _administrators(session: Session) -> Line:
    able = select(Staff.must_change_password).where(Staff.role == Role.ADMINISTRATOR, Staff.is_active)
    waiting = list(session.scalars(able))
    if not waiting:
        return bad(
            STAFF, _("There is no administrator who can sign in."), "feedback user add NAME --role administrator"
        )
    if all(waiting):
        return note(
            STAFF,
            _("No administrator has signed in yet and changed the one-time password."),
            _("Sign in at %(url)s."),
            url="/staff/",
        )
    return good(STAFF, _("%(count)d administrators can sign in."), count=len(waiting))


def _waiting(session: Session, now: datetime) -> Line:
    waits = Filing.state == FilingState.WAITING
    oldest = session.scalar(select(func.min(RawMessage.received_at)).join(RawMessage.filing).where(waits))
    count = _counted(session, waits)
    if oldest is None:
        return good(MAIL, _("Nothing waits to be filed."))
    values = {"count": count, "minutes": max(0, int((now - oldest).total_seconds() // 60))}
    sentence = _("%(count)d messages wait to be filed, the oldest for %(minutes)d minutes.")
    if now - oldest > LONG:
        remedy = _("See Mail in the staff pages for what is in the way; is the filing process running?")
        return bad(MAIL, sentence, remedy, **values)
    if now - oldest > SLIGHT:
        return note(MAIL, sentence, _("Look again in some minutes."), **values)
    return good(MAIL, sentence, **values)


def _counted(session: Session, *of: object) -> int:
    capped = select(1).where(*of).limit(MOST_COUNTED).subquery()  # type: ignore[arg-type]
    return session.scalar(select(func.count()).select_from(capped)) or 0


def _future(session: Session, now: datetime) -> Iterator[Line]:
    newest = session.scalar(select(func.max(RawMessage.received_at)))
    if newest is not None and newest > now + SLIGHT:
        yield bad(
            MAIL,
            _("The newest message came at a time that is still to come: the clock was set back, or was wrong."),
            _("Set the clock right; what was stored with a wrong time keeps it."),
        )


def _silence(session: Session, now: datetime) -> Iterator[Line]:
    quiet = silence.look(session, now=now)
    if quiet.is_unusual:
        yield note(
            MAIL,
            _("No mail has come for %(hours)d hours, longer than usual."),
            _("Test the way with `feedback mail-path start`."),
            hours=quiet.lasted.total_seconds() // 3600,
        )


def _outbox(session: Session, site: Site) -> Iterator[Line]:
    failed = _counted(session, Outgoing.state == OutgoingState.FAILED)
    if failed:
        yield note(
            OUTBOX,
            _("%(count)d mails could not be sent, and are not tried again."),
            _("See Mail in the staff pages: those writers have to be told in another way."),
            count=failed,
        )
    is_late = Outgoing.next_try_at.is_(None) | (Outgoing.next_try_at < site.now - LONG)
    due = (Outgoing.state == OutgoingState.QUEUED, Outgoing.created_at < site.now - LONG, is_late)
    late = _counted(session, *due) if site.settings.relay_url else 0
    if late:
        yield bad(
            OUTBOX,
            _("%(count)d mails should have been sent more than ten minutes ago."),
            _("See Worker and Mail relay in this list."),
            count=late,
        )
    if not failed and not late:
        yield good(OUTBOX, _("Nothing has failed, nothing is late."))


def _history(session: Session, now: datetime) -> Line:
    tail = seals.tail(session)
    if tail.oldest_at is None or now - tail.oldest_at <= LONG:
        return good(HISTORY, _("What was done is sealed."))
    return note(
        HISTORY,
        _("%(count)d acts wait to be sealed, the oldest for %(minutes)d minutes."),
        _("See Worker in this list; after an upgrade it takes a while."),
        count=tail.count,
        minutes=(now - tail.oldest_at).total_seconds() // 60,
    )
