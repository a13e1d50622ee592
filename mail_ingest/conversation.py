"""One SMTP connection: the library's protocol, kept within the limits of a public door."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP

from feedback.config import Settings

TOO_MUCH = b"552 5.3.4 Message too big\r\n"
TIMED_OUT = b"421 4.4.2 Timed out\r\n"
CLOSING = b"421 4.3.2 Closing, please try again later\r\n"
ENGAGED = b"421 4.3.2 Too many connections, please try again later\r\n"
# All that is said between two messages: commands are short, and a thousand of them still fit.
MOST_TALK = 1024 * 1024
# The library keeps an object for each line: 25 MB of empty lines would be a gigabyte. Files have a third as many.
MOST_LINES = 1_000_000
# How often one connection may say the same thing; nobody with mail to send says NOOP all day.
CALLS = {"*": 1000, "NOOP": 30, "HELP": 10, "VRFY": 10, "EHLO": 30, "HELO": 30}
SECONDS_TO_STORE = 120
SECONDS_TO_CLOSE = 5


@dataclass(frozen=True)
class Terms:
    """What all connections of one listener have in common; `ended` is told when one of them is gone."""

    settings: Settings
    tls: ssl.SSLContext | None
    ended: Callable[["Conversation"], None]
    is_closing: Callable[[], bool]
    # Whether one more of its peer's is taken.
    admits: Callable[["Conversation"], bool]


class Conversation(SMTP):
    # There is nobody to sign in: the command is unknown here.
    smtp_AUTH = None  # type: ignore[assignment]  # noqa: N815 - the library's name

    def __init__(self, hooks: Any, terms: Terms) -> None:
        self._terms = terms
        self._is_taking_mail = False
        self._taken = self._lines = 0
        # Twice the size is read to its end and refused politely, beyond that the line is cut.
        self._most_mail = 2 * terms.settings.max_message_bytes
        # Broken programs send a whole body as one line, and it is mail for all that: no length of it is refused.
        self.line_length_limit = self._most_mail
        super().__init__(
            hooks,
            data_size_limit=terms.settings.max_message_bytes,
            enable_SMTPUTF8=True,
            # The host's own name is nobody's business; this one is printed on the notice.
            hostname=terms.settings.smtp_recipients[0].rpartition("@")[2],
            ident="ESMTP",
            tls_context=terms.tls,
            timeout=terms.settings.smtp_timeout,
            command_call_limit=CALLS,
            loop=asyncio.get_running_loop(),
        )

    peer = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Also called once more when the encryption begins; the peer is the same one then."""
        super().connection_made(transport)
        if not self.peer:
            self.peer = str((transport.get_extra_info("peername") or ("",))[0])
            if not self._terms.admits(self):
                self._hang_up(ENGAGED)

    def data_received(self, data: bytes) -> None:
        """The library reads an endless message, or command, to its end before it refuses it; this hangs up on it."""
        self._taken += len(data)
        self._lines += data.count(b"\n")
        most = self._most_mail if self._is_taking_mail else MOST_TALK
        if self._taken > most or self._lines > MOST_LINES:
            self._hang_up(TOO_MUCH)
            return
        super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._terms.ended(self)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the library's name
        self._is_taking_mail, self._taken, self._lines = True, 0, 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self._is_taking_mail, self._taken, self._lines = False, 0, 0
        self._reset_timeout()
        if self._terms.is_closing():
            self.dismiss()

    def begin_storing(self) -> None:
        """The sender has done its part: from here on the time is ours."""
        self._reset_timeout(SECONDS_TO_STORE)

    def dismiss(self) -> None:
        """Send the client away, unless it is just handing over a message: that one is finished first."""
        if not self._is_taking_mail:
            self._hang_up(CLOSING)

    def abort(self) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def _timeout_cb(self) -> None:
        self._hang_up(TIMED_OUT)

    def _hang_up(self, reply: bytes) -> None:
        """Close with `reply`; a client that does not even read it is cut off."""
        if isinstance(self.transport, asyncio.Transport) and not self.transport.is_closing():
            self.transport.write(reply)
            self.transport.close()
            self.loop.call_later(SECONDS_TO_CLOSE, self.abort)

    async def _handle_client(self) -> None:
        # A client that goes away in the middle is no fault of ours.
        with contextlib.suppress(ConnectionError):
            await super()._handle_client()


class Engaged(asyncio.Protocol):
    """Answers a connection that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(ENGAGED)
        transport.close()
