"""One message while it comes in: in memory as long as it is small, else on its way into the file store."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from feedback import mailroom
from feedback.db import Database
from feedback.mailroom import Envelope, Sealed, Spool
from mail_ingest.burdens import LONGEST_HEADER

# As much is sealed and written at once; while that is at work as much again may gather, then the sender has to wait.
BLOCK = 256 * 1024


@dataclass(frozen=True)
class Writing:
    """Where large messages are written: in threads, for a disk may keep one waiting."""

    database: Database
    threads: Executor
    # Starts work that the listener waits for when it is stopped.
    begin: Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"]

    async def do(self, work: Callable[..., Any], *told: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.threads, work, *told)


class Arriving:
    """Lives in the event loop. `caught_up` is called when a part has been written, so that more may come."""

    def __init__(self, writing: Writing, caught_up: Callable[[], None]) -> None:
        self._writing, self._caught_up = writing, caught_up
        self._parts: list[bytes] = []
        self._held = 0
        self._spool: Spool | None = None
        self._at_work: asyncio.Task[None] | None = None
        self._is_wanted = True
        self.head = b""
        self.size = self.lines = 0

    def add(self, said: bytes) -> None:
        self.size += len(said)
        self.lines += said.count(b"\n")
        if self._is_wanted:
            self._parts.append(said)
            self._held += len(said)
            if self._held >= BLOCK and self._at_work is None:
                self._at_work = self._writing.begin(self._write())

    @property
    def is_behind(self) -> bool:
        return self._at_work is not None and not self._at_work.done() and self._held >= BLOCK

    @property
    def is_small(self) -> bool:
        return self.size <= mailroom.LARGEST_IN_ROW

    def content(self) -> bytes:
        """All of it, where it is small."""
        return b"".join(self._parts)

    async def stored(self, envelope: Envelope) -> Sealed:
        """The whole message in the file store, synced. Raises OSError, and leaves nothing, where that cannot be."""
        try:
            if self._at_work is not None:
                await self._at_work
            rest = self._taken()
            await self._writing.do(self._add, rest)
            assert self._spool is not None
            return await self._writing.do(self._spool.finish, envelope)  # type: ignore[no-any-return]
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Nobody wants it: what was written is removed, and what still comes is only counted."""
        if self._is_wanted:
            self._is_wanted = False
            self._taken()
            if self._at_work is not None or self._spool is not None:
                self._writing.begin(self._remove())

    async def _write(self) -> None:
        """Until less than a block is held. An error stays in the task, and the rest is dropped."""
        try:
            while self._held >= BLOCK:
                await self._writing.do(self._add, self._taken())
                self._caught_up()
        except OSError:
            self.discard()
            self._caught_up()
            raise
        self._at_work = None

    async def _remove(self) -> None:
        if self._at_work is not None:
            with contextlib.suppress(OSError):
                await self._at_work
        if self._spool is not None:
            await self._writing.do(self._spool.discard)

    def _taken(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts, self._held = [], 0
        return taken

    def _add(self, block: bytes) -> None:
        if self._spool is None:
            self.head = block[:LONGEST_HEADER]
            self._spool = Spool(self._writing.database.vault, self._writing.database.files)
        self._spool.add(block)
