"""The words of a .docx file: what a person wrote in Word or WPS and attached to an empty mail."""

import io
import zipfile
import zlib

from feedback.office_words import WORD, NotReadable, Words

# The words of a book; a file that unpacks to more than the second number is a bomb, whatever it weighs.
MAX_TEXT = 200_000
MAX_XML = 8 * 1024 * 1024
MAX_MEMBERS = 2_000
DOCUMENT = "word/document.xml"


# What the library raises for archives that are damaged, encrypted or packed in ways it does not know.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    LookupError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    EOFError,
)


def words_of(content: bytes) -> str:
    """The text of a .docx, a line for each paragraph, table cells apart by tabs. Raises NotReadable."""
    words = Words(WORD, MAX_TEXT)
    words.feed(_document(content), is_last=True)
    return words.text()


def _document(content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(archive.infolist()) > MAX_MEMBERS:
                raise NotReadable
            with archive.open(DOCUMENT) as member:
                # The size that the archive states is its maker's word, so the bytes are counted instead.
                document = member.read(MAX_XML + 1)
    except DAMAGED as error:
        raise NotReadable from error
    if len(document) > MAX_XML:
        raise NotReadable
    return document
