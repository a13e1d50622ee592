"""Mailboxes that exist already: mbox, Maildir, a folder of .eml files, or one message; file by file, as bytes."""

import contextlib
import mailbox
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from feedback import mailroom
from feedback.db import Database
from feedback.errors import Refusal, _
from feedback.mailroom import Envelope
from feedback.models import FilingState
from mail_ingest import filing

MBOX_START = b"From "
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


class Mailbox:
    """The messages under one path; `len()` counts them without reading them all."""

    def __init__(self, path: Path) -> None:
        """Raises Refusal where there is no mail under `path`."""
        self._box: mailbox.mbox | mailbox.Maildir | None = None
        self._files: list[Path] = []
        if not path.exists():
            raise Refusal(_("%(path)s does not exist."), path=path)
        if path.is_dir() and (path / "cur").is_dir() and (path / "new").is_dir():
            self._box = mailbox.Maildir(path, create=False)
        elif path.is_dir():
            self._files = sorted(found for found in path.rglob("*") if found.suffix.lower() == ".eml")
        elif _begins_with(path, MBOX_START):
            self._box = mailbox.mbox(path, create=False)
        else:
            self._files = [path]
        if not len(self):
            raise Refusal(_("There is no mail in %(path)s."), path=path)

    def __len__(self) -> int:
        return len(self._files) if self._box is None else len(self._box)

    def __iter__(self) -> Iterator[bytes]:
        if self._box is None:
            yield from (path.read_bytes() for path in self._files)
            return
        with contextlib.closing(self._box) as box:
            yield from (box.get_bytes(key) for key in sorted(box.keys()))


def bring_in(database: Database, content: bytes) -> FilingState:
    """Deliver one message of an old mailbox; one that was brought in before is not kept a second time."""
    with database.reading() as session:
        known = mailroom.find(session, content)
        state = known.filing.state if known else None
    if known is None:
        return filing.deliver(database, content, Envelope(), received_at=arrived_at(content))
    if state is FilingState.WAITING:
        return filing.file(database, known.id)
    return FilingState.DUPLICATE


def bring_in_all(database: Database, box: Mailbox, counted: Counter[FilingState]) -> Iterator[None]:
    """Bring in one message with each step, adding up in `counted` what became of them."""
    for content in box:
        counted[bring_in(database, content)] += 1
        yield


def arrived_at(content: bytes) -> datetime:
    """When the message came: by its newest Received line, else by its Date; now where neither can be true."""
    headers = BytesHeaderParser().parsebytes(content[: 256 * 1024])
    now = datetime.now(UTC)
    for line in (str(headers.get("Received", "")).rpartition(";")[2], str(headers.get("Date", ""))):
        try:
            said = parsedate_to_datetime(line.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        said = said if said.tzinfo else said.replace(tzinfo=UTC)
        if EARLIEST <= said <= now:
            return said
    return now


def _begins_with(path: Path, start: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(start)) == start
