"""Mail that bears the code of a probe: recognised wherever the code stands, and set aside with its shape."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feedback import probes
from feedback.db import Database
from feedback.models import Filing, PathProbe, RawMessage
from mail_ingest.cleaning import storable
from mail_ingest.habits import Coming
from mail_ingest.parse import parse
from mail_ingest.parsed import ParsedMail
from mail_ingest.path_shape import observe
from mail_ingest.understanding import Arrived

# A Date further away than this from the day of arrival tells no delay.
MOST_DELAY = timedelta(days=400)
_MOST_ATTACHED = 3
# A probe is short, and reading an attached message costs as much as reading the mail itself.
_LARGEST_ATTACHED = 256 * 1024
_ATTACHED_MESSAGE = "message/rfc822"


def find(database: Database, mail: ParsedMail, raw: RawMessage) -> PathProbe | None:
    """The probe whose code stands in the mail, or in one that it brings along."""
    texts = [mail.subject, mail.text, mail.opinion.subject, mail.opinion.text]
    attached = [file.content for file in mail.attachments if file.content_type == _ATTACHED_MESSAGE]
    short = [content for content in attached if len(content) <= _LARGEST_ATTACHED]
    for inner in map(parse, short[:_MOST_ATTACHED]):
        texts += [inner.subject, inner.text]
    codes = probes.codes_in(dict.fromkeys(texts))
    if not codes:
        return None
    with database.reading() as session:
        return probes.find(session, codes, arrived_at=raw.received_at)


def arrival(raw: RawMessage, probe: PathProbe, arrived: Arrived) -> Callable[[Session, Filing, datetime], None]:
    """What sets the mail aside and notes the shape that the probe came in."""
    coming = Coming(arrived.envelope.recipients, storable(arrived.envelope.sender))
    shape = observe(arrived.content, arrived.mail, coming, probes.script(probe))
    written_at = _plausible(arrived.mail.date, raw.received_at)

    def act(session: Session, filing: Filing, now: datetime) -> None:
        probes.arrived(session, filing, probe.id, shape, written_at=written_at, now=now)

    return act


def _plausible(written_at: datetime | None, arrived_at: datetime) -> datetime | None:
    if written_at is None or written_at.tzinfo is None or abs(written_at.year - arrived_at.year) > 2:
        return None
    return written_at if abs(arrived_at - written_at) < MOST_DELAY else None
