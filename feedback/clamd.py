"""Asking a ClamAV daemon about a file: its INSTREAM command, so that it needs no access to our folders.

A client of our own: the usual one is under a licence that ours does not go with, and this is all that is needed.
"""

import socket
import struct
from dataclasses import dataclass
from enum import StrEnum

# clamd's own default for one piece is 25 MB for all of it; small pieces let it begin at once.
PIECE = 64 * 1024
LONGEST_REPLY = 4096
SECONDS_TO_CONNECT = 5.0
SECONDS_TO_SCAN = 120.0


class Away(Exception):
    """No daemon answers, or it broke off: the file is still to be scanned."""


class Found(StrEnum):
    NOTHING = "nothing"
    VIRUS = "virus"
    # Too large for it, or of a kind that makes it give up; asking again would change nothing.
    NO_ANSWER = "no-answer"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`signature` names the virus that was found."""

    found: Found
    signature: str = ""


def scan(address: str, content: bytes) -> Verdict:
    """What the daemon at `address` (host:port, or the path of its socket) says. Raises Away."""
    try:
        with _connected(address) as connection:
            return _verdict(_asked(connection, content))
    except OSError as error:
        raise Away(type(error).__name__) from error


def require_alive(address: str, seconds: float) -> None:
    """Ask whether the daemon is there. Raises Away."""
    try:
        with _connected(address) as connection:
            connection.settimeout(seconds)
            connection.sendall(b"zPING\0")
            if not connection.recv(LONGEST_REPLY).startswith(b"PONG"):
                raise Away("no reply")
    except OSError as error:
        raise Away(type(error).__name__) from error


def _connected(address: str) -> socket.socket:
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SECONDS_TO_CONNECT)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise
    else:
        host, _colon, port = address.rpartition(":")
        connection = socket.create_connection((host.strip("[]"), int(port)), timeout=SECONDS_TO_CONNECT)
    connection.settimeout(SECONDS_TO_SCAN)
    return connection


def _asked(connection: socket.socket, content: bytes) -> str:
    """The reply to one INSTREAM. clamd answers and hangs up in the middle of a stream that is too long for it."""
    try:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), PIECE):
            piece = content[start : start + PIECE]
            connection.sendall(struct.pack(">I", len(piece)) + piece)
        connection.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass
    reply = b""
    while b"\0" not in reply and len(reply) < LONGEST_REPLY:
        part = connection.recv(LONGEST_REPLY)
        if not part:
            break
        reply += part
    return reply.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _verdict(reply: str) -> Verdict:
    words = reply.removeprefix("stream: ")
    if words == "OK":
        return Verdict(Found.NOTHING)
    if words.endswith(" FOUND"):
        return Verdict(Found.VIRUS, words.removesuffix(" FOUND"))
    if words.endswith("ERROR"):
        return Verdict(Found.NO_ANSWER)
    raise Away("no reply")
