"""Which parts are the body, which are files: the text a reader sees, in order, and everything attached to it."""

import hashlib
import re
from dataclasses import dataclass, field

from feedback.office_words import NotReadable
from mail_ingest.charsets import decode
from mail_ingest.cleaning import body_text, file_name, header_text
from mail_ingest.containers import Enclosed, open_clear_signed, open_signed, open_tnef, take_uuencoded
from mail_ingest.headers import decoded_value
from mail_ingest.markup import Line, lines_of, shown
from mail_ingest.mime import Part, split
from mail_ingest.parsed import Attachment
from mail_ingest.word_documents import words_of

MAX_TEXT = 2_000_000
MAX_LINES = 50_000
WORD_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MAX_DOCUMENTS = 5
_MAX_WRAPPERS = 5
_ENDINGS = {
    "text/plain": "txt", "text/html": "html", "text/calendar": "ics", "image/jpeg": "jpg", "image/png": "png",
    "image/gif": "gif", "image/bmp": "bmp", "image/webp": "webp", "image/heic": "heic", "application/pdf": "pdf",
    "application/msword": "doc", "application/zip": "zip", "message/rfc822": "eml", "audio/mpeg": "mp3",
    "audio/amr": "amr", "video/mp4": "mp4", "message/delivery-status": "txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}  # fmt: skip
_TYPES = {ending: content_type for content_type, ending in reversed(_ENDINGS.items())}
# A plain alternative that only says "look at the HTML": newsletters, some phone clients, 139 and Sina webmail.
_STUB = re.compile(
    r"html.{0,40}(?:邮件|格式|客户端|浏览)|(?:邮件|客户端|浏览器).{0,40}html|(?:不支持|无法显示"
    r"|無法顯示).{0,30}(?:邮件|郵件|html)"
    r"|(?:view|read|display).{0,60}html|html.{0,60}(?:view|read|display|enabled|compatible)",
    re.IGNORECASE | re.DOTALL,
)
_TAGS_OF_ENRICHED = re.compile(r"<param>.*?</param>|<(?!<)/?[a-zA-Z-]{1,60}>", re.DOTALL)
_MESSAGE_START = re.compile(rb"(?:[A-Za-z][A-Za-z-]{1,60}:[^\n]{0,2000}\n(?:[ \t][^\n]{0,2000}\n){0,50}){3}")
_MESSAGE_FIELD = re.compile(rb"^(?:From|Received|Message-ID):", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Piece:
    """One inline text part: what it shows, and the HTML it came from, if any."""

    lines: list[Line]
    html: str | None = None

    @property
    def is_blank(self) -> bool:
        return not any(line.text.strip() for line in self.lines)


@dataclass(slots=True)
class Body:
    """The body of one message as it is read."""

    pieces: list[Piece] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    texts_attached: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    calendar: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    shown_ids: set[str] = field(default_factory=set)
    text_size: int = 0
    wrappers: int = 0
    files_before: int = 0

    def next_name(self, ending: str) -> str:
        """For a file without a name of its own."""
        return f"attachment-{self.files_before + len(self.attachments) + 1}.{ending}"

    def lines(self) -> list[Line]:
        joined: list[Line] = []
        for piece in self.pieces:
            if joined and piece.lines:
                joined.append(Line(0, ""))
            joined += piece.lines
        if len(joined) >= MAX_LINES:
            self.defects.append("text cut")
        return joined[:MAX_LINES]


def read_body(root: Part) -> Body:
    """Everything below ``root`` sorted into text, files and attached messages."""
    body = Body()
    body.shown_ids = _shown_ids(root)
    _read(root, body)
    if not any(not piece.is_blank for piece in body.pieces):
        body.pieces += [_plain_piece(_calendar_text(text)) for text in body.calendar]
    return body


def _read(part: Part, body: Body) -> None:
    body.defects += [defect for defect in part.headers.defects if defect not in body.defects]
    if part.is_multipart and part.children:
        if part.content_type == "multipart/alternative":
            _read_alternative(part, body)
        else:
            for child in part.children:
                _read(child, body)
        body.defects += part.defects
        return
    if part.is_multipart:
        # No part could be made out: what is there is shown as text rather than lost.
        part.content_type = "text/plain"
        part.defects.append("multipart without parts")
    if part.is_message:
        _read_message(part, body)
    elif part.content_type.startswith("text/") and not _is_file(part):
        _read_text(part, body)
    else:
        _read_file(part, body)
    body.defects += [defect for defect in part.defects if defect not in body.defects]


def _is_file(part: Part) -> bool:
    """A text part is a body unless it is named or said to be attached; the only part of a message is its body."""
    if part.content_type in ("text/calendar", "text/x-vcard", "text/vcard", "text/rtf", "text/directory", "text/csv"):
        return True
    if part.is_root:
        return part.disposition == "attachment" and bool(part.filename)
    return part.disposition == "attachment" or bool(part.filename)


def _read_text(part: Part, body: Body) -> None:
    left = max(0, MAX_TEXT - body.text_size)
    content = part.content(left + 1)
    if len(content) > left:
        content = content[:left]
        body.defects.append("text cut")
    body.text_size += len(content)
    if part.content_type not in ("text/html", "application/xhtml+xml"):
        content, files = (
            take_uuencoded(content) if b"\nbegin" in content or content.startswith(b"begin") else (content, [])
        )
        for enclosed in files:
            _attach_enclosed(enclosed, body)
    text = _decoded(content, part, body)
    if part.content_type == "text/html" or (part.content_type == "text/plain" and _is_html_in_disguise(text)):
        body.html.append(text)
        body.pieces.append(_html_piece(text, body))
        return
    if part.content_type in ("text/enriched", "text/richtext"):
        text = _TAGS_OF_ENRICHED.sub("", text)
    if part.parameters.get("format", "").lower() == "flowed":
        text = _unflowed(text, part.parameters.get("delsp", "").lower() == "yes")
    opened = open_clear_signed(text)
    body.pieces.append(_plain_piece(opened if opened is not None else text))


def _decoded(content: bytes, part: Part, body: Body) -> str:
    label = part.parameters.get("charset")
    if label is None and part.content_type == "text/html":
        label = _charset_in_page(content)
    decoded = decode(content, label)
    if label and not decoded.as_labelled:
        body.defects.append(f"charset is not {header_text(label)[:40]}")
    return body_text(decoded.text.removeprefix("\ufeff"))


def _charset_in_page(content: bytes) -> str | None:
    found = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{2,40})", content[:4096], re.IGNORECASE)
    return found[1].decode("ascii") if found else None


def _is_html_in_disguise(text: str) -> bool:
    start = text[:500].lstrip().lower()
    return start.startswith(("<!doctype html", "<html")) and "</" in text


def _html_piece(text: str, body: Body) -> Piece:
    lines, complete = lines_of(text)
    if not complete:
        body.defects.append("html cut")
    return Piece(lines, text)


def _plain_piece(text: str) -> Piece:
    return Piece([Line(0, line) for line in text.split("\n", MAX_LINES)[:MAX_LINES]])


def _unflowed(text: str, joins_without_blank: bool) -> str:
    """Paragraphs of format=flowed put together again (RFC 3676 section 4.2); quoted depths are kept apart."""
    joined: list[str] = []
    flowing = False
    depth_before = 0
    for line in text.split("\n"):
        quotes = len(line) - len(line.lstrip(">"))
        content = line[quotes:].removeprefix(" ")
        is_signature = content == "-- "
        if flowing and quotes == depth_before and not is_signature and joined:
            joined[-1] += content
        else:
            joined.append((">" * quotes + " " if quotes else "") + content)
        flowing = content.endswith(" ") and not is_signature
        if flowing and joins_without_blank:
            joined[-1] = joined[-1][:-1]
        depth_before = quotes
    return "\n".join(joined)


def _read_alternative(part: Part, body: Body) -> None:
    """RFC 2046 section 5.1.4: one rendering is enough; the plain one, unless it is empty or a stub."""
    renderings: list[Body] = []
    for child in part.children:
        rendering = Body(
            shown_ids=body.shown_ids,
            text_size=body.text_size,
            wrappers=body.wrappers,
            files_before=body.files_before + len(body.attachments),
        )
        _read(child, rendering)
        renderings.append(rendering)
        body.html += rendering.html
        body.attachments += rendering.attachments
        body.texts_attached += rendering.texts_attached
        body.messages += rendering.messages
        body.calendar += rendering.calendar
        body.defects += rendering.defects
    chosen = _best_rendering(renderings)
    if chosen is not None:
        body.pieces += chosen.pieces
        body.text_size = chosen.text_size


def _best_rendering(renderings: list[Body]) -> Body | None:
    with_text = [rendering for rendering in renderings if any(not piece.is_blank for piece in rendering.pieces)]
    if not with_text:
        return renderings[0] if renderings else None
    plain = next((rendering for rendering in with_text if not rendering.html), None)
    rich = next((rendering for rendering in with_text if rendering.html), None)
    if plain is None or rich is None:
        return with_text[0]
    plain_text, rich_text = _letters_of(plain), _letters_of(rich)
    is_short = len(plain_text) < 12 and len(plain_text) < len(rich_text) / 2
    is_stub = len(plain_text) < 200 and _STUB.search(plain_text) is not None and plain_text not in rich_text
    is_masked = plain_text.count("?") > len(plain_text) / 3 or plain_text.count("\ufffd") > len(plain_text) / 10
    is_raw = plain_text.startswith("<") and ("</div>" in plain_text or "</p>" in plain_text)
    return rich if is_short or is_stub or is_masked or is_raw else plain


def _letters_of(rendering: Body) -> str:
    return "".join("".join(shown(line.text).split()) for piece in rendering.pieces for line in piece.lines)


def _read_message(part: Part, body: Body) -> None:
    """An attached message: its bytes, to be read like any other mail."""
    raw = part.content() if part.encoding in ("base64", "quoted-printable") else part.raw().lstrip(b"\r\n")
    body.messages.append(raw)
    # Of several only the first can be what was forwarded; the others are files like any other.
    if part.filename or len(body.messages) > 1:
        _attach(part, raw, body)


def _read_file(part: Part, body: Body) -> None:
    content = part.content()
    name = part.filename.lower()
    if part.content_type == "text/calendar":
        body.calendar.append(_decoded(content, part, body))
    if part.content_type in ("application/ms-tnef", "application/vnd.ms-tnef") or name == "winmail.dat":
        tnef = open_tnef(content)
        if tnef is not None:
            _read_tnef(tnef.files, tnef.text, tnef.html, body)
            return
        body.defects.append("winmail.dat not readable")
    if _is_opaque_signature(part) and body.wrappers < _MAX_WRAPPERS and (inner := open_signed(content)) is not None:
        body.wrappers += 1
        root, defects = split(inner)
        body.defects += defects
        body.shown_ids |= _shown_ids(root)
        _read(root, body)
        return
    if part.content_type == "application/pgp-encrypted" or (_is_opaque_signature(part) and not content.strip()):
        body.defects.append("encrypted")
    if (name.endswith(".eml") or part.content_type == "application/octet-stream") and is_message(content):
        body.messages.append(content.lstrip())
    if part.content_type == "text/plain" or (
        name.endswith((".txt", ".text", ".md", ".csv")) and not part.content_type.startswith("image/")
    ):
        body.texts_attached.append(_decoded(content[:MAX_TEXT], part, body))
    if name.endswith(".docx") or part.content_type == WORD_DOCUMENT:
        _read_document(content, body)
    if part.content_type.startswith("message/") and not part.filename:
        return
    _attach(part, content, body)


def _read_document(content: bytes, body: Body) -> None:
    """The words of the first documents, for the case that the mail itself has none."""
    if len(body.texts_attached) >= _MAX_DOCUMENTS:
        return
    try:
        words = words_of(content)
    except NotReadable:
        body.defects.append("document not readable")
        return
    if words:
        body.texts_attached.append(words)


def is_message(content: bytes) -> bool:
    """Whether a file is a whole mail, whatever its type says."""
    start = content[:20_000].lstrip()
    return _MESSAGE_START.match(start) is not None and _MESSAGE_FIELD.search(start) is not None


def _is_opaque_signature(part: Part) -> bool:
    return part.content_type in (
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
    ) or part.filename.lower().endswith(".p7m")


def _read_tnef(files: list[Enclosed], text: str, markup: str, body: Body) -> None:
    for enclosed in files:
        _attach_enclosed(enclosed, body)
    if any(not piece.is_blank for piece in body.pieces):
        return
    if text.strip():
        body.pieces.append(_plain_piece(body_text(text)))
    elif markup.strip():
        body.html.append(body_text(markup))
        body.pieces.append(_html_piece(body_text(markup), body))


def _attach(part: Part, content: bytes, body: Body) -> None:
    content_id = header_text(decoded_value(part.headers.first(b"content-id") or b"")).strip("<> ") or None
    location = part.headers.text(b"content-location")
    is_shown = content_id in body.shown_ids or (bool(location) and location in body.shown_ids)
    name = file_name(part.filename) or body.next_name(_ENDINGS.get(part.content_type, "bin"))
    body.attachments.append(
        Attachment(
            filename=name,
            content_type=header_text(part.content_type)[:120],
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            inline=is_shown or part.disposition == "inline",
            content_id=content_id,
            content=content,
        )
    )


def _attach_enclosed(enclosed: Enclosed, body: Body) -> None:
    ending = enclosed.filename.rpartition(".")[2].lower()
    name = file_name(enclosed.filename) or body.next_name("bin")
    body.attachments.append(plain_file(name, _TYPES.get(ending, "application/octet-stream"), enclosed.content))


def plain_file(filename: str, content_type: str, content: bytes) -> Attachment:
    """A file that is shown nowhere in the text."""
    return Attachment(
        filename=filename,
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        inline=False,
        content_id=None,
        content=content,
    )


def _shown_ids(root: Part) -> set[str]:
    """Content-IDs and locations that some HTML of the message points at (RFC 2392)."""
    shown_ids: set[str] = set()
    waiting = [root]
    while waiting:
        part = waiting.pop()
        waiting += part.children
        if part.content_type == "text/html" and not part.children:
            text = part.content(MAX_TEXT).decode("latin-1")
            for match in re.finditer(
                r"""(?:src|background|url)\s*[=(]\s*["']?(?:cid:)?([^"'\s>)]{1,300})""", text, re.IGNORECASE
            ):
                shown_ids.add(match[1].replace("%40", "@"))
    return shown_ids


def _calendar_text(text: str) -> str:
    """Summary, place and description of an invitation that came without any other text (RFC 5545)."""
    unfolded = re.sub(r"\n[ \t]", "", text)
    values = re.findall(r"^(?:SUMMARY|LOCATION|DESCRIPTION)(?:;[^:\n]*)?:([^\n]*)", unfolded, re.MULTILINE)
    return "\n".join(re.sub(r"\\([\\,;])", r"\1", value.replace("\\n", "\n")) for value in values[:20])
