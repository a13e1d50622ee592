"""The parts of a message (RFC 2046): one pass over the delimiter lines, no recursion, no copy of the bytes.

The standard library's parser is not used because it recurses into nested parts, takes a minute for a hundred
thousand of them, and decodes headers before anybody can ask for their bytes.
"""

import re
from dataclasses import dataclass, field

from mail_ingest.headers import Headers, read_headers, skip_envelope_line
from mail_ingest.parameters import parse_parameters
from mail_ingest.transfer import undo

MAX_PARTS = 4_000
_MAX_DEPTH = 60
_MAX_DELIMITERS = 200_000
# With the line break before it, and so without "^": the bytes are then looked through for two signs in a row, ten
# times as fast as line by line.
_DELIMITER = re.compile(rb"\n--([^\n]{1,400})(?=\n|\Z)")
_LIKELY_DELIMITER = re.compile(
    rb"^--([^\s\-][^\r\n]{0,200}|-[^\r\n]{4,200}?)[ \t]*\r?\n(?=[Cc]ontent-[A-Za-z-]+:|\r?\n)", re.MULTILINE
)
_ENCODED = ("base64", "quoted-printable")


@dataclass(slots=True)
class Part:
    """One entity: its headers, where its body lies, and what it contains."""

    source: bytes
    headers: Headers
    start: int
    end: int
    content_type: str
    parameters: dict[str, str]
    disposition: str
    disposition_parameters: dict[str, str]
    encoding: str
    children: list["Part"] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    is_root: bool = False

    @property
    def is_multipart(self) -> bool:
        return self.content_type.startswith("multipart/")

    @property
    def is_message(self) -> bool:
        return self.content_type in ("message/rfc822", "message/global", "message/news")

    @property
    def filename(self) -> str:
        return self.disposition_parameters.get("filename") or self.parameters.get("name") or ""

    def raw(self) -> bytes:
        return self.source[self.start : self.end]

    def content(self, limit: int | None = None) -> bytes:
        """The body with its transfer encoding undone; no more than ``limit`` bytes of it, where given."""
        # Quoted-printable takes up to three bytes for one, and its soft line breaks some more.
        raw = self.source[self.start : self.end if limit is None else min(self.end, self.start + 4 * limit)]
        content, defect = undo(raw, self.encoding, self.content_type.startswith("text/"))
        if defect and defect not in self.defects:
            self.defects.append(defect)
        return content if limit is None else content[:limit]


@dataclass(slots=True)
class _Open:
    part: Part
    boundary: bytes | None


@dataclass(slots=True)
class Splitter:
    """Reads one message into a tree of parts."""

    source: bytes
    defects: list[str] = field(default_factory=list)
    count: int = 0
    _stack: list[_Open] = field(default_factory=list)
    _places: dict[bytes, list[int]] = field(default_factory=dict)

    def split(self) -> Part:
        self._open(skip_envelope_line(self.source), None)
        root = self._stack[0].part
        root.is_root = True
        if self._places:
            self._scan(root.start)
        self._close(0, len(self.source))
        return root

    def _scan(self, start: int) -> None:
        """`start` is behind the line break that ends the header."""
        body = start
        for seen, match in enumerate(_DELIMITER.finditer(self.source, start - 1)):
            if seen > _MAX_DELIMITERS or self.count >= MAX_PARTS:
                self.defects.append("too many parts: the rest was not read")
                return
            begin = match.start() + 1
            if begin < body:
                continue
            line = match[1].rstrip()
            places = self._places.get(line)
            if places:
                self._close(places[-1] + 1, begin)
                part = self._open(min(match.end() + 1, len(self.source)), self._stack[places[-1]].part)
                body = part.start
            elif line.endswith(b"--") and (places := self._places.get(line[:-2])):
                self._close(places[-1], begin)

    def _close(self, level: int, end: int) -> None:
        """Everything open at ``level`` and deeper ends at ``end``; the line break before a delimiter is its own."""
        while len(self._stack) > level:
            opened = self._stack.pop()
            opened.part.end = max(opened.part.start, self._before_line_break(end))
            if opened.boundary is not None:
                places = self._places[opened.boundary]
                places.pop()
                if not places:
                    del self._places[opened.boundary]

    def _before_line_break(self, end: int) -> int:
        if end < len(self.source) and self.source[end - 1 : end] == b"\n":
            end -= 1
            if self.source[end - 1 : end] == b"\r":
                end -= 1
        return end

    def _open(self, start: int, parent: Part | None) -> Part:
        while True:
            part = self._read_part(start, parent)
            self.count += 1
            boundary = self._boundary(part)
            self._stack.append(_Open(part, boundary))
            if boundary is not None:
                self._places.setdefault(boundary, []).append(len(self._stack) - 1)
            if not (part.is_message and part.encoding not in _ENCODED) or self.count >= MAX_PARTS:
                return part
            # An attached message lies open in the bytes: go on reading inside it.
            start, parent = part.start + _blank_lines(self.source, part.start), part

    def _read_part(self, start: int, parent: Part | None) -> Part:
        headers, body = read_headers(self.source, start, len(self.source))
        default = (
            "message/rfc822" if parent is not None and parent.content_type == "multipart/digest" else "text/plain"
        )
        part = part_from_headers(self.source, headers, body, default)
        if parent is not None:
            if len(self._stack) >= _MAX_DEPTH and (part.is_multipart or part.is_message):
                # Deeper containers are not kept: what they hold is counted to the one above.
                part.children = parent.children
                if "parts nested very deep" not in self.defects:
                    self.defects.append("parts nested very deep")
            else:
                parent.children.append(part)
        return part

    def _boundary(self, part: Part) -> bytes | None:
        if not part.is_multipart:
            return None
        boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8")
        if boundary and (self._stack or b"--" + boundary in self.source[part.start :]):
            return boundary
        likely = _LIKELY_DELIMITER.search(self.source, part.start, part.start + 100_000)
        part.defects.append("boundary missing" if not boundary else "boundary not found")
        return likely[1].rstrip() if likely else boundary or None


def part_from_headers(source: bytes, headers: Headers, body: int, default: str = "text/plain") -> Part:
    content_type, parameters = parse_parameters(headers.first(b"content-type") or b"")
    disposition, disposition_parameters = parse_parameters(headers.first(b"content-disposition") or b"")
    if content_type.count("/") != 1:
        # RFC 2045 section 5.2 defaults; "text" and "multipart" alone occur in the wild.
        content_type = {"text": "text/plain", "html": "text/html", "multipart": "multipart/mixed"}.get(
            content_type, default
        )
    encoding = headers.text(b"content-transfer-encoding").lower().strip(" \"';")
    return Part(
        source=source,
        headers=headers,
        start=body,
        end=len(source),
        content_type=content_type.replace(" ", ""),
        parameters=parameters,
        disposition=disposition,
        disposition_parameters=disposition_parameters,
        encoding=encoding.partition(" ")[0].partition(";")[0],
    )


def split(source: bytes) -> tuple[Part, list[str]]:
    """The root part of a message and the defects of its structure."""
    splitter = Splitter(source)
    root = splitter.split()
    return root, splitter.defects


def _blank_lines(source: bytes, start: int) -> int:
    length = 0
    while source[start + length : start + length + 1] in (b"\n", b"\r") and length < 20:
        length += 1
    return length
