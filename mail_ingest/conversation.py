"""One SMTP connection: the library's commands, read out of whole buffers, within the limits of a public door."""

import asyncio
import re
from collections.abc import Coroutine
from typing import Any

from aiosmtpd.smtp import SMTP, TLSSetupException, syntax

from feedback import metrics
from mail_ingest.arriving import Arriving
from mail_ingest.terms import (
    BAD_SYNTAX,
    CALLS,
    CLOSING,
    ENGAGED,
    GO_AHEAD,
    LONGEST_COMMAND,
    LONGEST_MAIL_COMMAND,
    LONGEST_UNREAD,
    MOST_BOGUS,
    MOST_CALLS,
    MOST_LINES,
    MOST_TALK,
    SECONDS_BETWEEN_BLOCKS,
    SECONDS_TO_CLOSE,
    SECONDS_TO_STORE,
    SLOWEST,
    TIMED_OUT,
    TOO_LONG,
    TOO_MUCH,
    Origin,
    Terms,
)
from mail_ingest.unstuffing import Unstuffing

WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
# An address as nearly all are written; what else RFC 5321 allows is left to the library, which takes its time.
PLAIN_ADDRESS = re.compile(
    rf"<({WORD}(?:\.{WORD})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>(?: +([A-Za-z0-9=:. -]*))?", re.ASCII
)


class Conversation(SMTP, asyncio.BufferedProtocol):
    """The library's loop waits for each line in a task and reads a message line by line. Here what has come is read
    where it lies, and the library's commands are run on the spot: none of them waits for anything but STARTTLS.
    """

    def origin(self) -> Origin:
        """Who brings the message."""
        assert self.session is not None
        return Origin(self.peer, self.session.host_name or "")

    @property
    def is_handing_over(self) -> bool:
        """A message is coming in, or waits to be kept."""
        return self._arriving is not None

    # There is nobody to sign in: the command is unknown here.
    smtp_AUTH = None  # type: ignore[assignment]  # noqa: N815 - the library's name
    peer = ""

    def __init__(self, hooks: Any, terms: Terms) -> None:
        self._terms = terms
        worked_out = terms.worked_out.get(type(self))
        if worked_out is None:
            self._work_out(hooks, terms)
            worked_out = terms.worked_out[type(self)] = vars(self).copy()
        self.__dict__.update(worked_out)
        self._unread = b""
        self._replies: list[bytes] | None = None
        self._unstuffing = Unstuffing()
        self._arriving: Arriving | None = None
        self._is_storing = self._is_shaking_hands = False
        self._taken = self._bogus = 0
        self._calls: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._until = self._began_at = self._heard_at = 0.0

    def _work_out(self, hooks: Any, terms: Terms) -> None:
        super().__init__(
            hooks,
            data_size_limit=terms.settings.max_message_bytes,
            enable_SMTPUTF8=True,
            # The host's own name is nobody's business; this one is printed on the notice.
            hostname=terms.settings.smtp_recipients[0].rpartition("@")[2],
            ident="ESMTP",
            tls_context=terms.tls,
            timeout=terms.settings.smtp_timeout,
            loop=asyncio.get_running_loop(),
        )
        self._smtp_methods = _commands(type(self))

    # -- what the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Also called once more when the encryption begins: then nothing counts that was said before."""
        assert isinstance(transport, asyncio.Transport)
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.session = self._create_session()
        self.session.peer = transport.get_extra_info("peername")
        self.transport = transport
        if self._tls_protocol is not None:
            self.session.ssl = self._tls_protocol._extra
            self._unread = b""
            return
        self.peer = str((self.session.peer or ("",))[0])
        self._reset_timeout()
        if self._terms.admits(self):
            self._write(f"220 {self.hostname} ESMTP")
        else:
            self._hang_up(ENGAGED)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._terms.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._heard_at = self.loop.time()
        self._taken += nbytes
        if self._arriving is None and self._taken > MOST_TALK:
            self._hang_up(TOO_MUCH)
            return
        self._hear(self._terms.buffer[:nbytes])

    def eof_received(self) -> bool:
        return False

    def resume_writing(self) -> None:
        super().resume_writing()
        self._hear(b"")

    def connection_lost(self, error: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._arriving is not None and not self._is_storing:
            self._arriving.discard()
        if self._original_transport is not None:
            self._original_transport.close()
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
        self.transport = None
        self._terms.ended(self)

    # -- reading

    def _is_listening(self) -> bool:
        """Not while the message before is being stored, nor while it is spoken to faster than it is listened to."""
        return not (
            self._is_storing
            or self._is_shaking_hands
            or self.transport is None
            or self.transport.is_closing()
            or self._paused  # type: ignore[attr-defined]
        )

    def _hear(self, came: bytes | memoryview) -> None:
        """Read what can be read of it; the rest stays unread until there is more of it, or until its turn comes."""
        self._replies = []
        try:
            self._read(came)
        except Exception as error:  # noqa: BLE001 - an edge: one connection's fault is not another's
            self._write(self.event_handler.reply_to(error))
        self._flush()
        self._keep_pace()

    def _read(self, came: bytes | memoryview) -> None:
        at = 0
        if self._unread or self._arriving is None:
            came, self._unread = b"".join((self._unread, came)), b""
        while at < len(came) and self._is_listening():
            if self._arriving is not None:
                rest = self._take_in(self._arriving, came[at:] if at else came)
                if rest is None:
                    return
                came, at = rest, 0
            else:
                assert isinstance(came, bytes)
                end = came.find(b"\n", at)
                if end < 0:
                    break
                line, at = came[at:end], end + 1
                self._obey(line.rstrip(b"\r"))
        self._unread = bytes(came[at:])
        if len(self._unread) > LONGEST_UNREAD and self._is_listening():
            self._hang_up(TOO_MUCH)

    def _take_in(self, arriving: Arriving, came: bytes | memoryview) -> bytes | None:
        """What came after the end of the message; None while it goes on."""
        said, rest = self._unstuffing.feed(came)
        arriving.add(said)
        size, limit = arriving.size, self._terms.settings.max_message_bytes
        # Twice the size is read to its end and refused politely, beyond that the line is cut.
        if size > 2 * limit or arriving.lines > MOST_LINES:
            arriving.discard()
            self._hang_up(TOO_MUCH)
            return b""
        if size > limit:
            arriving.discard()
        if rest is not None:
            self._is_storing = True
            if size > limit:
                self.answer(TOO_MUCH)
            else:
                self._store(arriving)
        return rest

    def _store(self, arriving: Arriving) -> None:
        self._until = self.loop.time() + max(SECONDS_TO_STORE, self._timeout_duration)
        assert self.envelope is not None
        self._terms.take(self, self.envelope, arriving)

    def answer(self, reply: str) -> None:
        """What became of the message; with it the conversation goes on, unless the sender hung up meanwhile."""
        metrics.mail_answered(reply)
        self._arriving, self._is_storing, self._taken = None, False, 0
        if self.transport is None:
            return
        self._say(reply)
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        self._reset_timeout()
        if self._terms.is_closing():
            self.dismiss()
        elif self._replies is None and self._unread:
            self._hear(b"")

    def _keep_pace(self) -> None:
        """Let the sender wait while more is unread, or unwritten, than need be held in memory."""
        transport = self.transport
        if not isinstance(transport, asyncio.Transport) or transport.is_closing() or self._is_shaking_hands:
            return
        is_behind = self._arriving is not None and self._arriving.is_behind
        if is_behind or (self._unread and not self._is_listening()):
            transport.pause_reading()
        else:
            transport.resume_reading()

    # -- commands

    def _obey(self, line: bytes) -> None:
        command_bytes, _space, said = line.partition(b" ")
        if not line or not command_bytes.isascii():
            self._count_bogus(BAD_SYNTAX)
            return
        command = command_bytes.upper().decode()
        longest = LONGEST_MAIL_COMMAND if command == "MAIL" else LONGEST_COMMAND
        if len(line) > longest:
            self._count_bogus(TOO_LONG)
            return
        calls = self._calls[command] = self._calls.get(command, 0) + 1
        if calls > CALLS.get(command, MOST_CALLS):
            self._hang_up(f"421 4.7.0 {command} sent too many times")
            return
        method = self._smtp_methods.get(command)
        if method is None:
            self._count_bogus(f'500 Error: command "{command}" not recognized')
            return
        self._reset_timeout()
        # What is no UTF-8 can be turned into the same bytes again.
        argument = str(said.strip(), "utf-8", "surrogateescape") or None
        self._run(method(self, argument))

    def _count_bogus(self, reply: str) -> None:
        self._bogus += 1
        if self._bogus < MOST_BOGUS:
            self._write(reply)
        else:
            self._hang_up("502 5.5.1 Too many unrecognized commands, goodbye.")

    def _run(self, command: Coroutine[Any, Any, None]) -> None:
        try:
            command.send(None)
        except StopIteration:
            return
        raise RuntimeError("a command waits, and nobody is there to go on with it")

    async def push(self, status: str | bytes) -> None:
        self._write(status if isinstance(status, str) else status.decode())

    def _write(self, reply: str) -> None:
        """Say something that is no answer to a message: where mail is not let in by it, that is counted here."""
        if reply[:3] in metrics.MAIL_REFUSED:
            metrics.mail_answered(reply)
        self._say(reply)

    def _say(self, reply: str) -> None:
        """All that is said to one buffer goes out in one piece."""
        said = reply.encode("utf-8", "surrogateescape") + b"\r\n"
        if self._replies is not None:
            self._replies.append(said)
        elif isinstance(self.transport, asyncio.Transport):
            self.transport.write(said)

    def _flush(self) -> None:
        replies, self._replies = self._replies, None
        if replies and isinstance(self.transport, asyncio.Transport):
            self.transport.write(b"".join(replies))

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - the library's name
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
        elif arg:
            await self.push("501 Syntax: DATA")
        else:
            self._unstuffing = Unstuffing()
            self._arriving = Arriving(self._terms.writing, self._keep_pace)
            self._began_at = self._heard_at = self.loop.time()
            await self.push(GO_AHEAD)

    @syntax("QUIT")
    async def smtp_QUIT(self, arg: str | None) -> None:  # noqa: N802 - the library's name
        if arg:
            await self.push("501 Syntax: QUIT")
        else:
            self._hang_up("221 Bye")

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str | None) -> None:  # noqa: N802 - the library's name
        """The one command that waits: for the client's part of the handshake."""
        if arg or not self.tls_context or self._tls_protocol is not None:
            await self.push("501 Syntax: STARTTLS" if arg else "454 TLS not available")
            return
        self._is_shaking_hands = True
        self._handler_coroutine = self.loop.create_task(self._encrypt())

    async def _encrypt(self) -> None:
        try:
            await super().smtp_STARTTLS("")
        except TLSSetupException as error:
            self.event_handler.reply_to(error)
            self.abort()
            self.connection_lost(error)
            return
        self._is_shaking_hands = False
        self._hear(b"")

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        plain = PLAIN_ADDRESS.fullmatch(arg)
        if plain:
            return plain[1], plain[2] or ""
        return super()._getaddr(arg)

    # -- time and the end

    def _reset_timeout(self, duration: float | None = None) -> None:
        """One timer for each connection, which looks how late it is when it goes off, not one for each command."""
        self._until = self.loop.time() + (duration or self._timeout_duration)
        if self._timer is None:
            self._timer = self.loop.call_at(self._until, self._look_at_the_time)

    def _deadline(self) -> float:
        if self._arriving is None or self._is_storing:
            return self._until
        total = self._began_at + self._timeout_duration + self._arriving.size / SLOWEST
        return min(total, self._heard_at + min(self._timeout_duration, SECONDS_BETWEEN_BLOCKS))

    def _look_at_the_time(self) -> None:
        self._timer = None
        deadline = self._deadline()
        if self.loop.time() >= deadline:
            self._hang_up(TIMED_OUT)
        else:
            self._timer = self.loop.call_at(deadline, self._look_at_the_time)

    def dismiss(self) -> None:
        """Send the client away, unless it is just handing over a message: that one is finished first."""
        if not self.is_handing_over:
            self._hang_up(CLOSING)

    def abort(self) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def _hang_up(self, reply: str) -> None:
        """Close with `reply`; a client that does not even read it is cut off."""
        transport = self.transport
        if isinstance(transport, asyncio.Transport) and not transport.is_closing():
            self._write(reply)
            self._flush()
            transport.close()
            if transport.get_write_buffer_size():
                self.loop.call_later(SECONDS_TO_CLOSE, self.abort)


def _commands(kind: type[Conversation]) -> dict[str, Any]:
    """The commands of a kind, by name; each takes the conversation and what follows its name."""
    named = {name.removeprefix("smtp_"): getattr(kind, name) for name in dir(kind) if name.startswith("smtp_")}
    return {name: command for name, command in named.items() if command is not None}


class Engaged(asyncio.Protocol):
    """Answers a connection that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        metrics.mail_answered(ENGAGED)
        transport.write(ENGAGED.encode() + b"\r\n")
        transport.close()
