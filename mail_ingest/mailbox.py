"""Mailboxes that exist already: mbox, Maildir, a folder of .eml files, or one message; in a stream, as bytes.

No more than one message is held at a time, and some thousand names of files, however large the mailbox is.
"""

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path

from feedback.errors import Refusal, _

log = logging.getLogger(__name__)

MBOX_START = b"From "
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Several times what the listener takes. What is larger is no mail but a damaged mailbox.
LARGEST = 128 * 1024 * 1024
_LONGEST_LINE = 1024 * 1024
# Names are put in order within so many, for those of a Maildir tell when a message came.
_SORTED_AT_ONCE = 10_000


class Mailbox:
    """The messages under one path. `size` is in bytes for an mbox, else in messages."""

    def __init__(self, path: Path) -> None:
        """Raises Refusal where there is no mail under `path`."""
        self._path = path
        if not path.exists():
            raise Refusal(_("%(path)s does not exist."), path=path)
        self.is_mbox = path.is_file() and _begins_with(path, MBOX_START)
        self.size = path.stat().st_size if self.is_mbox else sum(1 for _file in self._files())
        if not self.size:
            raise Refusal(_("There is no mail in %(path)s."), path=path)

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        """Each message, and how far that takes us towards `size`."""
        return _mbox(self._path) if self.is_mbox else ((file.read_bytes(), 1) for file in self._files())

    def _files(self) -> Iterator[Path]:
        if not self._path.is_dir():
            return iter([self._path])
        boxes = [self._path / name for name in ("new", "cur")]
        if all(box.is_dir() for box in boxes):
            return (box / name for box in boxes for name in _names(box) if not name.startswith("."))
        return (
            Path(folder) / name
            for folder, _folders, names in os.walk(self._path)
            for name in sorted(names)
            if name.lower().endswith(".eml")
        )


def arrived_at(content: bytes) -> datetime:
    """When the message came: by its newest Received line, else by its Date; now where neither can be true."""
    headers = BytesHeaderParser().parsebytes(content[: 256 * 1024])
    now = datetime.now(UTC)
    for line in (str(headers.get("Received", "")).rpartition(";")[2], str(headers.get("Date", ""))):
        try:
            said = parsedate_to_datetime(line.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        said = said if said.tzinfo else said.replace(tzinfo=UTC)
        if EARLIEST <= said <= now:
            return said
    return now


def _mbox(path: Path) -> Iterator[tuple[bytes, int]]:
    """As Python's own `mailbox` cuts it: at each line that begins with `From `, without the empty line before it."""
    with path.open("rb") as file:
        passed = len(file.readline())
        message = _Message()
        while line := file.readline(_LONGEST_LINE):
            if line.startswith(MBOX_START):
                yield from message.whole(passed)
                message, passed = _Message(), 0
            else:
                message.add(line)
            passed += len(line)
        yield from message.whole(passed)


class _Message:
    """One message as it is read; of one that is larger than any mail nothing is held."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._size = 0

    def add(self, line: bytes) -> None:
        self._size += len(line)
        if self._size > LARGEST:
            self._lines.clear()
        else:
            self._lines.append(line)

    def whole(self, passed: int) -> Iterator[tuple[bytes, int]]:
        if self._size > LARGEST:
            log.warning("left out, larger than any mail bytes=%d", self._size)
            return
        if self._lines and self._lines[-1] == b"\n":
            self._lines.pop()
        yield b"".join(self._lines), passed


def _names(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        files = (entry.name for entry in entries if entry.is_file())
        while some := list(islice(files, _SORTED_AT_ONCE)):
            yield from sorted(some)


def _begins_with(path: Path, start: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(start)) == start
