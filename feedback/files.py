"""Stored files, addressed by the sha256 of their bytes: written and synced before any row that names them."""

import contextlib
import hashlib
import os
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from feedback import presence


class Damaged(OSError):
    """A stored file whose bytes no longer match its name."""


class Away(OSError):
    """The store itself does not answer, or refuses: nothing is known about the file."""


@dataclass(frozen=True)
class Listed:
    """A stored file as a listing knows it; `touched_at` is in seconds since 1970."""

    sha256: str
    size: int
    touched_at: float


@dataclass(frozen=True)
class Draft:
    """A file that is not whole yet. It `is_left` where the process that wrote it lives no more."""

    name: str
    size: int
    is_left: bool


class Files(ABC):
    """Files named by their own sha256. What a method has returned from stays, also when the power is cut.

    `drafts` is a folder on this machine in which a file may grow until it is adopted. Its name begins with that of
    the process that writes it.
    """

    drafts: Path

    def draft(self) -> Path:
        """Where a new draft may be written; nothing is there yet. What a crash leaves of it is swept afterwards."""
        self.drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.drafts / f".{presence.own(self._writers)}-{secrets.token_hex(8)}"

    @property
    def _writers(self) -> Path:
        return self.drafts / "writers"

    def drafting(self) -> Iterator[Draft]:
        """Every draft that lies there."""
        for path in sorted(self.drafts.glob(".*")):
            writer = path.name[1:].partition("-")[0]
            with contextlib.suppress(FileNotFoundError):  # adopted at this moment
                yield Draft(path.name, path.stat().st_size, not presence.lives(self._writers, writer))

    def sweep_left(self) -> int:
        """Remove the drafts of processes that live no more. Returns how many."""
        swept = 0
        for name in presence.gone(self._writers):
            for path in self.drafts.glob(f".{name}-*"):
                path.unlink(missing_ok=True)
                swept += 1
            presence.remove(self._writers, name)
        return swept

    def sweep_drafts(self, *, older_than: float) -> int:
        """Remove drafts that nobody has written to for so many seconds, whoever wrote them. Returns how many."""
        oldest = time.time() - older_than
        swept = 0
        for path in self.drafts.glob(".*"):
            with contextlib.suppress(FileNotFoundError):  # adopted at this moment
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    swept += 1
        return swept

    @abstractmethod
    def store(self, content: bytes) -> str:
        """Keep `content`; returns its sha256. What is there already but damaged is made whole."""

    @abstractmethod
    def adopt(self, draft: Path, sha256: str) -> None:
        """Keep a finished draft under the sha256 that its writer has counted. The draft is gone afterwards.

        Raises OSError and leaves the draft where that cannot be done.
        """

    @abstractmethod
    def require_writable(self) -> None:
        """Write and remove a small file. Raises OSError where that cannot be done."""

    @abstractmethod
    def read(self, sha256: str) -> bytes:
        """The bytes. Raises FileNotFoundError, Damaged, Away, or another OSError of the disk."""

    @abstractmethod
    def has(self, sha256: str) -> bool: ...

    @abstractmethod
    def remove(self, sha256: str) -> None: ...

    @abstractmethod
    def touch(self, sha256: str) -> None:
        """Make it as young as if it had just been stored. Raises FileNotFoundError."""

    @abstractmethod
    def listed(self) -> Iterator[Listed]:
        """Every file, sorted by sha256, one after the other however many there are."""

    def __iter__(self) -> Iterator[str]:
        """The sha256 of every file, sorted."""
        return (file.sha256 for file in self.listed())


class Folder(Files):
    """A folder of files in 256 sub-folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.drafts = folder / ".drafts"  # in here, so that adopting is a change of name
        self._is_synced_itself = False

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / checked(sha256)

    def store(self, content: bytes) -> str:
        """What is there already is left alone where it is whole; its name is synced all the same, for whoever wrote
        it may not have come to that yet.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if self._is_whole(target, len(content)):
            self._sync_name(target)
            return sha256
        draft = self.draft()
        try:
            write(draft, content)
            self._rename(draft, target)
        finally:
            draft.unlink(missing_ok=True)
        return sha256

    def adopt(self, draft: Path, sha256: str) -> None:
        sync(draft)
        self._rename(draft, self.path(sha256))

    def _rename(self, draft: Path, target: Path) -> None:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.replace(target)
        self._sync_name(target)

    def _sync_name(self, target: Path) -> None:
        for folder in (target.parent, self.folder):
            sync(folder)
        if not self._is_synced_itself:  # the first file of a new house: the store's own name is new, too
            sync(self.folder.parent)
            self._is_synced_itself = True

    def _is_whole(self, path: Path, size: int) -> bool:
        """Whether the file is there with the bytes that its name says; the size is looked at first, for speed."""
        if not path.exists() or path.stat().st_size != size:
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == path.name

    def require_writable(self) -> None:
        """Synced, as a file that is kept would be."""
        probe = self.draft()
        try:
            write(probe, bytes(4096))
        finally:
            probe.unlink(missing_ok=True)

    def read(self, sha256: str) -> bytes:
        return whole(self.path(sha256).read_bytes(), sha256)

    def has(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def touch(self, sha256: str) -> None:
        os.utime(self.path(sha256))

    def listed(self) -> Iterator[Listed]:
        """One sub-folder at a time. What is removed meanwhile may be missing from it."""
        for folder in sorted(self.folder.glob("??")):
            for path in sorted(folder.iterdir()):
                try:
                    found = path.stat()
                except FileNotFoundError:
                    continue
                if len(path.name) == 64:
                    yield Listed(path.name, found.st_size, found.st_mtime)


def checked(sha256: str) -> str:
    """Raises ValueError for what is no sha256, so that no name leads out of the store."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError("not a sha256 in lower-case hex")
    return sha256


def whole(content: bytes, sha256: str) -> bytes:
    """The content, if it is what its name says. Raises Damaged."""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged(f"stored file {sha256} is damaged")
    return content


def write(path: Path, content: bytes) -> None:
    """A new file, synced. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def make_folder(folder: Path) -> None:
    """With those above it that are missing, for the owner's eyes only; their names are synced."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync(folder.parent)


def sync(path: Path) -> None:
    """What was written to a file, or a new name in a folder, is durable only when that is synced."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
