"""How a mail was understood: who wrote it, who passed it on, and what that rests on."""

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import db, rights
from feedback.errors import _
from feedback.models import Fact, Opinion, Relocation, Staff, Understanding
from feedback.rights import Right
from feedback.vault import Vault


class Part(StrEnum):
    WRITER = "writer"
    FORWARDER = "forwarder"
    SENDER = "sender"

    @property
    def label(self) -> str:
        return PART_LABELS[self]


class Ground(StrEnum):
    """What the attribution to the writer rests on, each with how far it can be relied on."""

    OWN_SENDER = "own-sender"
    REDIRECTED = "redirected"
    REWRITTEN = "rewritten"
    INLINE = "inline"
    ATTACHED = "attached"
    REMARK = "remark"
    NOBODY = "nobody"
    OUR_FORWARDER = "our-forwarder"
    UNKNOWN_FORWARDER = "unknown-forwarder"
    DAMAGED = "damaged"

    @property
    def label(self) -> str:
        return GROUND_LABELS[self]


PART_LABELS = {Part.WRITER: _("Wrote it"), Part.FORWARDER: _("Passed it on"), Part.SENDER: _("Sent it to us")}
GROUND_LABELS = {
    Ground.OWN_SENDER: _("Sure: the writer sent it to us; the sender line names the writer."),
    Ground.REDIRECTED: _(
        "Fairly sure: a rule of a mailbox passed it on whole; the sender line still names the writer."
    ),
    Ground.REWRITTEN: _(
        "Not quite sure: the sender line names the mailbox that passed it on, another line the writer."
    ),
    Ground.INLINE: _("Not quite sure: the writer was read in the forwarded text, which the forwarder could change."),
    Ground.ATTACHED: _("Fairly sure: the writer's own message was attached whole."),
    Ground.REMARK: _("Who passed it on wrote an opinion too, and is taken for the writer."),
    Ground.NOBODY: _("Nobody is named as the writer."),
    Ground.OUR_FORWARDER: _("It was passed on by one of our own mailboxes."),
    Ground.UNKNOWN_FORWARDER: _("It was passed on by somebody who is not one of our mailboxes."),
    Ground.DAMAGED: _("The message is damaged or unusual; please compare it with the source."),
}


@dataclass(frozen=True)
class Step:
    """Somebody on the way of a mail. `date` is what is printed there, as ISO 8601 text."""

    part: str
    name: str = ""
    address: str = ""
    date: str | None = None

    @property
    def label(self) -> str:
        return Part(self.part).label


@dataclass(frozen=True)
class Reading:
    """One mail as understood. `steps` go from the writer to us.

    `doubt` is a word for why mail to its writer waits for a clerk's yes (see outbox.REASONS), or empty.
    """

    forward: str | None = None
    grounds: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    doubt: str = ""

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        return cls(
            forward=kept["forward"],
            grounds=tuple(kept["grounds"]),
            defects=tuple(kept["defects"]),
            steps=tuple(Step(**step) for step in kept["steps"]),
            doubt=kept["doubt"],
        )


@dataclass(frozen=True)
class Understood:
    """A reading, and who is named in it, sealed."""

    reading: Reading
    sealed: bytes


def keep(session: Session, opinion: Opinion, reading: Reading, facts: Iterable[Fact] = ()) -> None:
    """Write down how the mail that `opinion` was made of was understood, and why it joined its case."""
    keep_all(session, [(opinion.id, understood(db.vault(session), reading))], facts)


def keep_all(session: Session, read: Iterable[tuple[int, Understood]], facts: Iterable[Fact] = ()) -> None:
    """As `keep` for each of them, by the keys of the opinions; written together."""
    values = sorted(fact.value for fact in facts)
    rows = [
        {
            "opinion_id": opinion_id,
            "forward": one.reading.forward,
            "grounds": list(one.reading.grounds),
            "facts": values,
            "defects": list(one.reading.defects),
            "doubt": one.reading.doubt,
            "sealed": one.sealed,
        }
        for opinion_id, one in read
    ]
    db.add_rows(session, Understanding, rows)


def understood(vault: Vault, reading: Reading) -> Understood:
    """Takes time: before the transaction, where others wait for it."""
    steps = [vars(step) for step in reading.steps]
    return Understood(
        reading, vault.seal(json.dumps({"steps": steps}, ensure_ascii=False).encode("utf-8", "replace"))
    )


def find(session: Session, opinion: Opinion) -> Understanding | None:
    """None for an opinion that did not come by mail. One that was moved is understood as it came in."""
    came_as = session.scalar(select(Relocation.opinion_id).where(Relocation.moved_id == opinion.id))
    return session.get(Understanding, came_as or opinion.id)


def steps(session: Session, opinion: Opinion, *, by: Staff) -> tuple[Step, ...]:
    """Who is named on the way, for one member of staff who opens the identity (which records it)."""
    rights.require(by, Right.OPEN_IDENTITY)
    row = find(session, opinion)
    return tuple(Step(**step) for step in _opened(session, row)["steps"]) if row else ()


def _opened(session: Session, row: Understanding) -> dict[str, Any]:
    opened: dict[str, Any] = json.loads(db.vault(session).open(row.sealed))
    return opened
