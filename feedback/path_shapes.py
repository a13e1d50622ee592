"""In what shape a probe arrived, and what that tells of how a mailbox forwards: values only."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from feedback.errors import _


class Way(StrEnum):
    """How the parser understood it, with what it knew then."""

    DIRECT = "direct"
    REDIRECTED = "redirected"
    BY_HAND = "by-hand"

    @property
    def label(self) -> str:
        return WAY_LABELS[self]


class EnvelopeForm(StrEnum):
    """What became of MAIL FROM. `srs`: the Sender Rewriting Scheme or Gmail's own."""

    KEPT = "kept"
    SRS = "srs"
    MAILBOX = "mailbox"
    OTHER = "other"
    EMPTY = "empty"

    @property
    def label(self) -> str:
        return ENVELOPE_LABELS[self]


class SenderForm(StrEnum):
    """What became of the From line."""

    KEPT = "kept"
    MAILBOX = "mailbox"
    ABSENT = "absent"

    @property
    def label(self) -> str:
        return SENDER_LABELS[self]


WAY_LABELS = {
    Way.DIRECT: _("Straight to us, as far as can be seen: nothing tells of a mailbox in between."),
    Way.REDIRECTED: _("Passed on whole by a rule of a mailbox."),
    Way.BY_HAND: _("Forwarded by hand, inside another mail."),
}
ENVELOPE_LABELS = {
    EnvelopeForm.KEPT: _("kept: that of the writer"),
    EnvelopeForm.SRS: _("rewritten by the Sender Rewriting Scheme (SRS)"),
    EnvelopeForm.MAILBOX: _("rewritten: the published mailbox"),
    EnvelopeForm.OTHER: _("rewritten in another way"),
    EnvelopeForm.EMPTY: _("empty"),
}
SENDER_LABELS = {
    SenderForm.KEPT: _("kept: names the writer"),
    SenderForm.MAILBOX: _("rewritten: names the published mailbox"),
    SenderForm.ABSENT: _("missing"),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One arrival. No address and no name of a person: domains of servers, names of headers, words."""

    way: Way
    hops: int
    # Servers that took it over, newest first, as far as they give a whole name.
    servers: tuple[str, ...]
    envelope: EnvelopeForm
    # Of a rewritten envelope sender, else empty.
    envelope_domain: str
    sender: SenderForm
    is_to_mailbox: bool
    is_to_us: bool
    # Names of headers, in small letters: those that speak of forwarding, and the others that are not of every mail.
    marks: tuple[str, ...]
    others: tuple[str, ...]
    # The header that names the writer where From does not.
    writer_header: str
    # What the parser would have taken it for, had it borne no code: `bounce`, `auto-reply`, `list` or empty.
    automatic: str
    is_subject_intact: bool
    is_text_intact: bool

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        lists = {name: tuple(kept[name]) for name in ("servers", "marks", "others")}
        words = {"way": Way(kept["way"]), "envelope": EnvelopeForm(kept["envelope"])}
        return cls(**{**kept, **lists, **words, "sender": SenderForm(kept["sender"])})

    @property
    def has_traces(self) -> bool:
        """Whether a later mail could be told by the envelope alone."""
        return self.envelope in {EnvelopeForm.SRS, EnvelopeForm.MAILBOX, EnvelopeForm.OTHER}


@dataclass(frozen=True, slots=True)
class Habit:
    """How one mailbox passes mail on. A mail shows it that bears all `headers`; without any, the same envelope."""

    mailbox: str
    headers: tuple[str, ...]
    envelope: EnvelopeForm
    envelope_domain: str
    sender: SenderForm
    writer_header: str

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        words = {"envelope": EnvelopeForm(kept["envelope"]), "sender": SenderForm(kept["sender"])}
        return cls(**{**kept, **words, "headers": tuple(kept["headers"])})


def habit_of(shape: Shape, mailbox: str, headers: Sequence[str]) -> Habit:
    return Habit(
        mailbox=mailbox.lower(),
        headers=tuple(headers),
        envelope=shape.envelope,
        envelope_domain=shape.envelope_domain,
        sender=shape.sender,
        writer_header=shape.writer_header,
    )
