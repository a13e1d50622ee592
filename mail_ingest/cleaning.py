"""Text made safe to show and to store, on one line or as a body: no control characters, no reordering marks."""

import re

# C0, C1, line and paragraph separators, the marks that reorder text, and byte order marks.
_IN_HEADER = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]+"
)
_IN_BODY = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]")
_LINE_END = re.compile(r"\r\n?|\u2028|\u2029|\x85")
_SPACES = re.compile(r"[ \t]{2,}")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad\u034f\u180e]")
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')


def header_text(text: str) -> str:
    """One line: a line break smuggled in by an encoded word becomes a blank (RFC 5322 section 2.2)."""
    return _SPACES.sub(" ", _IN_HEADER.sub(_gap, text)).strip()


def _gap(match: re.Match[str]) -> str:
    return " " if any(character in "\t\n\r\x0b\x0c\x85\u2028\u2029" for character in match[0]) else ""


def body_text(text: str) -> str:
    """Lines ended by ``\\n``, tabs kept, other control characters gone."""
    return _IN_BODY.sub("", _LINE_END.sub("\n", text))


def visible(text: str) -> str:
    """Without characters that print nothing; used where text is compared, never where it is kept."""
    return _INVISIBLE.sub("", text)


def file_name(text: str) -> str:
    """The last component of whatever path was given, without control characters or wildcards."""
    name = header_text(text).replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = _NOT_IN_NAMES.sub("_", name).strip().lstrip(".") or ""
    if len(name) <= 180:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: 170 - len(ending)]}.{ending}" if dot and len(ending) < 12 else name[:180]


def storable(text: str) -> str:
    """PostgreSQL stores no NUL, and neither engine half of a surrogate pair; the raw message keeps what was sent."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
