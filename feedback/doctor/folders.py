"""The data folder: whose it is, who may look into it, and what kind of disk it lies on."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from feedback.config import Settings
from feedback.doctor.line import Line, Site, bad, good
from feedback.errors import Refusal, _

TOPIC, KEYS, DISK = _("Data folder"), _("Secret keys"), _("Disk")
SECRETS = ("identity_key", "secret_key")
OTHERS = 0o077
# On these SQLite's locks, or synced writes, are not what they promise to be.
FOREIGN = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs"})
FLEETING = frozenset({"tmpfs", "ramfs"})


def has_house(asked: Settings) -> bool:
    """Whether there is anything to look at. Nothing is made: called to a wrong place, the doctor leaves no trace."""
    given = {"identity_key": asked.identity_key, "secret_key": asked.secret_key}
    try:
        return asked.data_dir.is_dir() and all(given[name] or (asked.data_dir / name).exists() for name in SECRETS)
    except PermissionError:
        return True  # something is there that we may not see: that is said later


def nothing_there(asked: Settings) -> Line:
    return bad(
        TOPIC,
        _("There is no house in %(folder)s."),
        _("Is FEEDBACK_DATA_DIR right? As root use /usr/local/bin/feedback; for a new house `feedback init`."),
        folder=asked.data_dir,
    )


def unreadable(asked: Settings, error: Exception) -> Line:
    reason = str(error) if isinstance(error, Refusal) else type(error).__name__
    return bad(
        TOPIC,
        _("%(folder)s cannot be used by %(user)s: %(reason)s"),
        _("Run it as the user of the services (as root: /usr/local/bin/feedback), or give the folder to that user."),
        folder=asked.data_dir,
        user=_name(os.geteuid()),
        reason=reason,
    )


def look(site: Site) -> Iterator[Line]:
    folder = site.settings.data_dir
    yield from list(_owners(folder, site.database.file)) or [
        good(TOPIC, _("%(folder)s belongs to %(user)s, and to nobody else."), folder=folder, user=_owner(folder))
    ]
    yield from _keys(site.settings)
    yield from _disk(folder if site.database.file is None else site.database.file.parent)


def _owners(folder: Path, file: Path | None) -> Iterator[Line]:
    if folder.stat().st_mode & OTHERS:
        yield bad(
            TOPIC,
            _("Other users of this machine may look into %(folder)s."),
            "chmod 700 %(folder)s",
            folder=folder,
        )
    owner = folder.stat().st_uid
    if os.geteuid() not in (owner, 0):
        yield bad(
            TOPIC,
            _("%(folder)s belongs to %(owner)s, and this is %(user)s."),
            _("Run it as the user of the services (as root: /usr/local/bin/feedback)."),
            folder=folder,
            owner=_owner(folder),
            user=_name(os.geteuid()),
        )
    strays = [path for path in _standing(folder, file) if path.lstat().st_uid != owner]
    if strays:
        yield bad(
            TOPIC,
            _("%(path)s belongs to %(stranger)s: the services cannot write to it."),
            "chown -R %(owner)s: %(folder)s",
            path=strays[0],
            stranger=_owner(strays[0]),
            owner=_owner(folder),
            folder=folder,
        )


def _standing(folder: Path, file: Path | None) -> list[Path]:
    """What lies on top: a command that was run as root leaves its files there."""
    beside = [file.with_name(file.name + end) for end in ("", "-wal", "-shm")] if file is not None else []
    return [path for path in sorted({*folder.iterdir(), *beside}) if path.exists()]


def _keys(settings: Settings) -> Iterator[Line]:
    files = [settings.data_dir / name for name in SECRETS]
    open_ones = [path for path in files if path.exists() and path.stat().st_mode & OTHERS]
    for path in open_ones:
        yield bad(
            KEYS,
            _("Other users of this machine may read %(path)s, which opens every identity."),
            "chmod 600 %(path)s",
            path=path,
        )
    if not open_ones:
        yield good(KEYS, _("Nobody else may read them."))


def _disk(folder: Path) -> Iterator[Line]:
    kind = _file_system(folder)
    if kind in FLEETING:
        yield bad(
            DISK,
            _("%(folder)s lies in memory (%(kind)s): everything is lost when the machine stops."),
            _("Move the house to a disk: stop the services, copy the folder, change FEEDBACK_DATA_DIR."),
            folder=folder,
            kind=kind,
        )
    elif kind in FOREIGN:
        yield bad(
            DISK,
            _("%(folder)s lies on a network disk (%(kind)s), where SQLite may be damaged."),
            _("Move the house to a disk of this machine, or use PostgreSQL and FEEDBACK_FILES_URL."),
            folder=folder,
            kind=kind,
        )
    else:
        yield good(DISK, _("%(folder)s lies on a disk of this machine (%(kind)s)."), folder=folder, kind=kind)


def _file_system(folder: Path) -> str:
    """Its kind, as the system's table of mounts has it; `?` where there is none."""
    best, kind = "", "?"
    try:
        lines = Path("/proc/self/mounts").read_text().splitlines()
    except OSError:
        return kind
    for line in lines:
        _device, place, name = line.split()[:3]
        place = place.replace("\\040", " ")
        if folder.is_relative_to(place) and len(place) >= len(best):
            best, kind = place, name
    return kind


def _owner(path: Path) -> str:
    return _name(path.lstat().st_uid)


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
