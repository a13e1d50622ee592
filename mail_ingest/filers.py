"""Watching over the filing processes: they are started, woken, started again where they die, and stopped."""

import asyncio
import contextlib
import functools
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError

from feedback import claims, examinations, presence, stopping
from feedback.confinement import OUT_OF_MEMORY, TOO_SLOW
from feedback.db import Database
from feedback.presence import Doing
from mail_ingest import filer

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "mail_ingest.filer")
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 30.0
# One that is killed after all has left something to be cleared up.
SECONDS_TO_STOP = stopping.SECONDS_TO_FINISH - 1.0
CAUSES = {
    **dict.fromkeys(TOO_SLOW, claims.TOO_SLOW),
    OUT_OF_MEMORY: claims.OUT_OF_MEMORY,
    # What the system does where the whole machine runs out of it.
    -signal.SIGKILL: claims.OUT_OF_MEMORY,
}


class Filers:
    """As many filing processes as are asked for. None of them holds anything that is not in the database."""

    def __init__(self, database: Database, count: int, *words: str) -> None:
        """`words` are said to each of them, after its name."""
        self._words = words
        self._database = database
        self._count = count
        self._pipes: set[int] = set()
        self._folder = filer.folder(database)

    def wake(self) -> None:
        """Mail was kept. One that is busy has been told often enough when its pipe is full."""
        for pipe in self._pipes:
            with contextlib.suppress(BlockingIOError, BrokenPipeError):
                os.write(pipe, b".")

    async def run(self, stop: asyncio.Event) -> None:
        """Keep them running until `stop` is set; then each finishes what it has in hand."""
        beginning = asyncio.to_thread(self._attempt, self._begin)
        await asyncio.gather(beginning, *(self._keep_one_running(stop) for _one in range(self._count)))

    async def _keep_one_running(self, stop: asyncio.Event) -> None:
        pause = FIRST_PAUSE
        while not stop.is_set():
            name = claims.new_name()
            code = await self._run_one(name, stop)
            was_at = presence.last_doing(self._folder, name)
            await asyncio.to_thread(self._attempt, functools.partial(self._clear_up, name, code))
            if stop.is_set():
                return
            log.error("a filing process ended with %s and is started again", code)
            # One that dies over a message is not kept waiting: a message can do that twice at most.
            pause = FIRST_PAUSE if was_at.word else min(pause * 2, LONGEST_PAUSE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def _run_one(self, name: str, stop: asyncio.Event) -> int:
        theirs, ours = os.pipe()
        os.set_blocking(ours, False)
        try:
            running = await asyncio.create_subprocess_exec(*COMMAND, name, *self._words, stdin=theirs)
        finally:
            os.close(theirs)
        self._pipes.add(ours)
        ended = asyncio.create_task(running.wait())
        asked = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
            self._pipes.discard(ours)
            # The end of its input asks it to finish.
            os.close(ours)
        await asyncio.wait({ended}, timeout=SECONDS_TO_STOP)
        if not ended.done():
            log.warning("a filing process did not stop in time: what it had in hand waits")
            # It may have ended by itself in this very moment.
            with contextlib.suppress(ProcessLookupError):
                running.kill()
            await ended
            # Nobody is to blame for that.
            presence.remove(self._folder, name)
        return ended.result()

    def _begin(self) -> None:
        with self._database.writing() as session:
            claims.hasten(session)

    def _clear_up(self, name: str, code: int) -> None:
        """Give back what a process that ended held, and note which message ended it."""
        doing = presence.last_doing(self._folder, name)
        culprit = _culprit(doing, code)
        with self._database.writing() as session:
            if culprit is not None:
                cause = CAUSES.get(code, claims.CRASHED)
                state = claims.blame(session, culprit, cause, now=datetime.now(UTC))
                log.error("reading it ended the process cause=%s %s raw_message=%s", cause, state, culprit)
            claims.forget(session, name, doing.keys)
            examinations.forget(session, name)
        presence.remove(self._folder, name)

    def _attempt(self, act: Callable[[], None]) -> None:
        """Where the database is away, the processes themselves see to it once it is back."""
        try:
            act()
        except DBAPIError:
            log.warning("the database is away: what filing processes held is taken back later", exc_info=True)


@contextlib.contextmanager
def beside(filers: Filers) -> Iterator[Callable[[], None]]:
    """Keep them running in a thread, until this is left; yields what wakes them, and raises what went wrong there."""
    stop = asyncio.Event()
    with asyncio.Runner() as runner, ThreadPoolExecutor(1) as threads:
        loop = runner.get_loop()
        running = threads.submit(runner.run, filers.run(stop))

        def wake() -> None:
            if running.done():
                running.result()
            loop.call_soon_threadsafe(filers.wake)

        try:
            yield wake
        finally:
            loop.call_soon_threadsafe(stop.set)


def _culprit(doing: Doing, code: int) -> int | None:
    """The message that ended a process, where it was one: a database that hangs in the middle of storing is none."""
    is_alone = doing.word == "storing" and len(doing.keys) == 1 and code != -signal.SIGALRM
    return doing.keys[0] if doing.word == "reading" or is_alone else None
