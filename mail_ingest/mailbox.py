"""Mailboxes that exist already: mbox, Maildir, a folder of .eml files, or one message; in a stream, as bytes.

No more than one message is held at a time, and some thousand names of files, however large the mailbox is.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path

from feedback.errors import Refusal, _

MBOX_START = b"From "
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Several times what the listener takes. What is larger is no mail but a damaged mailbox.
LARGEST = 128 * 1024 * 1024
TOO_LARGE = _("%(path)s is left out: with %(size)d bytes it is larger than any mail.")
TOO_LARGE_IN_MBOX = _(
    "Message %(number)d, at byte %(at)d, is left out: with %(size)d bytes it is larger than any mail."
)
# Of a line; a longer one is read in steps.
_LONGEST_STEP = 1024 * 1024
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

    def __iter__(self) -> Iterator[tuple[bytes | Refusal, int]]:
        """Each message, or which one is left out and why; and how far that takes us towards `size`."""
        return _mbox(self._path) if self.is_mbox else ((_read(file), 1) for file in self._files())

    def _files(self) -> Iterator[Path]:
        if not self._path.is_dir():
            return iter([self._path])
        boxes = [self._path / name for name in ("new", "cur")]
        if all(box.is_dir() for box in boxes):
            return (box / name for box in boxes for name in _names(box, _is_of_maildir))
        return _below(self._path)


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


def _mbox(path: Path) -> Iterator[tuple[bytes | Refusal, int]]:
    """As Python's own `mailbox` cuts it: at each line that begins with `From `, without the empty line before it."""
    number = at = passed = 0
    message, is_new_line = _Message(), True
    with path.open("rb") as file:
        while line := file.readline(_LONGEST_STEP):
            is_start = is_new_line and line.startswith(MBOX_START)
            if is_start and number:
                yield message.whole(number, at), passed
                message, at, passed = _Message(), at + passed, 0
            if is_start:
                number += 1
            else:
                message.add(line)
            passed += len(line)
            is_new_line = line.endswith(b"\n")
        yield message.whole(number, at), passed


class _Message:
    """One message as it is read; of one that is larger than any mail nothing is held."""

    def __init__(self) -> None:
        self._content = bytearray()
        self._size = 0

    def add(self, line: bytes) -> None:
        self._size += len(line)
        if self._size > LARGEST:
            self._content.clear()
        else:
            self._content += line

    def whole(self, number: int, at: int) -> bytes | Refusal:
        """`number` is its own in the mbox, and `at` where it begins there."""
        if self._size > LARGEST:
            return Refusal(TOO_LARGE_IN_MBOX, number=number, at=at, size=self._size)
        if self._content.endswith(b"\n\n") or self._content == b"\n":
            del self._content[-1:]
        return bytes(self._content)


def _read(path: Path) -> bytes | Refusal:
    """The size is looked at first. What tells none, or grows, is read no further than that either."""
    size = path.stat().st_size
    if size <= LARGEST:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) <= LARGEST:
            return content
        size = len(content)
    return Refusal(TOO_LARGE, path=path, size=size)


def _below(folder: Path) -> Iterator[Path]:
    """The .eml files of a folder, then those of the folders in it."""
    yield from (folder / name for name in _names(folder, _is_eml))
    inner = [_folders(folder)]
    while inner:
        found = next(inner[-1], None)
        if found is None:
            inner.pop()
        else:
            yield from (found / name for name in _names(found, _is_eml))
            inner.append(_folders(found))


def _folders(folder: Path) -> Iterator[Path]:
    return (folder / name for name in _names(folder, lambda entry: entry.is_dir(follow_symlinks=False)))


def _is_eml(entry: os.DirEntry[str]) -> bool:
    return entry.name.lower().endswith(".eml") and not entry.is_dir()


def _is_of_maildir(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and entry.is_file()


def _names(folder: Path, is_meant: Callable[[os.DirEntry[str]], bool]) -> Iterator[str]:
    """Those that are meant; a folder with fewer than can be sorted at once is closed before the first of them."""
    with os.scandir(folder) as entries:
        names = (entry.name for entry in entries if is_meant(entry))
        while some := list(islice(names, _SORTED_AT_ONCE)):
            yield from sorted(some)


def _begins_with(path: Path, start: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(start)) == start
