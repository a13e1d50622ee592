"""Parameters of Content-Type and Content-Disposition: RFC 2231, and everything Chinese clients do instead of it."""

import re
from urllib.parse import unquote_to_bytes

from mail_ingest.charsets import decode
from mail_ingest.cleaning import header_text
from mail_ingest.encoded_words import decode_words
from mail_ingest.headers import raw_text

_PARAMETER = re.compile(
    r""";\s*([^\s=;*"]{1,60})(?:\*(\d{1,4}))?(\*)?\s*=\s*("(?:[^"\\]|\\.){0,8000}"|'[^';]{0,2000}'(?=\s*(?:;|$))|=\?[^\n;]{0,4000}\?=|[^;]{0,8000})""",
    re.DOTALL,
)
_ESCAPED = re.compile(r'\\(["\\])')
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2}){2,}")
_MAX_PARAMETERS = 500


def parse_parameters(raw: bytes) -> tuple[str, dict[str, str]]:
    """The value before the first semicolon, lower case, and the parameters decoded."""
    text = raw_text(raw[:20_000])
    value = text.partition(";")[0].strip().lower()
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for count, match in enumerate(_PARAMETER.finditer(";" + text.partition(";")[2])):
        if count >= _MAX_PARAMETERS:
            break
        name, index, encoded, content = match[1].lower(), match[2], match[3] is not None, _unquoted(match[4])
        if index is not None or encoded:
            pieces.setdefault(name, {}).setdefault(int(index or 0), (encoded, content))
        else:
            plain.setdefault(name, content)
    parameters = {name: _readable(content) for name, content in plain.items()}
    for name, numbered in pieces.items():
        joined = _joined(numbered)
        # Both forms given: the extended one is meant to win (RFC 6266 section 4.3), unless it is damaged.
        if name not in parameters or "\ufffd" not in joined:
            parameters[name] = joined
    return value, parameters


def _unquoted(content: str) -> str:
    content = content.strip()
    if len(content) >= 2 and content[0] == content[-1] and content[0] in "\"'":
        return _ESCAPED.sub(r"\1", content[1:-1]) if content[0] == '"' else content[1:-1]
    return content.strip('"')


def _readable(content: str) -> str:
    content = header_text(decode_words(content))
    if _PERCENT.search(content):
        # Some webmails percent-encode a plain filename; only text that then reads as UTF-8 was meant so.
        try:
            return header_text(unquote_to_bytes(content).decode("utf-8"))
        except UnicodeDecodeError:
            return content
    return content


def _joined(numbered: dict[int, tuple[bool, str]]) -> str:
    """RFC 2231 sections 3 and 4: pieces in the order of their numbers, charset named in the first."""
    raw = bytearray()
    charset: str | None = None
    for position, (_, (encoded, content)) in enumerate(sorted(numbered.items())):
        if position == 0 and content.count("'") >= 2 and encoded:
            charset, _, content = content.split("'", 2)
        raw += unquote_to_bytes(content) if encoded else content.encode("utf-8")
    if raw.startswith(b"=?"):
        return _readable(bytes(raw).decode("utf-8", "replace"))
    return header_text(decode(bytes(raw), charset).text)
