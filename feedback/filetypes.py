"""Which files residents and clerks may add: told by their content, never by their name."""

import io
import re
import unicodedata
import zipfile
from pathlib import PurePosixPath

import puremagic

from feedback.errors import Refusal, _

TEXT = "text/plain"
UNKNOWN = "application/octet-stream"
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
WORD = _OPEN_XML + "wordprocessingml.document"
SHEET = _OPEN_XML + "spreadsheetml.sheet"
SLIDES = _OPEN_XML + "presentationml.presentation"

# Content type → the extensions that go with it; the first is appended to a name that has none of them, so that a
# program disguised by its name does not start with a double click on a clerk's desk.
EXTENSIONS = {
    "image/jpeg": ("jpg", "jpeg", "jfif", "jpe"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/bmp": ("bmp", "dib"),
    "image/tiff": ("tif", "tiff"),
    "image/webp": ("webp",),
    "image/heif": ("heic", "heif"),
    "application/pdf": ("pdf",),
    WORD: ("docx",),
    SHEET: ("xlsx",),
    SLIDES: ("pptx",),
    "application/msword": ("doc", "wps"),
    "application/vnd.ms-excel": ("xls", "et"),
    "application/vnd.ms-powerpoint": ("ppt", "dps"),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
    "application/ofd": ("ofd",),
    TEXT: ("txt", "csv", "md", "log"),
    "audio/mpeg": ("mp3", "mpga"),
    "audio/wav": ("wav",),
    "audio/mp4": ("m4a", "f4a"),
    "audio/aac": ("aac",),
    "audio/amr": ("amr",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/flac": ("flac",),
}
_BY_SIGNATURE = {
    extension: kind
    for kind, extensions in EXTENSIONS.items()
    if kind.startswith(("image/", "audio/")) or kind == "application/pdf"
    for extension in extensions
}
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
# The stream that makes an old Office file what it is; WPS writes the same ones.
_OLE_STREAMS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
# Bounded, never trying a blank twice, and at most a few branches at each `<`: a file may be 20 MB of such beginnings.
_ACTIVE_MARKUP = re.compile(
    r"<\s{0,20}+(?=[!?%befhilmos])"
    r"(?:!doctype|\?(?:xml|php)|%|body|embed|form|h(?:tml|ead)|i(?:frame|mg)|link|m(?:eta|ath)|object"
    r"|s(?:cript|vg|tyle))",
    re.I,
)
# What makes a PDF act by itself (ISO 32000-1, 12.6.4): every action of these kinds bears its name.
_ACTIVE_PDF = re.compile(rb"/(?:JavaScript|Launch|RichMedia)\b")
_CONTROL_SIGN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_SCRIPT_NAMES = frozenset(
    re.findall(
        r"\w+",
        "bat cmd com ps1 psm1 vbs vbe js jse mjs wsf wsh hta html htm xhtml shtml mht mhtml svg svgz xml xsl php asp"
        " aspx jsp sh bash zsh py pl rb reg inf lnk url scf desktop jar iqy slk",
    )
)
_BROKEN_IN_NAMES = re.compile(r'[<>:"|?*]')
_LONGEST_NAME = 180  # bytes of UTF-8; file systems stop at 255
_LOOKED_AT = 1 << 20


def examine(content: bytes, filename: str) -> str:
    """The content type of a file that may be added. Raises Refusal that names the file for all others."""
    if not content:
        raise Refusal(_("“%(name)s” is empty."), field="attachments", name=shown(filename))
    kind = _text(content, filename) or _container(content) or _signature(content)
    if kind == "application/pdf" and _ACTIVE_PDF.search(content):
        kind = None
    if kind is None:
        raise Refusal(
            _(
                "“%(name)s” cannot be accepted. Please send pictures, PDF, Word, Excel or PowerPoint without macros "
                "or scripts, plain text or sound recordings."
            ),
            field="attachments",
            name=shown(filename),
        )
    return kind


def known(content_type: str) -> str:
    """A type that a file is handed out under: one of ours, else a mere run of bytes. A mail may claim anything."""
    return content_type if content_type in EXTENSIONS else UNKNOWN


def safe_name(filename: str, content_type: str) -> str:
    """`filename` as it may be shown, stored and offered for saving: no path, no hidden or turning signs, bounded.

    The extension fits the content, for it decides what a double click does.
    """
    name = shown(filename)
    path = PurePosixPath(name)
    extension = path.suffix.removeprefix(".").lower()
    fitting = EXTENSIONS.get(content_type, (extension,))
    suffix = path.suffix if extension in fitting else f".{fitting[0]}"
    stem = name.removesuffix(path.suffix) if extension in fitting else name
    if PurePosixPath(stem).stem.upper() in {"CON", "PRN", "AUX", "NUL"} or re.fullmatch(r"(?i)(COM|LPT)\d", stem):
        stem = f"_{stem}"
    return _cut(stem, _LONGEST_NAME - len(suffix.encode())) + suffix


def shown(filename: str) -> str:
    """`filename` without folders, control signs and signs that turn the direction of writing."""
    last = re.split(r"[\\/]", filename)[-1]
    visible = "".join(sign for sign in unicodedata.normalize("NFC", last) if unicodedata.category(sign)[0] != "C")
    return _cut(_BROKEN_IN_NAMES.sub("_", visible).strip(" .\u2028\u2029"), _LONGEST_NAME) or "附件"


def _cut(name: str, most: int) -> str:
    return name.encode()[:most].decode(errors="ignore")


def _text(content: bytes, filename: str) -> str | None:
    """Plain text in one of the encodings that Chinese computers write, and nothing that a program would run."""
    text = decoded(content)
    if text is None or content.startswith((b"%PDF-", b"%FDF-", b"{\\rtf")):
        return None
    extension = PurePosixPath(filename).suffix.removeprefix(".").lower()
    if text.startswith("#!") or _ACTIVE_MARKUP.search(text) or extension in _SCRIPT_NAMES:
        return None
    return TEXT


def decoded(content: bytes) -> str | None:
    """The signs of plain text in UTF-16 with its mark, UTF-8 or GB 18030; None for what is none of these."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL_SIGN.search(text):
            return text
    return None


def _container(content: bytes) -> str | None:
    if content.startswith(_OLE):
        return _ole(content)
    if content.startswith(b"PK\x03\x04"):
        return _zip(content)
    return None


def _ole(content: bytes) -> str | None:
    """Word, Excel or PowerPoint 97–2003, told by the names in its directory; with macros it is refused."""

    def has(stream: str) -> bool:
        return stream.encode("utf-16-le") + b"\0\0" in content

    if has("_VBA_PROJECT") or has("Macros") or has("_VBA_PROJECT_CUR"):
        return None
    return next((kind for stream, kind in _OLE_STREAMS.items() if has(stream)), None)


def _zip(content: bytes) -> str | None:
    """Office Open XML, OpenDocument or OFD without macros or ActiveX; any other archive is refused unopened."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if any(re.search(r"(?i)vbaproject|activex|^basic/|^scripts/", name) for name in names):
                return None
            if "OFD.xml" in names:
                return "application/ofd"
            if "mimetype" in names:
                declared = _member(archive, "mimetype").strip()
                return declared if declared in EXTENSIONS else None
            declared = _member(archive, "[Content_Types].xml") if "[Content_Types].xml" in names else ""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        return None
    if "macroEnabled" in declared:
        return None
    return next((kind for kind in (WORD, SHEET, SLIDES) if f"{kind}.main+xml" in declared), None)


def _member(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as member:
        return member.read(_LOOKED_AT).decode("utf-8", "replace")


def _signature(content: bytes) -> str | None:
    if _is_mpeg_audio(content):
        return "audio/mpeg"
    try:
        matches = puremagic.magic_string(content)
    except puremagic.PureError:
        return None
    extensions = (match.extension.removeprefix(".").lower() for match in matches)
    return next((_BY_SIGNATURE[extension] for extension in extensions if extension in _BY_SIGNATURE), None)


def _is_mpeg_audio(content: bytes) -> bool:
    """A bare MPEG layer III frame, as recording pens write it: puremagic knows only some of its headers."""
    if len(content) < 4 or content[0] != 0xFF or content[1] & 0xE6 != 0xE2:
        return False
    version, bitrate, rate = content[1] >> 3 & 3, content[2] >> 4, content[2] >> 2 & 3
    return version != 1 and bitrate not in (0, 15) and rate != 3
