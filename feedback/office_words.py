"""The words in the XML of office programs, as expat goes through it piece by piece."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

# Deleted in revision mode, codes of fields, and the second form of what is drawn twice for older programs.
_SILENT = frozenset({"del", "moveFrom", "instrText", "delText", "Fallback", "tracked-changes", "rPh"})


class NotReadable(Exception):
    """The file is none of its kind, is damaged, or is made to be expensive."""


@dataclass(frozen=True)
class Dialect:
    """How one kind of document writes words. All names are without their namespace, which must be one of these.

    `words` are the elements whose own signs are words; without any, all signs inside `lines` are. A line ends with
    each of `lines`, but inside of a table's cell a space stands there; `signs` stand for a sign each.
    """

    namespaces: tuple[str, ...]
    words: frozenset[str]
    lines: frozenset[str]
    cell: str = ""
    row: str = ""
    signs: Mapping[str, str] = field(default_factory=dict)


WORD = Dialect(
    namespaces=(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    ),
    words=frozenset({"t"}),
    lines=frozenset({"p"}),
    cell="tc",
    row="tr",
    signs={"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"},
)
DRAWING = Dialect(
    namespaces=(
        "http://schemas.openxmlformats.org/drawingml/2006/main",
        "http://purl.oclc.org/ooxml/drawingml/main",
    ),
    words=frozenset({"t"}),
    lines=frozenset({"p"}),
    cell="tc",
    row="tr",
    signs={"br": "\n"},
)
OPEN_DOCUMENT = Dialect(
    namespaces=(
        "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    ),
    words=frozenset(),
    lines=frozenset({"p", "h"}),
    cell="table-cell",
    row="table-row",
    signs={"tab": "\t", "s": " ", "line-break": "\n"},
)
# GB/T 33190: the nation's own format of finished pages.
OFD = Dialect(
    namespaces=("http://www.ofdspec.org/2016",), words=frozenset({"TextCode"}), lines=frozenset({"TextObject"})
)


class Words:
    """Gathers the words of one document, up to `most` signs; no entity of the document's own is ever expanded."""

    def __init__(self, dialect: Dialect, most: int) -> None:
        self._dialect = dialect
        self._left = most
        self._pieces: list[str] = []
        self._silent = 0
        self._lines = 0
        self._cells = 0
        self._in_words = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._words
        self._parser.StartDoctypeDeclHandler = self._refuse

    @property
    def is_full(self) -> bool:
        return self._left <= 0

    def feed(self, piece: bytes, *, is_last: bool = False) -> None:
        """Raises NotReadable."""
        try:
            self._parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            raise NotReadable from error

    def text(self) -> str:
        """A line for each paragraph, cells of a table apart by tabs."""
        lines = (line.rstrip() for line in "".join(self._pieces).splitlines())
        return "\n".join(lines).strip()

    def _refuse(self, *_declared: object) -> None:
        """No office program writes a document type; entities that multiply need one."""
        raise NotReadable

    def _own(self, name: str) -> str:
        """The name within the dialect; empty for one of another."""
        namespace, _space, tag = name.rpartition(" ")
        return tag if namespace in self._dialect.namespaces else ""

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._silent += name.rpartition(" ")[2] in _SILENT
        own = self._own(name)
        self._lines += own in self._dialect.lines
        self._cells += bool(own) and own == self._dialect.cell
        self._in_words = own in self._dialect.words
        if own in self._dialect.signs:
            self._add(self._dialect.signs[own])

    def _end(self, name: str) -> None:
        self._silent -= name.rpartition(" ")[2] in _SILENT
        self._in_words = False
        own = self._own(name)
        if not own:
            return
        self._cells -= own == self._dialect.cell
        if own in self._dialect.lines:
            self._lines -= 1
            self._add(" " if self._cells else "\n")
        elif own == self._dialect.cell:
            self._add("\t")
        elif own == self._dialect.row:
            self._add("\n")

    def _words(self, words: str) -> None:
        if self._in_words or (not self._dialect.words and self._lines):
            self._add(words)

    def _add(self, words: str) -> None:
        if not self._silent and self._left > 0:
            self._pieces.append(words)
            self._left -= len(words)
