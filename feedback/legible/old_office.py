"""The text of Word, Excel and PowerPoint files of 1997 to 2003, which many offices still write."""

import io
import re
import struct
from collections.abc import Iterator

import olefile

from feedback.legible.content import Locked
from feedback.legible.limits import LONGEST
from feedback.office_words import NotReadable

MOST_STREAM = 64 * 1024 * 1024
# [MS-DOC] 2.5.1: the mark, then flags; which table is in use, and whether all is encrypted.
_WORD_MARK = 0xA5EC
_FLAGS, _ENCRYPTED, _TABLE_ONE = 0x0A, 0x0100, 0x0200
_FIELD_CODES = re.compile("\x13[^\x13\x14\x15]*(?:\x14|(?=\x15))")
_WORD_SIGNS = {0x07: "\t", 0x0B: "\n", 0x0C: "\n", 0x0D: "\n", 0x14: "", 0x15: "", 0x1E: "-", 0x1F: ""}
_SILENT_SIGNS = {code: " " for code in range(0x20) if code not in (0x09, 0x0A)}
# [MS-PPT] 2.13.24: what stands in slides and notes, in UTF-16 or in its low bytes; containers have version 15.
_TEXT_CHARS, _TEXT_BYTES = 0x0FA0, 0x0FA8
_CONTAINER = 0x0F
_CRYPT_SESSION = 0x2F14


def pieces(content: bytes) -> Iterator[str]:
    """Raises Locked, NotReadable, and what olefile and xlrd raise."""
    with olefile.OleFileIO(io.BytesIO(content)) as file:
        if file.exists("EncryptedPackage"):
            raise Locked
        if file.exists("WordDocument"):
            yield _word(file)
        elif file.exists("PowerPoint Document"):
            yield from _slides(_stream(file, "PowerPoint Document"))
        elif file.exists("Workbook") or file.exists("Book"):
            yield from _sheets(content)


def _stream(file: olefile.OleFileIO, name: str) -> bytes:
    if file.get_size(name) > MOST_STREAM:
        raise NotReadable
    read: bytes = file.openstream(name).read()
    return read


def _word(file: olefile.OleFileIO) -> str:
    """The pieces of [MS-DOC] 2.4.1, in their order: half of the signs of each lie elsewhere than one would think."""
    main = _stream(file, "WordDocument")
    mark, flags = struct.unpack_from("<H", main, 0)[0], struct.unpack_from("<H", main, _FLAGS)[0]
    if mark != _WORD_MARK:
        raise NotReadable
    if flags & _ENCRYPTED:
        raise Locked
    table = _stream(file, "1Table" if flags & _TABLE_ONE else "0Table")
    text = ""
    for start, end, at, is_compressed in _word_pieces(main, table):
        size = (end - start) * (1 if is_compressed else 2)
        text += main[at : at + size].decode("cp1252" if is_compressed else "utf-16-le", "replace")
        if len(text) >= LONGEST:
            break
    shown = _FIELD_CODES.sub("", text)
    return shown.translate(_WORD_SIGNS).translate(_SILENT_SIGNS)


def _word_pieces(main: bytes, table: bytes) -> Iterator[tuple[int, int, int, bool]]:
    """First and last place in the text, where it begins in the file, and whether a sign is one byte.

    [MS-DOC] 2.5.6, 2.8.35 and 2.9.73: fcClx and lcbClx are the 67th and 68th number of the third group.
    """
    words = struct.unpack_from("<H", main, 0x20)[0]
    numbers = struct.unpack_from("<H", main, 0x22 + 2 * words)[0]
    pairs = 0x24 + 2 * words + 4 * numbers + 2
    place, length = struct.unpack_from("<II", main, pairs + 8 * 33)
    clx = table[place : place + length]
    at = 0
    while at + 3 <= len(clx) and clx[at] == 1:  # changes of layout, of no interest here
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if at + 5 > len(clx) or clx[at] != 2:
        raise NotReadable
    pieces = clx[at + 5 : at + 5 + struct.unpack_from("<I", clx, at + 1)[0]]
    count = (len(pieces) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", pieces, 0)
    for number in range(count):
        (place,) = struct.unpack_from("<I", pieces, 4 * (count + 1) + 8 * number + 2)
        is_compressed = bool(place & 0x40000000)
        offset = place & 0x3FFFFFFF
        yield ends[number], ends[number + 1], offset // 2 if is_compressed else offset, is_compressed


def _slides(stream: bytes) -> Iterator[str]:
    at = 0
    while at + 8 <= len(stream):
        version, kind, length = struct.unpack_from("<HHI", stream, at)
        at += 8
        if kind == _CRYPT_SESSION:
            raise Locked
        if version & _CONTAINER == _CONTAINER:
            continue  # its parts follow
        if kind in (_TEXT_CHARS, _TEXT_BYTES):
            said = stream[at : at + length].decode("utf-16-le" if kind == _TEXT_CHARS else "latin-1", "replace")
            yield said.replace("\r", "\n").translate(_SILENT_SIGNS)
        at += length


def _sheets(content: bytes) -> Iterator[str]:
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=content, on_demand=True, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        raise (Locked if "encrypted" in str(error) else NotReadable) from error
    for name in book.sheet_names():
        yield name
        sheet = book.sheet_by_name(name)
        for row in range(sheet.nrows):
            if said := [_shown(cell.value) for cell in sheet.row(row) if cell.ctype in _SHOWN]:
                yield " ".join(said)
        book.unload_sheet(name)


# Words and numbers; of a day there is only a number, which nobody would look for.
_SHOWN = frozenset({1, 2})


def _shown(value: str | float) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
