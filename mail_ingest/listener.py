"""SMTP commands in, SMTP replies out, nothing else: keeping a message is the keeper's business."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.smtp import Envelope as SmtpEnvelope
from aiosmtpd.smtp import Session as SmtpSession
from aiosmtpd.smtp import TLSSetupException

from feedback import diskspace, metrics, reply_tokens, stopping
from feedback.config import Settings
from feedback.db import Database
from feedback.errors import Refusal, _
from feedback.mailroom import Envelope
from mail_ingest import memory
from mail_ingest.arriving import Arriving, Writing
from mail_ingest.conversation import Conversation, Engaged
from mail_ingest.handing_over import Keeper, Offered, Told
from mail_ingest.keeping import Brought, Outcome
from mail_ingest.local_conversation import XFORWARD, LocalConversation
from mail_ingest.networks import is_public, network_of
from mail_ingest.terms import Origin, Terms

log = logging.getLogger(__name__)

# Several commands may come in one piece (RFC 2920): they are read from whole buffers anyway.
PIPELINING = "250-PIPELINING"
KEPT = "250 2.0.0 Kept"
NOT_KEPT = "451 4.3.0 Cannot be stored now, please try again later"
FAULT = "451 4.3.0 Local fault, please try again later"
NO_ROOM = "451 4.3.1 No room to store mail now, please try again later"
TOO_MUCH = "450 4.7.1 Too much mail from this sender, please try again later"
UNKNOWN = "550 5.1.1 No such mailbox here"
UNVERIFIED = "252 2.5.2 Cannot verify, send and see"
# A network may hold one in so many of the places: twenty where there are a hundred.
PLACES_PER_SHARE = 5
# Large messages are written by so many threads.
WRITERS = 4
REPLIES = {
    Outcome.KEPT: KEPT,
    Outcome.PUT_OFF: TOO_MUCH,
    Outcome.NO_ROOM: NO_ROOM,
    Outcome.NOT_KEPT: NOT_KEPT,
}
# Memory that a large message had needed is given back so long after it.
SECONDS_TO_TIDY = 10.0
# How long it is believed that there is room.
SECONDS_BETWEEN_LOOKS = 0.1


class Listener:
    """The open door. Its `handle_…` methods are the library's hooks.

    `wake` is called whenever messages were kept: what becomes of them is the filing processes' business.
    """

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake
        self._threads = ThreadPoolExecutor(WRITERS, "spool")
        self._terms = Terms(
            settings=database.settings,
            tls=tls_context(database.settings),
            writing=Writing(database, self._threads, self._begin),
            take=self._take,
            ended=self._connection_ended,
            is_closing=lambda: self._is_closing,
            admits=self._admits,
        )
        self._being_kept = 0
        self._tidying: asyncio.TimerHandle | None = None
        self._room_looked_at, self._had_room = -SECONDS_BETWEEN_LOOKS, True
        self._open: set[Conversation] = set()
        self._work: set[asyncio.Task[Any]] = set()
        self._servers: list[asyncio.Server] = []
        self._is_closing = False

    async def open(self) -> None:
        """Begin to accept mail. Raises OSError where a port is taken."""
        settings = self._database.settings
        self._loop = loop = asyncio.get_running_loop()
        self._keeper = Keeper(settings, self._told, self._senders_at_once)
        await self._keeper.open()
        self._servers.append(await loop.create_server(self._answer_call, settings.smtp_host, settings.smtp_port))
        log.info("listening host=%s port=%s", settings.smtp_host, settings.smtp_port)
        if settings.lmtp_port:
            self._servers.append(
                await loop.create_server(self._answer_neighbour, settings.lmtp_host, settings.lmtp_port)
            )
            log.info("listening for LMTP host=%s port=%s", settings.lmtp_host, settings.lmtp_port)

    async def listen(self, stop: asyncio.Event) -> bool:
        """Accept mail until `stop` is set, then finish what is open; True where all of it was finished in time."""
        if not self._servers:
            await self.open()
        await stop.wait()
        for server in self._servers:
            server.close()
        return await self._finish()

    async def handle_EHLO(  # noqa: N802 - the library's name
        self, server: Conversation, session: SmtpSession, _envelope: SmtpEnvelope, hostname: str, replies: list[str]
    ) -> list[str]:
        session.host_name = hostname
        offered = [line for line in replies if not line[4:].startswith("AUTH")]
        own = (PIPELINING, XFORWARD) if isinstance(server, LocalConversation) else (PIPELINING,)
        return [*offered[:-1], *own, offered[-1]]

    async def handle_VRFY(  # noqa: N802 - the library's name
        self, _server: Conversation, _session: SmtpSession, _envelope: SmtpEnvelope, _address: str
    ) -> str:
        return UNVERIFIED

    async def handle_MAIL(  # noqa: N802 - the library's name
        self,
        _server: Conversation,
        _session: SmtpSession,
        envelope: SmtpEnvelope,
        address: str,
        _options: list[str],
    ) -> str:
        if not self._has_room():
            log.warning("no room on the disk: mail is put off")
            return NO_ROOM
        envelope.mail_from = address
        return "250 2.1.0 OK"

    def _has_room(self) -> bool:
        now = self._loop.time()
        if now >= self._room_looked_at + SECONDS_BETWEEN_LOOKS:
            self._room_looked_at, self._had_room = now, diskspace.has_room(self._database)
        return self._had_room

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        _server: Conversation,
        _session: SmtpSession,
        envelope: SmtpEnvelope,
        address: str,
        _options: list[str],
    ) -> str:
        if reply_tokens.without_detail(address.lower()) not in self._database.settings.smtp_recipients:
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    def reply_to(self, error: Exception) -> str:
        """What a fault is answered with: the library would show the error, and refuse for ever."""
        if isinstance(error, TLSSetupException):
            log.info("the client broke off the encryption")
        else:
            log.error("fault in a connection", exc_info=error)
        return FAULT

    def _take(self, conversation: Conversation, envelope: SmtpEnvelope, arriving: Arriving) -> None:
        """250 only once the bytes are committed. The work goes on where the sender hangs up meanwhile."""
        said, answer = _said(envelope, conversation.origin()), conversation.answer
        if arriving.is_small:
            self._put(Offered(Brought(said, arriving.content()), answer, self._loop.time()))
        else:
            self._begin(self._store(said, arriving, answer))

    async def _store(self, said: Envelope, arriving: Arriving, answer: Callable[[str], None]) -> None:
        came_at = self._loop.time()
        try:
            stored = await arriving.stored(said)
        except Exception as error:
            log.exception("a large message is not stored")
            answer(NO_ROOM if diskspace.is_full(error) else NOT_KEPT)
            return
        self._put(Offered(Brought(said, arriving.head, stored), answer, came_at))
        if self._tidying is None:
            self._tidying = self._loop.call_later(SECONDS_TO_TIDY, self._tidy)

    def _tidy(self) -> None:
        self._tidying = None
        memory.give_back()

    def _put(self, offered: Offered) -> None:
        self._being_kept += 1
        self._keeper.put(offered)

    def _senders_at_once(self) -> int:
        return sum(conversation.is_handing_over for conversation in self._open)

    def _told(self, told: Told) -> None:
        self._being_kept -= len(told)
        metrics.mail_kept_together(len(told))
        if any(outcome is Outcome.KEPT for _offered, outcome in told):
            self._wake()
        now = self._loop.time()
        for offered, outcome in told:
            if outcome is Outcome.KEPT:
                metrics.mail_accepted(now - offered.came_at)
            offered.answer(REPLIES[outcome])

    def _answer_call(self) -> asyncio.BaseProtocol:
        return self._answer(Conversation)

    def _answer_neighbour(self) -> asyncio.BaseProtocol:
        return self._answer(LocalConversation)

    def _answer(self, kind: type[Conversation]) -> asyncio.BaseProtocol:
        if len(self._open) >= self._database.settings.smtp_connections:
            log.warning("too many connections, one is sent away")
            return Engaged()
        conversation = kind(self, self._terms)
        self._open.add(conversation)
        return conversation

    def _admits(self, conversation: Conversation) -> bool:
        """One host of the open Internet gets no more than its share of the places; our own mail servers get all."""
        settings = self._database.settings
        if not is_public(conversation.peer) or conversation.peer in settings.forwarders:
            return True
        network = network_of(conversation.peer)
        held = sum(network_of(one.peer) == network for one in self._open)
        if held > max(1, settings.smtp_connections // PLACES_PER_SHARE):
            log.warning("too many connections from one network, one is sent away")
            return False
        return True

    def _connection_ended(self, conversation: Conversation) -> None:
        self._open.discard(conversation)

    def _begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start work that outlives the connection that asked for it."""
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work_ended)
        return task

    def _work_ended(self, task: asyncio.Task[Any]) -> None:
        self._work.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("work on mail failed", exc_info=task.exception())

    async def _finish(self) -> bool:
        self._is_closing = True
        for conversation in tuple(self._open):
            conversation.dismiss()
        loop = asyncio.get_running_loop()
        until = loop.time() + stopping.SECONDS_TO_FINISH
        while (self._open or self._is_at_work) and loop.time() < until:
            await asyncio.sleep(0.05)
        for conversation in tuple(self._open):
            conversation.abort()
        if not self._is_at_work:
            await self._keeper.close()
            self._threads.shutdown()
        log.info("stopped")
        return not self._is_at_work

    @property
    def _is_at_work(self) -> bool:
        return bool(self._work or self._being_kept)


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """For STARTTLS; None where no certificate is set. Raises Refusal where the pair cannot be used."""
    certificate, key = settings.smtp_certificate, settings.smtp_certificate_key
    if certificate is None and key is None:
        return None
    if certificate is None:
        raise Refusal(_("FEEDBACK_SMTP_CERTIFICATE_KEY is of no use without FEEDBACK_SMTP_CERTIFICATE: set both."))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:
        raise Refusal(
            _("FEEDBACK_SMTP_CERTIFICATE and FEEDBACK_SMTP_CERTIFICATE_KEY are not a certificate and its key.")
        ) from error
    return context


def _said(envelope: SmtpEnvelope, origin: Origin) -> Envelope:
    return Envelope(
        sender="" if envelope.mail_from in (None, "<>") else str(envelope.mail_from),
        recipients=tuple(envelope.rcpt_tos),
        peer=origin.peer,
        helo=origin.helo,
    )
