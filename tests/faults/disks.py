"""A disk that can be filled: a small file system of its own where one may be mounted, else a limit for processes."""

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

SMALL = 32 * 1024 * 1024
CHUNK = 64 * 1024


class Disk:
    """`is_small` says whether the folder has a file system of its own, which may be filled to the last octet."""

    def __init__(self, folder: Path, *, is_small: bool) -> None:
        self.folder = folder
        self.is_small = is_small
        self._ballast = folder / "ballast"

    @property
    def free(self) -> int:
        return shutil.disk_usage(self.folder).free

    def leave(self, octets: int) -> None:
        """Take all but so many; nothing is written for it."""
        with self._ballast.open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, self.free - octets)

    def fill(self, pids: list[int]) -> None:
        """No room for the house with these processes, not for an octet."""
        if not self.is_small:
            for pid in pids:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            return
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as ballast:
            while ballast.write(bytes(CHUNK)):
                pass

    def empty(self, pids: list[int]) -> None:
        self._ballast.unlink(missing_ok=True)
        for pid in pids if not self.is_small else []:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextlib.contextmanager
def small(folder: Path) -> Iterator[Disk]:
    """In `folder`, which must be there; without the right to mount it is an ordinary folder."""
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={SMALL},mode=0700", "tmpfs", str(folder)]
    is_mounted = os.geteuid() == 0 and subprocess.run(mounting, capture_output=True).returncode == 0
    try:
        yield Disk(folder, is_small=is_mounted)
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
