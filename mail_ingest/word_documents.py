"""The words of a .docx file: what a person wrote in Word or WPS and attached to an empty mail."""

import io
import zipfile
import zlib
from xml.parsers import expat

# The words of a book; a file that unpacks to more than the second number is a bomb, whatever it weighs.
MAX_TEXT = 200_000
MAX_XML = 8 * 1024 * 1024
MAX_MEMBERS = 2_000
DOCUMENT = "word/document.xml"
NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
# Deleted in revision mode, codes of fields, and the second form of what is drawn twice for older programs.
SILENT = frozenset({"del", "moveFrom", "instrText", "delText", "Fallback"})
SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


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


class NotReadable(Exception):
    """The file is no Word document, is damaged, or is made to be expensive."""


def words_of(content: bytes) -> str:
    """The text of a .docx, a line for each paragraph, table cells apart by tabs. Raises NotReadable."""
    reader = _Reader()
    try:
        reader.parser.Parse(_document(content), True)
    except expat.ExpatError as error:
        raise NotReadable from error
    return reader.text()


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


class _Reader:
    """Gathers the words while expat goes through the document; no entity of the document's own is ever expanded."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._silent = 0
        self._in_words = False
        self._cells = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._words
        self.parser.StartDoctypeDeclHandler = self._refuse

    def text(self) -> str:
        lines = (line.rstrip() for line in "".join(self._pieces).splitlines())
        return "\n".join(lines).strip()

    def _refuse(self, *_declared: object) -> None:
        """Word writes no document type; entities that multiply need one."""
        raise NotReadable

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        self._silent += tag in SILENT
        self._in_words = name == NAMESPACE + "t"
        self._cells += tag == "tc"
        if name.startswith(NAMESPACE) and tag in SIGNS:
            self._add(SIGNS[tag])

    def _end(self, name: str) -> None:
        tag = name.rpartition(" ")[2]
        self._silent -= tag in SILENT
        self._in_words = False
        self._cells -= tag == "tc"
        if not name.startswith(NAMESPACE):
            return
        if tag == "p":
            self._add(" " if self._cells else "\n")
        elif tag in {"tc", "tr"}:
            self._add("\t" if tag == "tc" else "\n")

    def _words(self, words: str) -> None:
        if self._in_words:
            self._add(words)

    def _add(self, words: str) -> None:
        if not self._silent and self._length < MAX_TEXT:
            self._pieces.append(words)
            self._length += len(words)
