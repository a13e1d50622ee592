"""The process that commits what the listener takes in, `python -m mail_ingest.keeper`: handing_over starts it.

A process of its own, so that taking in and writing down need not wait for each other: one interpreter runs one
thread at a time, and two that take turns at that need twice as long. Standard input is a socket: settings come in
first, then groups of messages, each with how many senders there are, and for each group the outcomes go back. The end
of it: the listener is gone. Until then neither SIGTERM nor Ctrl-C ends this process, for the listener finishes first.
"""

import logging
import pickle
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Iterator
from typing import Any

from feedback import db, logs, metrics
from feedback.db import Database
from mail_ingest import keeping

# Not __name__: this module is what is run.
log = logging.getLogger("mail_ingest.keeper")
# Senders that were answered come back in less, even with a megabyte.
SECONDS_OF_RUSH = 0.1
LENGTH = struct.Struct(">Q")
# A transaction takes no more messages than that, so that nobody waits long for the others.
MOST_AT_ONCE = 128
# In bytes.
MOST_AT_A_TIME = 1024 * 1024


def framed(content: object) -> bytes:
    """As it goes over the socket: eight bytes say how long it is. Both ends are this program and nobody else's."""
    pickled = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(pickled)) + pickled


class Frames:
    """What was `framed`, put together again at the other end."""

    def __init__(self) -> None:
        self._heard = bytearray()

    def add(self, came: bytes) -> None:
        self._heard += came

    @property
    def has_whole(self) -> bool:
        heard = len(self._heard)
        return heard >= LENGTH.size and heard >= LENGTH.size + LENGTH.unpack_from(self._heard)[0]

    def take(self) -> Any:
        """The first that is whole."""
        end = LENGTH.size + LENGTH.unpack_from(self._heard)[0]
        content = pickle.loads(self._heard[LENGTH.size : end])  # noqa: S301 - from our own process
        del self._heard[:end]
        return content


class Rush:
    """While more comes than can be written one by one, what has time is to wait: filing."""

    def __init__(self, database: Database) -> None:
        self._precedence = database.precedence
        self._is_on = False
        self._until = 0.0

    def look(self, count: int) -> None:
        """So many senders have a message in hand."""
        now = time.monotonic()
        if count > 1:
            self._until = now + SECONDS_OF_RUSH
        is_on = now < self._until
        if self._precedence is None or is_on == self._is_on:
            return
        if is_on:
            self._is_on = self._precedence.go_first()
        else:
            self._precedence.go_along()
            self._is_on = False

    @property
    def seconds_left(self) -> float | None:
        """Until it is over if nothing comes."""
        return SECONDS_OF_RUSH if self._is_on else None


class Incoming:
    """What the listener says, put together from the pieces that it comes in."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.frames = Frames()

    def wait(self, seconds: float | None) -> bool:
        """Hear what is there already, or else what comes first within so many seconds; whether something is whole.

        Raises EOFError where the listener is gone.
        """
        while not self.frames.has_whole:
            if not self._hear(seconds):
                return False
        self._hear(0)
        return True

    def _hear(self, seconds: float | None) -> bool:
        if not select.select([self._listener], [], [], seconds)[0]:
            return False
        came = self._listener.recv(MOST_AT_A_TIME)
        if not came:
            raise EOFError
        self.frames.add(came)
        return True


def _groups(incoming: Incoming, rush: Rush) -> Iterator[list[keeping.Brought]]:
    """What is to be kept together, until the listener is gone: all that it said while the last group was written."""
    while True:
        try:
            if not incoming.wait(rush.seconds_left):
                rush.look(0)
                continue
        except EOFError:
            return
        together: list[keeping.Brought] = []
        while len(together) < MOST_AT_ONCE and incoming.frames.has_whole:
            count, brought = incoming.frames.take()
            together += brought
        rush.look(count)
        yield together


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    listener = socket.socket(fileno=sys.stdin.fileno())
    incoming = Incoming(listener)
    incoming.wait(None)
    settings = incoming.frames.take()
    logs.set_up(settings)
    metrics.begin(settings, "keeper")
    database = db.connect(settings)
    rush = Rush(database)
    for together in _groups(incoming, rush):
        listener.sendall(framed(keeping.keep_all(database, together)))


if __name__ == "__main__":
    main()
