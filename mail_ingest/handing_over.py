"""Handing messages over to the keeper: all that gathers while it writes one transaction is the next one.

So many senders share the time that the disk needs to sync, and one that is alone waits for nobody.
"""

import asyncio
import contextlib
import logging
import pickle
import socket
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from feedback.config import Settings
from mail_ingest.keeper import LENGTH, framed
from mail_ingest.keeping import Brought, Outcome

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "mail_ingest.keeper")
# A transaction takes no more than that, so that nobody waits long for the others.
MOST_AT_ONCE = 128
SECONDS_BETWEEN_STARTS = 1.0
SECONDS_TO_END = 5.0


@dataclass(frozen=True)
class Offered:
    """A message that somebody waits for."""

    brought: Brought
    answer: Callable[[str], None]
    # When the last of it came, by the clock of the event loop.
    came_at: float


Told = Sequence[tuple[Offered, Outcome]]


class Keeper(asyncio.Protocol):
    """The listener's end of it. `tell` is called after each transaction with what became of its messages.

    `at_once` says how many senders have a message in hand, of which those of one transaction are but a part.
    """

    def __init__(self, settings: Settings, tell: Callable[[Told], None], at_once: Callable[[], int]) -> None:
        self._settings, self._tell, self._at_once = settings, tell, at_once
        self._gathered: deque[Offered] = deque()
        self._handed_over: list[Offered] = []
        self._heard = bytearray()
        self._transport: asyncio.Transport | None = None
        self._is_closing = False

    async def open(self) -> None:
        """Start the process. Raises OSError where that cannot be done."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._running = await asyncio.create_subprocess_exec(*COMMAND, stdin=theirs.fileno())
        except OSError:
            ours.close()
            raise
        ours.setblocking(False)
        await asyncio.get_running_loop().create_connection(lambda: self, sock=ours)

    def put(self, offered: Offered) -> None:
        self._gathered.append(offered)
        if len(self._gathered) == 1:
            self._look_again(0)

    def _look_again(self, count: int) -> None:
        """Hand over once no more come than there were: many senders that are answered together also end together,
        and the first of them alone would cost as much as all. Nobody waits for it: what is there is read in between.
        """
        if len(self._gathered) > count:
            asyncio.get_running_loop().call_soon(self._look_again, len(self._gathered))
        else:
            self._hand_over()

    async def close(self) -> None:
        """End the process, which has nothing left to do; one that hangs is killed."""
        self._is_closing = True
        if self._transport is not None:
            self._transport.close()
        await self._ended()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(framed(self._settings))
        self._hand_over()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while len(self._heard) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(self._heard)[0]
            if len(self._heard) < end:
                return
            outcomes = pickle.loads(self._heard[LENGTH.size : end])  # noqa: S301 - from our own process
            del self._heard[:end]
            self._settle(outcomes)

    def connection_lost(self, error: Exception | None) -> None:
        """What it had in hand may be kept or not: its senders are not promised anything and come again."""
        self._transport = None
        self._heard.clear()
        if not self._is_closing:
            log.error("the keeper has ended and is started again messages=%d", len(self._handed_over))
            self._settle([Outcome.NOT_KEPT] * len(self._handed_over))
            self._starting = asyncio.ensure_future(self._start_again())

    async def _start_again(self) -> None:
        await self._ended()
        while not self._is_closing and self._transport is None:
            await asyncio.sleep(SECONDS_BETWEEN_STARTS)
            try:
                await self.open()
            except OSError:
                log.exception("the keeper cannot be started messages=%d", len(self._gathered))
                refused, self._gathered = self._gathered, deque()
                self._tell([(offered, Outcome.NOT_KEPT) for offered in refused])

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        told, self._handed_over = list(zip(self._handed_over, outcomes, strict=True)), []
        # First the next ones, so that they are written while these are answered.
        self._hand_over()
        if told:
            self._tell(told)

    def _hand_over(self) -> None:
        if self._handed_over or not self._gathered or self._transport is None:
            return
        count = min(len(self._gathered), MOST_AT_ONCE)
        self._handed_over = [self._gathered.popleft() for _one in range(count)]
        self._transport.write(framed((self._at_once(), [offered.brought for offered in self._handed_over])))

    async def _ended(self) -> None:
        try:
            await asyncio.wait_for(self._running.wait(), SECONDS_TO_END)
        except TimeoutError:
            # It may have ended by itself in this very moment.
            with contextlib.suppress(ProcessLookupError):
                self._running.kill()
            await self._running.wait()
