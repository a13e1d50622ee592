"""Transfer encodings (RFC 2045 section 6) undone the way damaged mail needs it."""

import binascii
import re

_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/=\s]*+")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_IN_BASE64 = _LETTERS + b"= \t\n\r\v\f"
_NOT_BASE64 = bytes(set(range(256)) - set(_LETTERS))
_PADDING = re.compile(rb"={1,3}")
_SOFT_BREAK = re.compile(rb"=[ \t]+(\r?\n)")
UU_BEGIN = re.compile(rb"^begin(?:-base64)? ([0-7]{3,4}) ([^\r\n]{1,300})\r?\n", re.MULTILINE)


def undo(raw: bytes, encoding: str, is_text: bool) -> tuple[bytes, str | None]:
    """The content and, where the encoding did not hold, what was wrong with it."""
    if encoding == "base64":
        return _base64(raw, is_text)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(_SOFT_BREAK.sub(rb"=\1", raw)), None
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        opened = uudecode(raw)
        return (opened, None) if opened is not None else (raw, "uuencode not readable")
    return raw, None if encoding in ("", "7bit", "8bit", "binary") else "unknown transfer encoding"


def _base64(raw: bytes, is_text: bool) -> tuple[bytes, str | None]:
    stripped = raw.strip()
    # Taking away what may stand there is five times as fast as a match to the end.
    if not stripped.translate(None, _IN_BASE64):
        return _letters(stripped), None
    if not is_text:
        return _letters(stripped), "base64 with other characters"
    run = _BASE64_RUN.match(stripped)
    length = run.end() if run else 0
    if length < len(stripped) // 2 and length < 200:
        return raw, "base64 announced, plain text sent"
    # A list server or virus scanner appended its footer without encoding it.
    cut = stripped.rfind(b"\n", 0, length) + 1 or length
    return _letters(stripped[:cut]) + b"\n" + stripped[cut:], "text after base64"


def _letters(raw: bytes) -> bytes:
    """Base64 with missing padding, or with padding in the middle where two encoded texts were joined."""
    body = raw.rstrip(b"=\r\n\t ")
    if b"=" not in body:
        try:
            return binascii.a2b_base64(raw)
        except binascii.Error:
            return _padded(body)
    return b"".join(_padded(piece) for piece in _PADDING.split(body, 10_000))


def _padded(piece: bytes) -> bytes:
    letters = piece.translate(None, _NOT_BASE64)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)) if letters else b""


def uudecode(raw: bytes) -> bytes | None:
    """The content of the first uuencoded block, up to its ``end`` line."""
    begin = UU_BEGIN.search(raw)
    if begin is None:
        return None
    content = bytearray()
    for line in raw[begin.end() :].split(b"\n"):
        line = line.rstrip(b"\r")
        if line in (b"end", b"`", b" ", b"===="):
            if line == b"end":
                break
            continue
        decoded = _uu_line(line)
        if decoded is None:
            break
        content += decoded
    return bytes(content) if content else None


def _uu_line(line: bytes) -> bytes | None:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        pass
    if not line or not 33 <= line[0] <= 96:
        return None
    # Trailing garbage: only the announced number of characters counts.
    wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
    try:
        return binascii.a2b_uu(line[:wanted])
    except binascii.Error:
        return None
