"""A power cut that is replayed: the disk as it would be at a moment of the record, without what was not synced.

Harsher than a real disk: of a file stays what was written before a sync of it began, of a folder the names that it
had then. Of what was written since, any part may be there or not, torn at any sector.
"""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.traces import Call

SECTOR = 512
WRITES = {"write", "pwrite64", "writev", "pwritev", "pwritev2"}
SYNCS = {"fsync", "fdatasync"}
MAKES = {"mkdir", "mkdirat"}


@dataclass
class File:
    """`synced` is on the disk; `since` is what was written (offset and octets) or cut (length, None) after that."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, bytes | None]] = field(default_factory=list)
    length: int = 0
    done: int = 0

    @property
    def known(self) -> int:
        """How much was done to it from the beginning: what a sync that begins now will have put on the disk."""
        return self.done + len(self.since)

    def write(self, offset: int, octets: bytes) -> None:
        self.since.append((offset, octets))
        self.length = max(self.length, offset + len(octets))

    def cut(self, length: int) -> None:
        self.since.append((length, None))
        self.length = length

    def sync(self, known: int) -> None:
        """The first so many of all that was done are on the disk now; another sync may have known more already."""
        new = max(0, known - self.done)
        self.synced = self.after(self.since[:new])
        del self.since[:new]
        self.done += new

    def after(self, done: list[tuple[int, bytes | None]]) -> bytearray:
        content = bytearray(self.synced)
        for offset, octets in done:
            if octets is None:
                content = content[:offset].ljust(offset, b"\0")
                continue
            content = content.ljust(offset, b"\0")
            content[offset : offset + len(octets)] = octets
        return content


class Disk:
    """The folder at the start, all of it synced, and what the calls make of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._now: dict[str, File | None] = {}  # None for a folder
        for path in folder.rglob("*"):
            self._now[str(path)] = None if path.is_dir() else _standing(path)
        self._synced = dict(self._now)
        self._positions: dict[str, int] = {}
        self._synced_as_of: dict[str, int] = {}

    def play(self, calls: list[Call]) -> Iterator[Call]:
        """Each call, when it has been done. A sync knows only what had ended before it began."""
        syncing: dict[int, tuple[dict[str, int], dict[str, File | None]]] = {}
        beginnings = sorted((call for call in calls if call.name in SYNCS), key=lambda call: call.began)
        for call in calls:
            # What is told changes nothing here, and may end long after others have written and synced.
            moment = call.began if call.name == "sendto" else call.ended
            while beginnings and beginnings[0].began < moment:
                begins = beginnings.pop(0)
                syncing[begins.began] = self._known(begins.places[0])
            if call.name in SYNCS and call.began not in syncing:
                syncing[call.began] = self._known(call.places[0])
            self._do(call, syncing)
            yield call

    def _known(self, place: str) -> tuple[dict[str, int], dict[str, File | None]]:
        file = self._now.get(place)
        names = {name: kept for name, kept in self._now.items() if _folder_of(name) == place}
        return ({place: file.known} if file else {}), names

    def _do(self, call: Call, syncing: dict[int, tuple[dict[str, int], dict[str, File | None]]]) -> None:
        if call.name in SYNCS:
            self._sync(call, *syncing.pop(call.began))
        elif call.name in WRITES and self._is_ours(call.places[0]):
            self._write(call)
        elif call.name == "ftruncate" and self._is_ours(call.places[0]):
            self._file(call.places[0]).cut(call.offset)
        elif call.name == "openat" and "O_CREAT" in call.given and self._is_ours(call.places[-1]):
            self._now.setdefault(call.places[-1], File())
            self._positions[call.places[-1]] = 0
        elif call.name in MAKES and self._is_ours(call.strings[0].decode()):
            self._now.setdefault(call.strings[0].decode(), None)
        elif call.name.startswith("rename") and self._is_ours(call.strings[0].decode()):
            self._now[call.strings[1].decode()] = self._now.pop(call.strings[0].decode())
        elif call.name.startswith("unlink") and self._is_ours(call.strings[0].decode()):
            self._now.pop(call.strings[0].decode(), None)

    def _is_ours(self, path: str) -> bool:
        """The shared memory of SQLite is made anew from the log after a cut; logs are nobody's promise."""
        return path.startswith(self._folder + "/") and not path.endswith(("-shm", ".log", "/record"))

    def _file(self, path: str) -> File:
        found = self._now.setdefault(path, File())
        assert found is not None, path
        return found

    def _write(self, call: Call) -> None:
        path = call.places[0]
        if path.endswith(" (deleted)"):
            return
        assert len(call.data) >= call.result, f"the record is cut short: {call.name} {path}"
        if call.name.startswith("p"):
            self._file(path).write(call.offset, call.data[: call.result])
            return
        at = self._positions.get(path, 0)
        self._file(path).write(at, call.data[: call.result])
        self._positions[path] = at + call.result

    def _sync(self, call: Call, written: dict[str, int], names: dict[str, File | None]) -> None:
        for path, known in written.items():
            file = self._now.get(path)
            if file is not None:
                file.sync(known)
        place = call.places[0]
        # Of two at the same folder the one that began first may end last; it takes nothing away that the other kept.
        if call.began < self._synced_as_of.get(place, call.began):
            return
        self._synced_as_of[place] = call.began
        for name in [name for name in self._synced if _folder_of(name) == place and name not in names]:
            del self._synced[name]
        self._synced |= names

    def cut(self, target: Path, chance: random.Random | None = None) -> None:
        """Lay out in `target` what is found after the cut: with `chance` also parts of what was not synced."""
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        lost = {folder for folder in self._folders() if chance is None or chance.random() < 0.5}
        names = {name: file for name, file in self._synced.items() if _folder_of(name) in lost}
        names |= {name: file for name, file in self._now.items() if _folder_of(name) not in lost}
        for name in sorted(names):
            path, file = target / name.removeprefix(self._folder + "/"), names[name]
            if not path.parent.is_dir():
                continue  # its folder has no name
            if file is None:
                path.mkdir(exist_ok=True)
            else:
                path.write_bytes(file.after(_survived(file.since, chance)))

    def _folders(self) -> set[str]:
        return {_folder_of(name) for name in (*self._now, *self._synced)}


def _standing(path: Path) -> File:
    content = path.read_bytes()
    return File(bytearray(content), [], len(content))


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _survived(since: list[tuple[int, bytes | None]], chance: random.Random | None) -> list[tuple[int, bytes | None]]:
    """In any choice, and each only in some of its sectors: a disk writes in what order it likes."""
    if chance is None:
        return []
    kept: list[tuple[int, bytes | None]] = []
    for offset, octets in since:
        if octets is None:
            kept += [(offset, None)] if chance.random() < 0.5 else []
            continue
        for start in range(0, len(octets), SECTOR):
            if chance.random() < 0.5:
                kept.append((offset + start, octets[start : start + SECTOR]))
    return kept
