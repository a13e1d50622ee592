"""What wraps content in something that is not MIME: TNEF, S/MIME, PGP clear text, uuencoded files in a text."""

import re
import struct
from typing import NamedTuple

from tnefparse import TNEF
from tnefparse.properties import MAPI_ATTACH_LONG_FILENAME
from tnefparse.tnef import TNEFAttachment

from mail_ingest.charsets import decode
from mail_ingest.transfer import UU_BEGIN, uudecode

_MAX_ENCLOSED = 500
_TNEF_SIGNATURE = b"\x78\x9f\x3e\x22"
_MAX_NESTED_TNEF = 6
_MAX_DER_STEPS = 2_000
_PGP_BEGIN = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:[A-Za-z-]{1,40}: [^\n]{0,200}\n){0,10}\n?", re.MULTILINE
)
_PGP_SIGNATURE = "\n-----BEGIN PGP SIGNATURE-----"
_PGP_END = "\n-----END PGP SIGNATURE-----"
_TNEF_FAULTS = (ValueError, TypeError, IndexError, KeyError, AttributeError, struct.error, OverflowError, LookupError,
                AssertionError, MemoryError, RecursionError, NotImplementedError)  # fmt: skip


class Enclosed(NamedTuple):
    """A file found inside a container."""

    filename: str
    content: bytes


class Tnef(NamedTuple):
    """What a winmail.dat holds."""

    files: list[Enclosed]
    text: str
    html: str


def open_tnef(raw: bytes) -> Tnef | None:
    """Outlook's winmail.dat (MS-OXTNEF), or None where it cannot be read."""
    # Messages inside one another: tnefparse recurses and copies, so only a few are let through.
    if not raw.startswith(_TNEF_SIGNATURE) or raw.count(_TNEF_SIGNATURE) > _MAX_NESTED_TNEF:
        return None
    try:
        tnef = TNEF(raw, do_checksum=False)
        files = [_tnef_file(attachment) for attachment in tnef.attachments[:_MAX_ENCLOSED]]
        return Tnef(files, _tnef_text(tnef.body), _tnef_text(tnef.htmlbody))
    except _TNEF_FAULTS:
        return None


def _tnef_file(attachment: TNEFAttachment) -> Enclosed:
    # tnefparse reads short names as UTF-8 and fails on GBK, so the bytes are taken before it does.
    long_names = [found.data for found in attachment.mapi_attrs if found.name == MAPI_ATTACH_LONG_FILENAME]
    name = long_names[0] if long_names else attachment._name
    return Enclosed(_tnef_text(name).rstrip("\x00"), bytes(attachment.data or b""))


def _tnef_text(value: object) -> str:
    """Names and bodies come as text or as bytes of the sender's code page, which for us is mostly GBK."""
    if isinstance(value, bytes):
        return decode(value.rstrip(b"\x00")).text
    if not isinstance(value, str):
        return ""
    # tnefparse reads 8-bit names as Latin-1 or cp1252: bring the bytes back and judge them.
    if value and not value.isascii() and all(character < "\u0100" for character in value):
        return decode(value.encode("latin-1")).text
    return value


def open_signed(raw: bytes) -> bytes | None:
    """The MIME entity inside an opaque S/MIME signature (RFC 8551 section 3.5.2), without checking the signature.

    SignedData ::= [version, digestAlgorithms, encapContentInfo { id-data, [0] OCTET STRING }, ...] in DER or BER.
    """
    position, steps = 0, 0
    while position < len(raw) and steps < _MAX_DER_STEPS:
        steps += 1
        element = _element(raw, position)
        if element is None:
            return None
        tag, body, end = element
        if tag == 0x06 and raw[body:end] == b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01":
            return _octets(raw, end)
        # Constructed elements are entered, primitive ones stepped over.
        position = body if tag & 0x20 else end
    return None


def _octets(raw: bytes, position: int) -> bytes | None:
    """The OCTET STRING after the id-data identifier, which BER may cut into pieces."""
    wrapper = _element(raw, position)
    if wrapper is None or wrapper[0] != 0xA0:
        return None
    string = _element(raw, wrapper[1])
    if string is None or string[0] not in (0x04, 0x24):
        return None
    if string[0] == 0x04:
        return raw[string[1] : string[2]]
    content = bytearray()
    position = string[1]
    while (piece := _element(raw, position)) is not None and piece[0] == 0x04:
        content += raw[piece[1] : piece[2]]
        position = piece[2]
    return bytes(content)


def _element(raw: bytes, position: int) -> tuple[int, int, int] | None:
    """Tag, start and end of the element at ``position``; an indefinite length reaches to the end of the bytes."""
    if position + 2 > len(raw):
        return None
    tag, length = raw[position], raw[position + 1]
    body = position + 2
    if length == 0x80:
        return tag, body, len(raw)
    if length > 0x80:
        octets = length & 0x7F
        if octets > 5:
            return None
        length = int.from_bytes(raw[body : body + octets], "big")
        body += octets
    return tag, body, min(len(raw), body + length)


def open_clear_signed(text: str) -> str | None:
    """The text of a PGP clear-signed message, dash escapes undone (RFC 9580 section 7)."""
    opened: list[str] = []
    position = 0
    while len(opened) < 40 and (begin := _PGP_BEGIN.search(text, position)) is not None:
        signature = text.find(_PGP_SIGNATURE, begin.end() - 1)
        if signature < 0:
            break
        opened.append(text[position : begin.start()])
        opened.append(re.sub(r"^- ", "", text[begin.end() : signature + 1], flags=re.MULTILINE))
        end = text.find(_PGP_END, signature)
        position = end + len(_PGP_END) if end >= 0 else len(text)
    return "".join([*opened, text[position:]]) if opened else None


def take_uuencoded(raw: bytes) -> tuple[bytes, list[Enclosed]]:
    """The text without its uuencoded files, and the files."""
    files: list[Enclosed] = []
    kept: list[bytes] = []
    position = 0
    while len(files) < _MAX_ENCLOSED and (begin := UU_BEGIN.search(raw, position)) is not None:
        end = raw.find(b"\nend", begin.end() - 1)
        if end < 0:
            break
        content = uudecode(raw[begin.start() : end + 4])
        if content is None:
            break
        files.append(Enclosed(decode(begin[2].strip()).text, content))
        kept.append(raw[position : begin.start()])
        line_end = raw.find(b"\n", end + 4)
        position = line_end + 1 if line_end >= 0 else len(raw)
    kept.append(raw[position:])
    return b"".join(kept), files
