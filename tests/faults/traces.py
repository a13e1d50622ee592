"""What processes asked of the system, in order: strace's record of them, read."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import FORBIDDEN

CALLS = (
    "openat,open,creat,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,write,pwrite64,writev,"
    "pwritev,pwritev2,ftruncate,fsync,fdatasync,sendto,sendmsg,sendfile,copy_file_range,recvfrom"
)
LINE = re.compile(r"^(\d+) +(.*)$")
UNFINISHED = re.compile(r"^(.*?) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")
WHOLE = re.compile(r"^(\w+)\((.*)\) += (-?\d+)(.*)$")
PLACE = re.compile(r"(?<![\w\"])(?:\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
AT = re.compile(r", (\d+)$")


@dataclass(frozen=True)
class Call:
    """One call that succeeded. It began and ended with these lines of the record.

    `places` are the paths of the descriptors in it (for `openat` with that of its result), `strings` what was given.
    """

    name: str
    began: int
    ended: int
    places: tuple[str, ...]
    strings: tuple[bytes, ...]
    given: str
    result: int

    @property
    def data(self) -> bytes:
        return b"".join(self.strings)

    @property
    def offset(self) -> int:
        """Of a pwrite, or the length that is left by an ftruncate."""
        found = AT.search(self.given)
        assert found, self.given
        return int(found[1])


def recorder(record: Path, *, longest: int = 128, attached: Sequence[int] = ()) -> list[str]:
    """What to put before a command. Leaves the test out, and says so, where no process may be traced."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    tried = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"{FORBIDDEN} that processes are traced here: {tried.stderr.strip()}")
    others = [word for pid in attached for word in ("-p", str(pid))]
    shown = ["-xx", "-y", "-s", str(longest), "-e", f"trace={CALLS}", "-e", "signal=none"]
    return ["strace", "-f", "-qq", *shown, "-o", str(record), *others]


def read(record: Path) -> list[Call]:
    """All calls, in the order in which they ended."""
    return list(_calls(record))


def _calls(record: Path) -> Iterator[Call]:
    begun: dict[str, tuple[int, str]] = {}
    with record.open(encoding="ascii", errors="replace") as lines:
        for number, line in enumerate(lines):
            found = LINE.match(line.rstrip("\n"))
            if found is None:
                continue
            pid, text = found.groups()
            began = number
            if unfinished := UNFINISHED.match(text):
                begun[pid] = number, unfinished[1]
                continue
            if resumed := RESUMED.match(text):
                began, start = begun.pop(pid, (number, f"{resumed[1]}("))
                text = start + resumed[2]
            whole = WHOLE.match(text)
            if whole and int(whole[3]) >= 0:
                yield _call(whole, began, number)


def _call(whole: re.Match[str], began: int, ended: int) -> Call:
    name, given, result, after = whole.groups()
    places = tuple(_plain(place).decode() for place in PLACE.findall(given) + re.findall(r"^<([^>]*)>", after))
    strings = tuple(_plain(text) for text in STRING.findall(given))
    return Call(name, began, ended, places, strings, given, int(result))


def _plain(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
