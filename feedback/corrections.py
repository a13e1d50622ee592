"""What a clerk corrects: who wrote a mail, and which case an opinion belongs to. What came in stays as it came."""

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from feedback import contacts, file_texts, history, identity, rights, search, triage
from feedback.errors import Conflict, Refusal, _
from feedback.identity import Author
from feedback.models import Action, Attachment, Case, Channel, Correction, Opinion, Relocation, Staff, State
from feedback.rights import Right
from feedback.triage import Act

log = logging.getLogger(__name__)
# What a copy in another case takes over; the rest belongs to the place or must stay unique.
COPIED = (
    "channel",
    "received_at",
    "subject",
    "text",
    "reply_by",
    "recorded_by_id",
    "raw_message_id",
    "sealed_message_id",
    "message_digest",
    "sealed_html",
    "text_digest",
)
COPIED_OF_FILES = ("position", "filename", "content_type", "size", "sha256", "is_inline", "added_at", "added_by_id")


@dataclass(frozen=True)
class Decision:
    """Who corrects, when, and why; `seen` is the version of the opinion's case that stood on the page."""

    by: Staff
    now: datetime
    reason: str
    seen: int

    @property
    def act(self) -> Act:
        return Act(self.by, self.now, self.seen)


def writer_is(session: Session, opinion: Opinion, name: str, email: str, decision: Decision) -> Correction:
    """From now on this person counts as the writer of a mail: answers go to them. The first reading stays kept.

    Raises Refusal without a reason, or with neither a name nor an address that mail can go to.
    """
    reason = _require(opinion, decision)
    if opinion.channel is not Channel.EMAIL:
        raise Refusal(_("Only of a mail can the writer be corrected."))
    author = Author(name=name.strip(), email=contacts.require_email(email) if email.strip() else "")
    if not author.given:
        raise Refusal(_("Please give the writer's name or e-mail address."), field="name")
    row = Correction(
        opinion_id=opinion.id,
        identity=identity.seal(session, author),
        reason=reason,
        at=decision.now,
        by_id=decision.by.id,
    )
    session.add(row)
    session.flush()
    if row.identity is not None:
        search.index(session, [search.of_writer(session, row.identity, author, case_id=opinion.case_id)])
    session.expire(opinion, ["corrections"])
    after = {"opinion": opinion.sequence, "given": author.given}
    _record(session, Action.WRITER_CORRECTED, opinion.case, after, decision)
    return row


def belongs_to(session: Session, opinion: Opinion, case: Case, decision: Decision) -> Opinion:
    """`opinion` belongs to `case`: it is repeated there as a supplement and marked where it came in.

    An opinion that is its whole case takes the case along, which is joined as a duplicate. Raises Conflict where it
    was moved already or `case` was withdrawn, Refusal without a reason or for its own case.
    """
    reason = _require(opinion, decision)
    if case.id == opinion.case_id:
        raise Refusal(_("It is in this case already."), field="number")
    if case.state is State.WITHDRAWN:
        raise Conflict(_("The case was withdrawn by its writer."), field="number")
    if session.get(Relocation, opinion.id) is not None:
        raise Conflict(_("This opinion was moved already."), field="number")
    others = select(func.count()).select_from(Opinion).where(Opinion.case_id == opinion.case_id)
    if session.scalars(others).one() == 1:
        own = opinion.case
        after = {"into": case.leading.number, "opinion": opinion.sequence}
        _record(session, Action.RELOCATED, own, after, decision)
        triage.join(session, own, case, Act(decision.by, decision.now, own.version))
        return opinion
    moved = _repeated(session, opinion, case)
    session.add(
        Relocation(opinion_id=opinion.id, moved_id=moved.id, reason=reason, at=decision.now, by_id=decision.by.id)
    )
    session.flush()
    for one in (opinion.case, case):
        after = {"from": opinion.case.number, "into": case.number, "opinion": moved.sequence}
        _record(session, Action.RELOCATED, one, after, decision)
    return moved


def _repeated(session: Session, opinion: Opinion, case: Case) -> Opinion:
    latest = session.scalar(select(func.max(Opinion.sequence)).where(Opinion.case_id == case.id)) or 0
    writer = opinion.writer
    moved = Opinion(
        case=case,
        sequence=latest + 1,
        item=case.item,
        kind=case.kind,
        identity_id=writer.id if writer else None,
        attachments=[
            Attachment(**{name: getattr(file, name) for name in COPIED_OF_FILES}) for file in opinion.attachments
        ],
        **{name: getattr(opinion, name) for name in COPIED},
    )
    session.add(moved)
    session.flush()
    file_texts.queue(session, Attachment.opinion_id == moved.id)
    search.index(session, [search.of_opinion(session, moved, identity.unseal(session, writer) if writer else None)])
    return moved


def _require(opinion: Opinion, decision: Decision) -> str:
    """The reason. Raises NotAllowed, Refusal without one, Conflict on a page that is out of date."""
    rights.require(decision.by, Right.TRIAGE)
    triage.require_unchanged(opinion.case, decision.act)
    return history.reason(decision.reason)


def _record(session: Session, action: Action, case: Case, after: dict[str, object], decision: Decision) -> None:
    flag_modified(case, "kind")  # no field of the case has changed, but what its page shows
    session.flush()
    history.record(
        session,
        action,
        case_id=case.id,
        staff=decision.by,
        after=after,
        note=history.reason(decision.reason),
        now=decision.now,
    )
    log.info("%s case=%s", action, case.number)
