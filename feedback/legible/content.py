"""What stands in a file, whatever it calls itself: told by its content, as everywhere in the house.

Nothing here looks at a picture of words: what was scanned or photographed has no text.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from feedback import filetypes
from feedback.legibility import Legibility
from feedback.legible.limits import LONGEST, SECONDS_OF_READING

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
# Some programs write a few bytes of their own before the mark; readers look for it in the first kilobyte.
_PDF_WITHIN = 1024
_MARKUP = re.compile(r"\s{0,200}<(?:!doctype html|html|head|body|meta|div|p|table)\b", re.I)
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")
_SAYS_SOMETHING = re.compile(r"[^\W_]")


class Locked(Exception):
    """It cannot be opened without a password."""


@dataclass(frozen=True)
class Reading:
    """`reason` says, in a word of the program, why nothing could be read."""

    legibility: Legibility
    text: str = ""
    reason: str = ""


def read(content: bytes) -> Reading:
    """The first LONGEST signs; what was read of a file that turns out to be damaged further on counts."""
    pieces: list[str] = []
    reason = ""
    try:
        _gather(content, pieces)
    except Locked:
        return Reading(Legibility.LOCKED)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - libraries raise whatever a damaged file leads them to
        reason = type(error).__name__
    text = _tidied("\n".join(pieces))
    if _SAYS_SOMETHING.search(text):
        return Reading(Legibility.READ, text)
    return Reading(Legibility.UNREADABLE, reason=reason) if reason else Reading(Legibility.WORDLESS)


def _gather(content: bytes, pieces: list[str]) -> None:
    """Into `pieces`, so that they are there whatever happens; a file that takes long is left where it is then."""
    reader = _reader(content)
    length, until = 0, time.process_time() + SECONDS_OF_READING
    for piece in reader(content) if reader else ():
        pieces.append(piece)
        length += len(piece)
        if length >= LONGEST or time.process_time() > until:
            return


def _reader(content: bytes) -> Callable[[bytes], Iterator[str]] | None:
    """Each library is loaded for the first file that needs it."""
    if b"%PDF-" in content[:_PDF_WITHIN]:
        from feedback.legible import pdf

        return pdf.pieces
    if content.startswith(_OLE):
        from feedback.legible import old_office

        return old_office.pieces
    if content.startswith(b"PK\x03\x04"):
        from feedback.legible import open_office

        return open_office.pieces
    return _plain


def _plain(content: bytes) -> Iterator[str]:
    text = filetypes.decoded(content)
    if text is None or text.startswith("{\\rtf"):
        return
    if _MARKUP.match(text):
        from feedback.legible import web_page

        yield from web_page.pieces(text)
    else:
        yield text[:LONGEST]


def _tidied(text: str) -> str:
    """Without what no database takes (zero signs, halves of pairs), and without the empty space of a layout."""
    sound = text.replace("\0", " ").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _LINES.sub("\n", _SPACES.sub(" ", sound)).strip()[:LONGEST]
