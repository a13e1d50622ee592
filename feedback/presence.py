"""Whether a process of this data folder still lives, and what it had in hand when it died.

Each has a file under its name, which it keeps locked: the system frees the lock however the process ends. In the file
stands what it is doing.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

_LENGTH = 4096


@dataclass(frozen=True)
class Doing:
    """`reading` one message, `storing` some, or neither (an empty word)."""

    word: str = ""
    keys: tuple[int, ...] = ()


class Presence:
    """This process, from now on until it is left or ends."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.name = name
        self._path = folder / name
        # Under its name only once it is locked, or others would take it for that of a dead process.
        draft = folder / f".{secrets.token_hex(8)}"
        self._descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        draft.rename(self._path)

    def tell(self, doing: Doing) -> None:
        """Not synced: it outlives the process, which is what it is for, and no power cut."""
        line = " ".join([doing.word, *map(str, doing.keys)]).encode()
        os.pwrite(self._descriptor, line[:_LENGTH].ljust(_LENGTH), 0)

    @contextlib.contextmanager
    def during(self, doing: Doing) -> Iterator[None]:
        """Tells what it is doing. Where the process fails or ends in the middle of it, that stays behind."""
        self.tell(doing)
        yield
        self.tell(Doing())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, raised: type[BaseException] | None, *_more: object) -> None:
        """What it was doing when it failed stays written."""
        if raised is None:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


_own: dict[tuple[int, Path], Presence] = {}


def own(folder: Path) -> str:
    """The name of this process in `folder`, in which it is from the first call on until it ends."""
    key = (os.getpid(), folder)  # one that was forked off is another
    if key not in _own:
        _own.setdefault(key, Presence(folder, secrets.token_hex(8)))
    return _own[key].name


def last_doing(folder: Path, name: str) -> Doing:
    """What the process of this name was doing at last; nothing where it never said."""
    try:
        word, *keys = (folder / name).read_text("ascii").split() or [""]
        return Doing(word, tuple(map(int, keys)))
    except (OSError, ValueError):
        return Doing()


def gone(folder: Path) -> Iterator[str]:
    """The names of those that live no more."""
    for path in sorted(folder.glob("[!.]*")):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            if _is_free(file):
                yield path.name


def lives(folder: Path, name: str) -> bool:
    try:
        with (folder / name).open("rb") as file:
            return not _is_free(file)
    except FileNotFoundError:
        return False


def _is_free(file: BinaryIO) -> bool:
    """Locked by us then, until it is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def remove(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
