"""Where the settings say that files lie: in a folder of this machine, or in a bucket that all machines share."""

from feedback.bucket import Address, Bucket, Credentials
from feedback.config import Settings
from feedback.files import Files, Folder


def opened(settings: Settings, room: str) -> Files:
    """The files of one room, `files` or `staged`. Reaches for nothing yet."""
    if settings.files_url is None:
        return Folder(settings.data_dir / room)
    credentials = Credentials(settings.files_key, settings.files_secret)
    return Bucket(Address.parse(settings.files_url), credentials, room, settings.data_dir / "drafts")
