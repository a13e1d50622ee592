"""Letters that came attached to a mail: each is an opinion of its own, and none of them lies open as a file."""

from collections.abc import Iterator
from dataclasses import replace

from mail_ingest.bodies import is_message
from mail_ingest.parse import UNREADABLE, parse
from mail_ingest.parsed import Attachment, Forwarded, ParsedMail

KEPT_IN_SOURCE = "an attached message is kept in the source only"
# More than anybody attaches; the others stay in the source, and a defect says so.
MOST_LETTERS = 200


class UnreadableLetter(Exception):
    """The parser gave up on an attached message; the whole mail waits for a better one."""


def each(mail: ParsedMail) -> Iterator[tuple[bytes, ParsedMail]]:
    """Every attached letter but the one that `mail` itself speaks of, as it was passed on: its bytes, and read."""
    for content in dict.fromkeys(mail.letters[:MOST_LETTERS]):
        letter = parse(content)
        if UNREADABLE in letter.defects:
            raise UnreadableLetter
        yield content, _passed_on(letter, mail)


def withheld(mail: ParsedMail) -> ParsedMail:
    """`mail` without the files that are mail: their headers name people, and they stay sealed in the source.

    Where they were not opened as what was passed on, a defect sends whoever reads it there.
    """
    files = tuple(file for file in mail.attachments if not _is_mail(file))
    is_open = mail.forwarded is not None and mail.forwarded.kind == "attached"
    is_whole = (is_open or len(files) == len(mail.attachments)) and len(mail.letters) <= MOST_LETTERS
    defects = mail.defects if is_whole else (KEPT_IN_SOURCE, *mail.defects)
    return replace(mail, attachments=files, defects=defects)


def _is_mail(file: Attachment) -> bool:
    return file.content_type.startswith("message/") or is_message(file.content)


def _passed_on(letter: ParsedMail, mail: ParsedMail) -> ParsedMail:
    return replace(
        letter,
        sender=mail.sender,
        date=mail.date,
        to=mail.to,
        cc=mail.cc,
        forwarded=Forwarded("attached", mail.sender, letter.subject, letter.date),
        by_hand=True,
        automatic=mail.automatic,
    )
