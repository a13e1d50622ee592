"""The process that commits what the listener takes in, `python -m mail_ingest.keeper`: handing_over starts it.

A process of its own, so that taking in and writing down need not wait for each other: one interpreter runs one
thread at a time, and two that take turns at that need twice as long. Standard input is a socket: settings come in
first, then groups of messages, each with how many senders there are, and for each group the outcomes go back. The end
of it: the listener is gone. Until then neither SIGTERM nor Ctrl-C ends this process, for the listener finishes first.
"""

import logging
import pickle
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


def framed(content: object) -> bytes:
    """As it goes over the socket: eight bytes say how long it is. Both ends are this program and nobody else's."""
    pickled = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(pickled)) + pickled


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


def _received(listener: socket.socket) -> Any:
    """The next thing that the listener says. Raises EOFError where it is gone."""
    length = LENGTH.unpack(_bytes(listener, LENGTH.size))[0]
    return pickle.loads(_bytes(listener, length))  # noqa: S301 - from the process that started this one


def _bytes(listener: socket.socket, count: int) -> bytearray:
    came = bytearray(count)
    view = memoryview(came)
    while view:
        taken = listener.recv_into(view)
        if not taken:
            raise EOFError
        view = view[taken:]
    return came


def _groups(listener: socket.socket, rush: Rush) -> Iterator[list[keeping.Brought]]:
    """What is to be kept together, until the listener is gone."""
    while True:
        listener.settimeout(rush.seconds_left)
        try:
            listener.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            rush.look(0)
        listener.settimeout(None)
        try:
            count, together = _received(listener)
        except EOFError:
            return
        rush.look(count)
        yield together


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    listener = socket.socket(fileno=sys.stdin.fileno())
    settings = _received(listener)
    logs.set_up(settings)
    metrics.begin(settings, "keeper")
    database = db.connect(settings)
    rush = Rush(database)
    for together in _groups(listener, rush):
        listener.sendall(framed(keeping.keep_all(database, together)))


if __name__ == "__main__":
    main()
