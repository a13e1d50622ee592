"""Senders of mail in a process of their own, in C so that what is measured is the server (see smtp_load.c)."""

import base64
import functools
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
HEAD = (
    "From: =?utf-8?B?546L5YWI55Sf?= <wang{number}@example.com>\r\nTo: intake@localhost\r\n"
    "Subject: =?utf-8?B?6Ieq5p2l5rC0?= {number}\r\nDate: Mon, 02 Mar 2026 17:30:00 +0800\r\n"
    "Message-ID: <{number}@example.com>\r\nMIME-Version: 1.0\r\n"
)
TEXT = 'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
MIXED = 'Content-Type: multipart/mixed; boundary="=-between-="\r\n\r\n--=-between-=\r\n'
FILE = (
    '\r\n--=-between-=\r\nContent-Type: application/pdf; name="letter.pdf"\r\n'
    'Content-Disposition: attachment; filename="letter.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
)
END = b"\r\n--=-between-=--\r\n"


@dataclass(frozen=True)
class Load:
    """`senders` at once, `each` messages over one connection; nothing is counted in the first `warm_up` seconds.

    `is_ahead`: commands are sent together where PIPELINING is offered, as Postfix does.
    """

    senders: int = 16
    each: int = 20
    seconds: float = 2.0
    warm_up: float = 0.3
    is_ahead: bool = False


def letter(number: int, text: int, attachment: int = 0) -> bytes:
    """A mail told apart by its number, with `text` bytes of words and an attached file of `attachment` bytes."""
    words = f"第{number}封。自来水三天没有来了，请尽快修好。".encode()
    body = TEXT.encode() + _base64((words * (text // len(words) + 1))[:text])
    head = HEAD.format(number=number).encode()
    if not attachment:
        return head + body
    file = b"%%PDF-1.4\n%%%012d" % number + bytes(attachment - 22)
    return b"".join((head, MIXED.encode(), body, FILE.encode(), _base64(file), END))


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def on_the_line(content: bytes) -> bytes:
    """With dots doubled, and the one that ends it. `content` ends with a line end."""
    dotted = content.replace(b"\r\n.", b"\r\n..")
    return (b"." if dotted.startswith(b".") else b"") + dotted + b".\r\n"


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="huiyin-bench-")


@functools.cache
def built(source: str, *options: str) -> Path:
    """A C file of this folder, compiled. Raises FileNotFoundError where there is no gcc."""
    program = Path(_folder().name) / Path(source).stem
    subprocess.run(["gcc", "-O2", *options, "-o", program, HERE / source], check=True)
    return program


@functools.cache
def letters(count: int, text: int, attachment: int = 0) -> Path:
    """A file of `count` different letters, as the program reads them."""
    name = Path(_folder().name) / f"letters-{count}-{text}-{attachment}"
    with name.open("wb") as file:
        for number in range(count):
            words = on_the_line(letter(number, text, attachment))
            file.write(struct.pack("<Q", len(words)) + words)
    return name


def rate(port: int, load: Load, ready: Path) -> float:
    """How many messages a second get their 250. Raises CalledProcessError where one gets another answer."""
    told = (port, load.senders, load.each, load.seconds, load.warm_up, ready, *(("ahead",) if load.is_ahead else ()))
    ended = subprocess.run([built("smtp_load.c"), *map(str, told)], check=True, stdout=subprocess.PIPE, text=True)
    return float(ended.stdout)
