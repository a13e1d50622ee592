"""The text of the archives of XML that office programs write: .docx, .xlsx, .pptx, OpenDocument and OFD."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from itertools import chain

from feedback.legible.content import Locked
from feedback.legible.limits import LONGEST
from feedback.office_words import DRAWING, OFD, OPEN_DOCUMENT, WORD, Dialect, NotReadable, Words

MOST_MEMBERS = 5_000
# What one part may unpack to before it has given all the words that are wanted: more is a bomb.
MOST_XML = 64 * 1024 * 1024
_PIECE = 64 * 1024
# The name of a part → how it is written. What stands beside the body comes after it.
_PARTS: tuple[tuple[str, Dialect], ...] = (
    (r"word/document\.xml", WORD),
    (r"word/(?:footnotes|endnotes|comments|header\d+|footer\d+)\.xml", WORD),
    (r"ppt/slides/slide\d+\.xml", DRAWING),
    (r"ppt/notesSlides/notesSlide\d+\.xml", DRAWING),
    (r"content\.xml", OPEN_DOCUMENT),
    (r"(?:.*/)?Pages/.*\.xml", OFD),
)
_SHEETS = "xl/workbook.xml"
_ENCRYPTED = 1


def pieces(content: bytes) -> Iterator[str]:
    """A piece for each part or row. Raises Locked, NotReadable, and what zipfile and openpyxl raise."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise NotReadable
        if any(member.flag_bits & _ENCRYPTED for member in members) or _has_locked_parts(archive):
            raise Locked
        names = sorted(archive.namelist(), key=_in_order)
        parts = chain.from_iterable(
            ((name, dialect) for name in names if re.fullmatch(pattern, name)) for pattern, dialect in _PARTS
        )
        for name, dialect in parts:
            with archive.open(name) as part:
                yield _words(iter(lambda: part.read(_PIECE), b""), dialect)
    if _SHEETS in names:
        yield from _rows(content)


def _has_locked_parts(archive: zipfile.ZipFile) -> bool:
    """OpenDocument encrypts part by part, and says so in its list of parts."""
    if "META-INF/manifest.xml" not in archive.namelist():
        return False
    with archive.open("META-INF/manifest.xml") as listed:
        return b"encryption-data" in listed.read(_PIECE)


def _in_order(name: str) -> list[int | str]:
    """slide2 before slide10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def _words(chunks: Iterable[bytes], dialect: Dialect) -> str:
    words, size = Words(dialect, LONGEST), 0
    for chunk in chunks:
        words.feed(chunk)
        if words.is_full:
            return words.text()
        size += len(chunk)
        if size > MOST_XML:
            raise NotReadable
    words.feed(b"", is_last=True)
    return words.text()


def _rows(content: bytes) -> Iterator[str]:
    """What the cells show but for their formats: results of formulas, not the formulas."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles that it does not know
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            yield sheet.title
            for row in sheet.iter_rows(values_only=True):
                if said := [str(cell) for cell in row if cell is not None]:
                    yield " ".join(said)
