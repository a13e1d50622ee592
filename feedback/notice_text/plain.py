"""From bytes to clean lines: encodings, line ends, invisible characters."""

import re

from feedback.errors import Refusal, _

MAX_CHARACTERS = 2_000_000
MIN_CHARACTERS = 80
MAX_LINES = 20_000

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

# Characters nobody sees. They come along with text from web pages and would break every label and number.
_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x061C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)]
)
_SPACES = dict.fromkeys([0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_LINE_ENDS = dict.fromkeys([0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029], "\n")
_CLEAN = str.maketrans({**_INVISIBLE, **_SPACES, **_LINE_ENDS})
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd]")
_GAP = re.compile(" {2,}")
_MARKUP = re.compile(r"\s{0,200}<(?:!doctype|\?xml|html|head|meta|body|div|span|p|table)\b", re.IGNORECASE)

# Half-width forms of everything a keyboard has, one character for one, so that positions stay the same.
_HALF_WIDTH = str.maketrans({0xFF01 + offset: 0x21 + offset for offset in range(94)})
_DIGITS = str.maketrans({0xFF10 + value: str(value) for value in range(10)})


def decode(raw: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 with a mark, or GB 18030.

    Raises Refusal when the bytes are none of these, or too many.
    """
    if len(raw) > 3 * MAX_CHARACTERS:
        raise _too_long()
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _decode_as(raw, (encoding,))
    return _decode_as(raw, ("utf-8", "gb18030"))


def _too_long() -> Refusal:
    return Refusal(_("The text is longer than %(limit)d characters; a notice is not."), limit=MAX_CHARACTERS)


def _decode_as(raw: bytes, encodings: tuple[str, ...]) -> str:
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal(_("The file is not plain text in UTF-8 or GB 18030."))


def half_width(text: str) -> str:
    """Full-width letters, digits and signs in their ASCII form; the length does not change."""
    return text.translate(_HALF_WIDTH)


def half_width_digits(text: str) -> str:
    """Full-width digits in their ASCII form; punctuation stays as printed."""
    return text.translate(_DIGITS)


def lines_of(text: str) -> list[str]:
    """The non-empty lines, without invisible characters and outer spaces.

    Raises Refusal for what cannot be a notice whatever it says: nothing, too little, too much, or not text.
    """
    if len(text) > MAX_CHARACTERS:
        raise _too_long()
    if _CONTROL.search(text):
        raise Refusal(_("The file is not plain text: save the notice as text and import that."))
    if _MARKUP.match(text):
        raise Refusal(_("This is the source of a web page: open the page, copy the text you see, and import that."))
    lines = [line.strip() for line in _GAP.sub(" ", text.translate(_CLEAN)).split("\n")]
    lines = [line for line in lines if line]
    if len(lines) > MAX_LINES:
        raise Refusal(_("The text has more than %(limit)d lines; a notice has not."), limit=MAX_LINES)
    if not lines:
        raise Refusal(_("The text is empty."))
    if sum(map(len, lines)) < MIN_CHARACTERS:
        raise Refusal(_("The text is too short for a notice."))
    return lines
