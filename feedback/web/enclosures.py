"""The files of a form: those that came now, and those that were kept when it was shown before."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import g, request

from feedback import diskspace, staging
from feedback.config import Settings
from feedback.errors import Refusal
from feedback.staging import Staged
from feedback.submissions import StoredFile
from feedback.web import language
from feedback.web.house import database


@dataclass(frozen=True)
class Enclosures:
    """`tickets` stand in the form in place of the files; `errors` are sentences in the reader's language."""

    files: Sequence[Staged]
    tickets: Sequence[str]
    errors: Sequence[str]
    # The whole post was larger than one may be: its words are kept, its new files are not.
    is_oversized: bool = False

    @property
    def pairs(self) -> list[tuple[str, Staged]]:
        return list(zip(self.tickets, self.files, strict=True))


NONE = Enclosures((), (), ())


def collect(settings: Settings, now: datetime) -> Enclosures:
    """Those of the form that was posted. A file that is refused is left out and named in an error.

    Raises NoRoom, and keeps none, where the disk has too little room.
    """
    diskspace.require_room(database())
    tickets: dict[str, Staged] = {}
    errors: list[str] = []
    removed = set(request.form.getlist("remove"))
    for ticket in request.form.getlist("staged"):
        if ticket not in removed:
            with _named(errors):
                tickets[ticket] = staging.redeem(settings, ticket, now=now)
    uploads = [upload for upload in request.files.getlist("attachments") if upload.filename]
    is_oversized = (request.content_length or 0) > settings.max_message_bytes
    with _named(errors):
        # All of them are counted before one is kept: nothing else bounds what a post leaves in the folder.
        staging.require_keepable(len(tickets) + len(uploads))
        if is_oversized:
            raise staging.too_much()
        for upload in uploads:
            with _named(errors):
                staged = staging.stage(settings, upload.read(), upload.filename or "")
                tickets[staging.ticket(settings, staged, now=now)] = staged
    with _named(errors):
        staging.require_fits(list(tickets.values()))
    g.tickets = list(tickets)  # for a fault page: what was kept is carried on
    return Enclosures(list(tickets.values()), list(tickets), errors, is_oversized)


def adopt(enclosures: Enclosures) -> tuple[StoredFile, ...]:
    """Into the store, where they stay. Before the transaction that names them: writing and syncing takes time."""
    if not enclosures.files:
        return ()
    with database().reading() as session:
        return tuple(staging.adopt(session, file) for file in enclosures.files)


@contextlib.contextmanager
def _named(errors: list[str]) -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        errors.append(language.said(refusal))
