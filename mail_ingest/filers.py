"""Watching over the filing processes: they are started, woken, started again where they die, and stopped."""

import asyncio
import contextlib
import logging
import os
import sys

from feedback import stopping

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "mail_ingest.filer")
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# One that worked for so long is not dying at its start.
SECONDS_THAT_COUNT = 60.0


class Filers:
    """As many filing processes as are asked for. None of them holds anything that is not in the database."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pipes: set[int] = set()

    def wake(self) -> None:
        """Mail was kept. One that is busy has been told often enough when its pipe is full."""
        for pipe in self._pipes:
            with contextlib.suppress(BlockingIOError, BrokenPipeError):
                os.write(pipe, b".")

    async def run(self, stop: asyncio.Event) -> None:
        """Keep them running until `stop` is set; then each finishes what it has in hand."""
        await asyncio.gather(*(self._keep_one_running(stop) for _one in range(self._count)))

    async def _keep_one_running(self, stop: asyncio.Event) -> None:
        pause, clock = FIRST_PAUSE, asyncio.get_running_loop().time
        while not stop.is_set():
            began = clock()
            code = await self._run_one(stop)
            if stop.is_set():
                return
            log.error("a filing process ended with %s and is started again", code)
            pause = FIRST_PAUSE if clock() - began > SECONDS_THAT_COUNT else min(pause * 2, LONGEST_PAUSE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def _run_one(self, stop: asyncio.Event) -> int:
        theirs, ours = os.pipe()
        os.set_blocking(ours, False)
        try:
            running = await asyncio.create_subprocess_exec(*COMMAND, stdin=theirs)
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
        await asyncio.wait({ended}, timeout=stopping.SECONDS_TO_FINISH)
        if not ended.done():
            log.warning("a filing process did not stop in time: what it had in hand waits")
            running.kill()
        return await ended
