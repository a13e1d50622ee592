"""Where the settings say that files lie: in a folder of this machine, or in a bucket that all machines share."""

import logging

from feedback.bucket import Address, Bucket, Credentials
from feedback.config import Settings
from feedback.files import Draft, Files, Folder

ROOMS = ("files", "staged")
log = logging.getLogger(__name__)


def opened(settings: Settings, room: str) -> Files:
    """The files of one room, `files` or `staged`. Reaches for nothing yet."""
    if settings.files_url is None:
        return Folder(settings.data_dir / room)
    credentials = Credentials(settings.files_key, settings.files_secret)
    return Bucket(Address.parse(settings.files_url), credentials, room, settings.data_dir / "drafts")


def drafting(settings: Settings) -> list[Draft]:
    """What processes of this machine are writing, and what those have left that live no more."""
    return sorted({draft for room in ROOMS for draft in opened(settings, room).drafting()}, key=lambda one: one.name)


def sweep_left(settings: Settings) -> None:
    """Remove what a crash has left: nobody can finish it, and its sender was not told that it is kept."""
    swept = sum(opened(settings, room).sweep_left() for room in ROOMS)
    if swept:
        log.info("swept drafts of dead processes count=%d", swept)
