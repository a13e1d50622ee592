"""Encoded words (RFC 2047) as they are sent, not only as they are specified.

Neighbours of one charset are joined as bytes before decoding, because Chinese clients cut them inside a character;
words without padding, glued to each other, or holding blanks are read too.
"""

import binascii
import re
from typing import NamedTuple

from mail_ingest.charsets import codec_for, decode

# The end mark may be missing where a gateway cut the header.
_WORD = re.compile(
    r"=\?([\w!#$%&'*+.:^`{}~-]{1,60})\?"
    r"(?:([bB])\?([A-Za-z0-9+/=_\s-]*+)(?:\?=|\??\Z)"
    r"|([qQ])\?([^?\r\n]{0,3000}+(?:\?(?!=)[^?\r\n]{0,300}+){0,20})(?:\?=|\??\Z))"
)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_MAX_WORDS = 5_000


class _Run(NamedTuple):
    """Encoded words of one charset with nothing but blanks between them."""

    charset: str
    pieces: list[tuple[bool, str]]


def decode_words(text: str) -> str:
    """``text`` with its encoded words read; what is no valid word stays as it stands."""
    if "=?" not in text:
        return text
    decoded: list[str] = []
    run: _Run | None = None
    position = 0
    for count, match in enumerate(_WORD.finditer(text)):
        if count >= _MAX_WORDS:
            break
        charset, is_base64, piece = match[1], match[2] is not None, match[3] if match[2] else match[5]
        between = text[position : match.start()]
        if run is None or between.strip():
            decoded.append(_read(run))
            decoded.append(between)
            run = _Run(charset, [])
        elif _codec(run.charset) != _codec(charset):
            decoded.append(_read(run))
            run = _Run(charset, [])
        run.pieces.append((is_base64, piece))
        position = match.end()
    decoded.append(_read(run))
    decoded.append(text[position:])
    return "".join(decoded)


def _codec(charset: str) -> str:
    return codec_for(charset) or charset.lower()


def _read(run: _Run | None) -> str:
    if run is None:
        return ""
    joined: list[bytes] = []
    pending = ""
    for is_base64, piece in run.pieces:
        if not is_base64:
            joined.append(_base64(pending))
            joined.append(_quoted(piece))
            pending = ""
            continue
        letters = _NOT_BASE64.sub("", piece.replace("-", "+").replace("_", "/"))
        # A word whose length is no multiple of four goes on in the next one: Foxmail cuts base64 text anywhere.
        pending += letters
        if len(pending) % 4 == 0 or "=" in piece:
            joined.append(_base64(pending))
            pending = ""
    joined.append(_base64(pending))
    return decode(b"".join(joined), run.charset).text


def _base64(letters: str) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    try:
        return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):
        return b""


def _quoted(piece: str) -> bytes:
    """Q encoding: underscore is a blank, =XX a byte (RFC 2047 section 4.2)."""
    raw = piece.replace("_", " ").encode("utf-8")
    return _HEX.sub(lambda match: bytes((int(match[1], 16),)), raw)
