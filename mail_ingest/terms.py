"""The terms on which a connection is taken: what it may send, how long it may take over it, and what it is told."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import Envelope as SmtpEnvelope

from feedback.config import Settings
from mail_ingest.arriving import Arriving, Writing

if TYPE_CHECKING:
    from mail_ingest.conversation import Conversation

TOO_MUCH = "552 5.3.4 Message too big"
TIMED_OUT = "421 4.4.2 Timed out"
CLOSING = "421 4.3.2 Closing, please try again later"
ENGAGED = "421 4.3.2 Too many connections, please try again later"
GO_AHEAD = "354 End data with <CR><LF>.<CR><LF>"
BAD_SYNTAX = "500 Error: bad syntax"
TOO_LONG = "500 Command line too long"
# What one connection gives at once. One buffer is enough for all of them: it is read before the next one is.
BUFFER = 256 * 1024
# RFC 5321, section 4.5.3.1.4, and what SIZE and SMTPUTF8 add to MAIL.
LONGEST_COMMAND = 512
LONGEST_MAIL_COMMAND = LONGEST_COMMAND + 26 + 10
# A command that goes on for longer than that is none.
LONGEST_UNREAD = 16 * 1024
# All that is said between two messages: commands are short, and a thousand of them still fit.
MOST_TALK = 1024 * 1024
# A parser has work with each line: 25 MB of empty lines are no mail. Files have a third as many.
MOST_LINES = 1_000_000
# How often one connection may say the same thing; nobody with mail to send says NOOP all day.
CALLS = {"NOOP": 30, "HELP": 10, "VRFY": 10, "EHLO": 30, "HELO": 30}
MOST_CALLS = 1000
MOST_BOGUS = 5
# Who sends a message slower than that, in bytes a second, gets no more time for it; RFC 5321 gives a block 3 minutes.
SLOWEST = 8 * 1024
SECONDS_BETWEEN_BLOCKS = 180
SECONDS_TO_STORE = 120
SECONDS_TO_CLOSE = 5


@dataclass(frozen=True)
class Origin:
    """The address that a message was brought from, and the name that it gave itself there."""

    peer: str = ""
    helo: str = ""


@dataclass(frozen=True)
class Terms:
    """What all connections of one listener have in common; `ended` is told when one of them is gone."""

    settings: Settings
    tls: ssl.SSLContext | None
    writing: Writing
    # Takes over a message that is whole; sooner or later its conversation's `answer` is called.
    take: "Callable[[Conversation, SmtpEnvelope, Arriving], None]"
    ended: "Callable[[Conversation], None]"
    is_closing: Callable[[], bool]
    # Whether one more of its peer's is taken.
    admits: "Callable[[Conversation], bool]"
    buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(BUFFER)))
    # What the library works out for each connection anew, though it is the same for all of a kind.
    worked_out: dict[type, dict[str, Any]] = field(default_factory=dict)
