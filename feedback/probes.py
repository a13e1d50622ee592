"""Probes of the path: a code is mailed by hand to the published mailbox, and how it arrives is remembered."""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from feedback import catalogues, history, mailroom, notices, receipts, rights
from feedback.errors import Refusal, _
from feedback.folding import compatible
from feedback.models import Action, Filing, LearnedPath, PathProbe, PathSample, RawMessage, Staff
from feedback.path_shapes import Shape
from feedback.rights import Right

# The word under which a probe is set aside.
REASON = "path-probe"
# A code that turns up later than this is no probe any more, and what bears it is filed like any other mail.
GOOD_FOR = timedelta(days=30)
GROUPS, GROUP = 4, 4
_SIGN = f"[{receipts.ALPHABET}]"
# Line breaks and quoting signs may stand between the groups.
_GAP = r"[-\s>|]{1,8}"
_WORD = "PROBE"
_CODE = re.compile(
    rf"(?<![0-9A-Z]){_WORD}{_GAP}(({_SIGN}{{{GROUP}}}{_GAP}){{{GROUPS - 1}}}{_SIGN}{{{GROUP}}})(?![0-9A-Z])"
)
MOST_CODES = 20
# Of each text this much is looked through; the ready-made mail is far shorter.
LONGEST_TEXT = 200_000


@dataclass(frozen=True)
class Script:
    """What is to be mailed, and to whom."""

    mailbox: str
    subject: str
    body: str


def start(session: Session, *, now: datetime, by: Staff | None = None) -> PathProbe:
    """Issue a code for the mailbox of the current notice; `by` is None for the command.

    Raises NotAllowed without the right, Refusal where the notice names no mailbox.
    """
    if by is not None:
        rights.require(by, Right.PROBE_PATH)
    mailbox = notices.current(session).channels.get("email")
    if not mailbox:
        raise Refusal(_("The notice names no mailbox that a probe could be mailed to."))
    probe = PathProbe(code=_new_code(), mailbox=mailbox, issued_at=now, issued_by_id=by.id if by else None)
    session.add(probe)
    session.flush()
    history.record(session, Action.PATH_PROBED, staff=by, after={"probe": probe.id}, now=now)
    return probe


def script(probe: PathProbe) -> Script:
    """The ready-made mail, in Chinese: what has to survive the way is what residents write."""
    subject = _("Test of the mail path %(code)s")
    body = _(
        "Hello.\n\nThis mail tests whether what is sent to the published mailbox comes through.\n\n"
        "Test code: %(code)s\n\nIt is no opinion and needs no answer. Please change neither subject nor text."
    )
    said = [catalogues.said(text, catalogues.CHINESE, code=probe.code) for text in (subject, body)]
    return Script(probe.mailbox, said[0], said[1])


def codes_in(texts: Iterable[str]) -> list[str]:
    """Everything that has the form of a probe's code, wherever it stands."""
    folded = (compatible(text[:LONGEST_TEXT]).upper() for text in texts)
    found = [match[1] for text in folded if _WORD in text for match in _CODE.finditer(text)]
    return list(dict.fromkeys(_spelled("".join(re.findall(_SIGN, code))) for code in found))[:MOST_CODES]


def find(session: Session, codes: Sequence[str], *, arrived_at: datetime) -> PathProbe | None:
    """The probe that bears one of these codes, while it is good."""
    issued = select(PathProbe).where(PathProbe.code.in_(codes), PathProbe.issued_at > arrived_at - GOOD_FOR)
    return session.scalar(issued.order_by(PathProbe.id.desc()).limit(1)) if codes else None


def arrived(
    session: Session, filing: Filing, probe_id: int, shape: Shape, *, written_at: datetime | None, now: datetime
) -> None:
    """A probe is here: set aside, and its shape remembered. `filing` is claimed."""
    mailroom.set_aside(session, filing, REASON, now=now)
    session.add(
        PathSample(
            raw_message_id=filing.raw_message_id, probe_id=probe_id, written_at=written_at, shape=shape.as_json()
        )
    )
    session.flush()


def latest(session: Session, most: int = 20) -> Sequence[PathProbe]:
    """The last probes, newest first, with their arrivals and what was learned from those."""
    without_bytes = joinedload(PathSample.raw_message).defer(RawMessage.sealed).defer(RawMessage.envelope)
    lessons = selectinload(PathSample.lessons).joinedload(LearnedPath.taught_by)
    statement = select(PathProbe).order_by(PathProbe.id.desc()).limit(most).options(joinedload(PathProbe.issued_by))
    with_samples = (selectinload(PathProbe.samples).options(without_bytes, lessons),)
    return session.scalars(statement.options(*with_samples)).all()


def _new_code() -> str:
    return _spelled("".join(secrets.choice(receipts.ALPHABET) for _sign in range(GROUPS * GROUP)))


def _spelled(signs: str) -> str:
    """`PROBE-2345-6789-HKLM-TWXY`: in groups of four it is neither a receipt code nor a reply token."""
    return "-".join(["PROBE", *(signs[place : place + GROUP] for place in range(0, len(signs), GROUP))])
