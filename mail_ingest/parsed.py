"""What reading one message yields: values only, no behaviour beyond the printed form."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

ForwardKind = Literal["inline", "attached", "redirected"]
AutomaticKind = Literal["bounce", "auto-reply", "list"]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name and an address; either may be empty."""

    name: str
    address: str

    def as_dict(self) -> dict[str, str]:
        return {"name": self.name, "address": self.address}


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a message, wherever it was hidden (TNEF, uuencode, an attached message)."""

    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str | None
    content: bytes

    def as_dict(self) -> dict[str, Any]:
        return {
            "filename": self.filename,
            "content_type": self.content_type,
            "size": self.size,
            "sha256": self.sha256,
            "inline": self.inline,
            "content_id": self.content_id,
        }


@dataclass(frozen=True, slots=True)
class Forwarded:
    """How the message reached us when its author did not send it to us directly."""

    kind: ForwardKind
    by: Mailbox | None
    subject: str | None
    date: datetime | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "by": self.by.as_dict() if self.by else None,
            "subject": self.subject,
            "date": self.date.isoformat() if self.date else None,
        }


@dataclass(frozen=True, slots=True)
class OpinionText:
    """What the author wrote, without what mail programs put around it."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """Everything read from one message; ``as_dict`` is the printed form."""

    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    date: datetime | None
    sender: Mailbox | None
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    subject: str
    text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    forwarded: Forwarded | None
    author: Mailbox | None
    opinion: OpinionText
    automatic: AutomaticKind | None
    defects: tuple[str, ...]
    # As it came: what is kept is cleaned each time it is shown, so that a better cleaner reaches old mail too.
    html_source: str | None = None
    # Further messages that were attached to be handed on, as bytes: each of them is somebody's letter.
    letters: tuple[bytes, ...] = ()
    # Whether a person passed it on: then the text shows the forwarder's words and the header of the passed-on mail.
    by_hand: bool = False
    # The senders between us and the author who only handed it on, the outermost first.
    passed_on_by: tuple[Mailbox, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "message_id": self.message_id,
            "date": self.date.isoformat() if self.date else None,
            "from": self.sender.as_dict() if self.sender else None,
            "to": [mailbox.as_dict() for mailbox in self.to],
            "cc": [mailbox.as_dict() for mailbox in self.cc],
            "reply_to": [mailbox.as_dict() for mailbox in self.reply_to],
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "attachments": [attachment.as_dict() for attachment in self.attachments],
            "forwarded": self.forwarded.as_dict() if self.forwarded else None,
            "author": self.author.as_dict() if self.author else None,
            "opinion": {"subject": self.opinion.subject, "text": self.opinion.text},
            "automatic": self.automatic,
            "defects": list(self.defects),
        }
