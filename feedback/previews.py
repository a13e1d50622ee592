"""Small pictures of files: drawn anew, so that nothing of the original reaches a browser but how it looks.

Where a photograph was taken, with which phone and when, stays in the original, which is only ever downloaded.
"""

import hashlib
import io
import struct
import threading
from collections import OrderedDict

from PIL import Image, ImageOps, UnidentifiedImageError

from feedback.errors import Refusal, _

# Content type to the one decoder of Pillow that may read it.
DECODERS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/webp": "WEBP",
}
MADE_TYPE = "image/webp"
SIDE = 640
# A pixel takes four bytes while it is decoded, sixteen of a WebP; a JPEG of one scan is read line by line, at an
# eighth of its size. Pillow itself warns of a bomb at 89 million.
MOST_PIXELS = 20_000_000
MOST_PIXELS_OF_WEBP = 8_000_000
MOST_PIXELS_LINE_BY_LINE = 80_000_000
QUALITY = 80
MOST_KEPT = 200


# One picture at a time, however many a page shows: the memory of one is what the house can be held to.
_drawing = threading.Lock()
_kept: OrderedDict[bytes, bytes] = OrderedDict()


class NoPreview(Refusal):
    """There is no picture of this file, or none that can be drawn safely."""


def is_possible(content_type: str) -> bool:
    return content_type in DECODERS


def draw(content: bytes, content_type: str) -> bytes:
    """A WebP picture of at most SIDE by SIDE pixels, upright, first frame. Raises NoPreview.

    The last MOST_KEPT of them are kept in memory and not drawn again.
    """
    if not is_possible(content_type):
        raise none()
    key = hashlib.sha256(content_type.encode() + b"\0" + content).digest()
    if (kept := _kept.get(key)) is not None:
        return kept
    with _drawing:
        if key not in _kept:
            _kept[key] = _opened_and_drawn(content, content_type)
        if len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
        return _kept[key]


def _opened_and_drawn(content: bytes, content_type: str) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=[DECODERS[content_type]]) as original:
            if original.width * original.height > _most_pixels(content, original):
                raise none()
            return _drawn(original)
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise none() from error
    except (OSError, ValueError, SyntaxError, LookupError, ArithmeticError, MemoryError) as error:
        # What Pillow raises for damaged files differs from decoder to decoder.
        raise none() from error


def _drawn(original: Image.Image) -> bytes:
    original.draft("RGB", (SIDE, SIDE))
    original.thumbnail((SIDE, SIDE))
    upright = ImageOps.exif_transpose(original)
    # On white, as on paper: what is transparent would be black.
    page = Image.new("RGB", upright.size, "white")
    layer = upright.convert("RGBA")
    page.paste(layer, mask=layer.getchannel("A"))
    drawn = io.BytesIO()
    page.save(drawn, "WEBP", quality=QUALITY)
    return drawn.getvalue()


def _most_pixels(content: bytes, original: Image.Image) -> int:
    if original.format == "WEBP":
        return MOST_PIXELS_OF_WEBP
    is_by_line = original.format == "JPEG" and _has_one_scan(content)
    return MOST_PIXELS_LINE_BY_LINE if is_by_line else MOST_PIXELS


def _has_one_scan(content: bytes) -> bool:
    """Whether the first scan of a JPEG bears all its colours: then its decoder need not hold the whole picture.

    ITU-T T.81: segments of 0xFF, a marker, and the length with itself; a frame (C0 to CF but C4, C8, CC) tells the
    number of colours in its eighth byte, a scan (DA) in its third.
    """
    place, colours = 2, 0
    while place + 10 <= len(content) and content[place] == 0xFF:
        marker, length = struct.unpack_from(">BH", content, place + 1)
        if marker == 0xDA:
            return 0 < colours == content[place + 4]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if marker not in (0xC0, 0xC1):
                return False  # progressive, or rarer still
            colours = content[place + 9]
        place += 2 + length
    return False


def none() -> NoPreview:
    return NoPreview(_("There is no preview of this file."))
