"""The machine: its clock, the room on its disk, and the versions of what runs on it."""

import ctypes
import platform
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version

from feedback import diskspace
from feedback.doctor.line import Line, Site, bad, good, note
from feedback.errors import _

SPACE, CLOCK, VERSIONS = _("Disk space"), _("Clock"), _("Versions")
# This version was made after it: a clock that shows less has lost its battery.
MADE_AT = datetime(2026, 3, 1, tzinfo=UTC)
PLENTY = 5 * 1024**3
UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
MIB = 1024**2


def look(site: Site) -> Iterator[Line]:
    yield _space(site)
    yield _clock(site)
    yield good(
        VERSIONS,
        _("Huiyin %(huiyin)s, Python %(python)s, SQLite %(sqlite)s, %(system)s"),
        huiyin=version("huiyin"),
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        system=platform.platform(terse=True),
    )


def _space(site: Site) -> Line:
    free, floor = diskspace.free(site.database), site.settings.min_free_bytes
    values = {"free": free // MIB, "floor": floor // MIB}
    if free < floor:
        return bad(
            SPACE,
            _("%(free)d MiB are free, less than the floor of %(floor)d MiB: no new mail and no form is taken."),
            _("Make room on the disk of the data folder; intake goes on by itself."),
            **values,
        )
    if free < max(PLENTY, 4 * floor):
        return note(
            SPACE,
            _("%(free)d MiB are free; below %(floor)d MiB no new mail and no form is taken."),
            _("Make room soon."),
            **values,
        )
    return good(SPACE, _("%(free)d MiB are free."), **values)


def _clock(site: Site) -> Line:
    local = site.now.astimezone(site.settings.zone).strftime("%Y-%m-%d %H:%M:%S")
    values = {"at": local, "zone": site.settings.timezone}
    if site.now < MADE_AT:
        return bad(
            CLOCK,
            _("It is %(at)s here (%(zone)s), which cannot be: time limits and codes are reckoned wrong."),
            _("Set the clock, and let it be set by NTP (timedatectl set-ntp true)."),
            **values,
        )
    if not _is_synchronised():
        return note(
            CLOCK,
            _("It is %(at)s here (%(zone)s); nothing keeps the clock right."),
            _("Compare it with yours, and let it be set by NTP (timedatectl set-ntp true)."),
            **values,
        )
    return good(CLOCK, _("It is %(at)s here (%(zone)s), and the clock is kept right."), **values)


def _is_synchronised() -> bool:
    """Asks the kernel. True where there is no way to ask."""
    try:
        asked = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return True
    return int(asked(ctypes.create_string_buffer(512))) != UNSYNCHRONISED
