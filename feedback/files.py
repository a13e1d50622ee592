"""Stored files, addressed by the sha256 of their bytes: written and synced before any row that names them."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


class Files:
    """A folder of files named by their own sha256, in 256 sub-folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("not a sha256 in lower-case hex")
        return self.folder / sha256[:2] / sha256

    def store(self, content: bytes) -> str:
        """Write and sync `content` and its folder; returns its sha256.

        What is there already is left alone where it is whole; its name is synced all the same, for whoever wrote it
        may not have come to that yet.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if not self._is_whole(target, len(content)):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = target.with_name(f".{secrets.token_hex(8)}")
            try:
                write(draft, content)
                draft.replace(target)
            finally:
                draft.unlink(missing_ok=True)
        for folder in (target.parent, self.folder):
            sync(folder)
        return sha256

    def _is_whole(self, path: Path, size: int) -> bool:
        """Whether the file is there with the bytes that its name says; the size is looked at first, for speed."""
        if not path.exists() or path.stat().st_size != size:
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == path.name

    def require_writable(self) -> None:
        """Write, sync and remove a small file. Raises OSError where that cannot be done."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = self.folder / f".{secrets.token_hex(8)}"
        try:
            write(probe, bytes(4096))
        finally:
            probe.unlink(missing_ok=True)

    def read(self, sha256: str) -> bytes:
        """The bytes. Raises FileNotFoundError; a file whose bytes no longer match its name raises OSError."""
        content = self.path(sha256).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise OSError(f"stored file {sha256} is damaged")
        return content

    def has(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def __iter__(self) -> Iterator[str]:
        """The sha256 of every file, sorted."""
        return (path.name for path in sorted(self.folder.glob("??/*")) if len(path.name) == 64)


def write(path: Path, content: bytes) -> None:
    """A new file, synced. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """A new name in a folder is durable only when the folder itself is synced."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
