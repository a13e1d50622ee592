"""Who has a port, as far as we may know: the system names the user of each socket, and the program of our own."""

import contextlib
import pwd
from collections.abc import Iterator
from pathlib import Path

TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
LISTENING = "0A"


def holder(port: int) -> str:
    """`www-data`, or `huiyin, gunicorn (4711)` where the process can be seen; empty where nobody listens there."""
    for user, inode in _listening(port):
        program = _program(inode)
        return f"{user}, {program}" if program else user
    return ""


def _listening(port: int) -> Iterator[tuple[str, str]]:
    for table in TABLES:
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield _name(int(fields[7])), fields[9]


def _program(inode: str) -> str:
    for process in Path("/proc").glob("[0-9]*"):
        if any(_target(opened) == f"socket:[{inode}]" for opened in _opened(process)):
            with contextlib.suppress(OSError):
                return f"{(process / 'comm').read_text().strip()} ({process.name})"
    return ""


def _opened(process: Path) -> list[Path]:
    try:
        return list((process / "fd").iterdir())
    except OSError:
        return []


def _target(opened: Path) -> str:
    try:
        return str(opened.readlink())
    except OSError:  # closed meanwhile
        return ""


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
