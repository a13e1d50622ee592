"""The rows of a file: JSON Lines or CSV, UTF-8 or GB 18030, each with the number of its first line."""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from feedback.errors import Refusal, _

REQUIRED = ("id", "channel", "text")
# The moment may stand in either; see entries.
MOMENTS = ("received_at", "written_at")
CHUNK = 1 << 20
LONGEST_CELL = 1 << 22

Raw = dict[str, Any] | Refusal


def encoding_of(file: BinaryIO) -> str:
    """UTF-8 where the bytes allow it, else GB 18030; where neither fits, the one that gets further."""
    reach: dict[str, float] = {}
    for name in ("utf-8-sig", "gb18030"):
        reach[name] = _reach(file, name)
        if reach[name] == float("inf"):
            return name
    return max(reach, key=lambda name: reach[name])


def rows(file: BinaryIO, path: Path) -> Iterator[tuple[int, Raw]]:
    """Line number and row, or the reason why that row cannot be read. Raises Refusal where no row can.

    Bytes outside the encoding come as lone surrogates, so that they spoil one row and not the file.
    """
    encoding = encoding_of(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="")
    try:
        yield from _json_lines(text) if _is_json(text, path) else _csv(text)
    finally:
        text.detach()


def _reach(file: BinaryIO, encoding: str) -> float:
    """How many bytes from the start can be decoded, to about a chunk; infinite for all."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
            done += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return done + error.start
    return float("inf")


def _is_json(text: io.TextIOWrapper, path: Path) -> bool:
    first = text.read(1024).lstrip()[:1]
    text.seek(0)
    return first == "{" or path.suffix.lower() in {".jsonl", ".ndjson"}


def _json_lines(text: io.TextIOWrapper) -> Iterator[tuple[int, Raw]]:
    for number, line in enumerate(_bounded(text), start=1):
        if not line.strip():
            continue
        if len(line) > LONGEST_CELL:
            yield number, Refusal(_("this row is longer than a ledger's"))
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield number, Refusal(_("this is not one JSON object"))
            continue
        yield number, row if isinstance(row, dict) else Refusal(_("this is not one JSON object"))


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    """Line by line, of each no more than shows that it is too long."""
    while line := text.readline(LONGEST_CELL + 1):
        rest = line
        while not rest.endswith("\n") and rest:
            rest = text.readline(LONGEST_CELL)
        yield line


def _csv(text: io.TextIOWrapper) -> Iterator[tuple[int, Raw]]:
    csv.field_size_limit(LONGEST_CELL)
    heading = text.readline()
    separator = max(",;\t", key=heading.count)
    names = [name.strip().lower() for name in next(csv.reader([heading], delimiter=separator), [])]
    _require_columns(names)
    reader = csv.reader(text, delimiter=separator)
    while True:
        number = reader.line_num + 2  # the heading is line 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, Refusal(_("the quotation marks of this row do not match, or a cell is too long"))
            continue
        if len(cells) > len(names):
            yield number, Refusal(_("this row has more cells than the heading has columns"))
        elif any(cells):
            yield number, dict(zip(names, cells, strict=False))


def _require_columns(names: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if not any(name in names for name in MOMENTS):
        missing.append(MOMENTS[0])
    if missing:
        raise Refusal(_("The heading of the file lacks: %(columns)s."), columns=", ".join(missing))
