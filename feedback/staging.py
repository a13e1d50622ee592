"""Files of a form that is not sent yet: kept for a day, so that a mistake elsewhere costs nobody a photograph."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from feedback import db, file_store, filetypes
from feedback.config import Settings
from feedback.errors import Refusal, _
from feedback.files import Files
from feedback.submissions import StoredFile

MOST_FILES = 10
MOST_BYTES = 20 * 1024 * 1024
KEPT_FOR = timedelta(days=1)
# A form with a few files too many is shown again with all of them, for the person to choose; not one with hundreds.
MOST_KEPT = 2 * MOST_FILES
# What all forms together may leave here: the longest untouched make room for the newest.
MOST_FOLDER_BYTES = 2 * 1024**3
MOST_FOLDER_FILES = 5_000


@dataclass(frozen=True)
class Staged:
    """A file that was examined and lies in the folder of staged files."""

    filename: str
    content_type: str
    size: int
    sha256: str


def folder(settings: Settings) -> Files:
    return file_store.opened(settings, "staged")


def stage(settings: Settings, content: bytes, filename: str) -> Staged:
    """Examine and keep one file. Raises Refusal for what may not be added."""
    content_type = filetypes.examine(content, filename)
    if len(content) > MOST_BYTES:
        raise Refusal(
            _("“%(name)s” is too large: all files together may have 20 MB."),
            field="attachments",
            name=filetypes.shown(filename),
        )
    sha256 = keep(settings, content)
    return Staged(filetypes.safe_name(filename, content_type), content_type, len(content), sha256)


def keep(settings: Settings, content: bytes) -> str:
    """Put bytes of any kind into the folder; returns their sha256."""
    _make_room(settings, len(content))
    kept = folder(settings)
    sha256 = kept.store(content)
    kept.touch(sha256)
    return sha256


def require_keepable(count: int) -> None:
    """Raises Refusal for so many files that none of them is kept."""
    if count > MOST_KEPT:
        raise Refusal(
            _(
                "These are %(count)d files; at most 10 can be sent. None of the new ones was kept: please choose "
                "again."
            ),
            field="attachments",
            count=count,
        )


def require_fits(staged: Sequence[Staged]) -> None:
    """Raises Refusal for more files, or larger ones, than one submission may have."""
    if len(staged) > MOST_FILES:
        raise Refusal(
            _("These are %(count)d files; at most 10 can be sent. Please remove some."),
            field="attachments",
            count=len(staged),
        )
    if sum(file.size for file in staged) > MOST_BYTES:
        raise too_much()


def too_much() -> Refusal:
    return Refusal(_("The files have more than 20 MB together. Please remove or shrink some."), field="attachments")


def ticket(settings: Settings, staged: Staged, *, now: datetime) -> str:
    """What the form carries in place of the file: signed, good for a day."""
    return _signer(settings).dumps([*dataclasses.astuple(staged), int(now.timestamp())])


def redeem(settings: Settings, ticket: str, *, now: datetime) -> Staged:
    """The file of a ticket. Raises Refusal when the ticket is forged or old, or the file is gone."""
    try:
        *fields, issued = _signer(settings).loads(ticket)
        staged = Staged(*fields)
    except (BadSignature, TypeError, ValueError) as error:
        raise _gone() from error
    if now.timestamp() - issued > KEPT_FOR.total_seconds():
        raise _gone()
    try:
        folder(settings).touch(staged.sha256)
    except FileNotFoundError as error:
        raise _gone() from error
    return staged


def adopt(session: Session, staged: Staged) -> StoredFile:
    """Write the file into the store, where it stays; the staged copy is left for the sweep."""
    sha256 = db.files(session).store(folder(db.settings_of(session)).read(staged.sha256))
    return StoredFile(staged.filename, staged.content_type, staged.size, sha256)


def sweep(settings: Settings, now: datetime) -> int:
    """Remove the staged files that nobody has touched for a day; returns how many."""
    staged = folder(settings)
    oldest = (now - KEPT_FOR).timestamp()
    old = [file.sha256 for file in staged.listed() if file.touched_at < oldest]
    for sha256 in old:
        staged.remove(sha256)
    return len(old)


def _make_room(settings: Settings, size: int) -> None:
    """Remove the longest untouched files until one more of `size` octets is within the bounds of the folder."""
    kept = folder(settings)
    known = [(file.touched_at, file.size, file.sha256) for file in kept.listed()]
    total = sum(octets for _at, octets, _sha256 in known)
    for number, (_at, octets, sha256) in enumerate(sorted(known)):
        if total + size <= MOST_FOLDER_BYTES and len(known) - number < MOST_FOLDER_FILES:
            return
        kept.remove(sha256)
        total -= octets


def _signer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(settings.secret_key, salt="staged file")


def _gone() -> Refusal:
    return Refusal(_("One of your files was kept for too long. Please choose it again."), field="attachments")
