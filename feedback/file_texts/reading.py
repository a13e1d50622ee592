"""Having files read by a process beside us, as long as it lives."""

import json
import os
import subprocess
import sys
from types import TracebackType
from typing import Self

from feedback.confinement import OUT_OF_MEMORY, TOO_SLOW
from feedback.legibility import Legibility
from feedback.legible.child import LENGTH
from feedback.legible.content import Reading

COMMAND = (sys.executable, "-m", "feedback.legible.child")
# It reads what strangers made, so it is told no secret; this is what an interpreter needs to find its modules.
TOLD = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL")
# What a library may have kept of the files before goes with it.
MOST_FILES = 200


class Reader:
    """Begins with the first file; where one ends it, or after MOST_FILES, the next one has a new one."""

    def __init__(self) -> None:
        self._running: subprocess.Popen[bytes] | None = None
        self._count = 0

    def read(self, content: bytes) -> Reading:
        if self._running is None:
            self._begin()
        assert self._running is not None
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        try:
            self._running.stdin.write(LENGTH.pack(len(content)))
            self._running.stdin.write(content)
            self._running.stdin.flush()
            line = self._running.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line.endswith(b"\n"):
            return Reading(Legibility.UNREADABLE, reason=_cause(self._end()))
        self._count += 1
        if self._count >= MOST_FILES:
            self._end()
        answer = json.loads(line)
        return Reading(Legibility(answer["legibility"]), answer["text"], answer["reason"])

    def _begin(self) -> None:
        told = {name: os.environ[name] for name in TOLD if name in os.environ}
        self._count = 0
        self._running = subprocess.Popen(  # noqa: S603 - a command of our own
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=told
        )

    def _end(self) -> int:
        """The status that it ends with; it is killed where it has not ended already."""
        running, self._running = self._running, None
        if running is None:
            return 0
        # What is still in the pipe's buffer has nowhere to go.
        try:
            running.communicate(timeout=1)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            running.kill()
            running.communicate()
        return running.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, raised: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()


def _cause(code: int) -> str:
    if code in TOO_SLOW:
        return "too-slow"
    return "out-of-memory" if code == OUT_OF_MEMORY else f"ended-with-{code}"
