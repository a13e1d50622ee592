"""Small pictures of files: drawn anew, so that nothing of the original reaches a browser but how it looks.

Where a photograph was taken, with which phone and when, stays in the original, which is only ever downloaded.
"""

import io

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
# A pixel takes up to four bytes while it is decoded; JPEG alone is read at an eighth of its size.
MOST_PIXELS = 40_000_000
MOST_PIXELS_OF_JPEG = 250_000_000
QUALITY = 80


class NoPreview(Refusal):
    """There is no picture of this file, or none that can be drawn safely."""


def is_possible(content_type: str) -> bool:
    return content_type in DECODERS


def draw(content: bytes, content_type: str) -> bytes:
    """A WebP picture of at most SIDE by SIDE pixels, upright, first frame. Raises NoPreview."""
    if not is_possible(content_type):
        raise none()
    try:
        with Image.open(io.BytesIO(content), formats=[DECODERS[content_type]]) as original:
            return _drawn(original)
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise none() from error
    except (OSError, ValueError, SyntaxError, LookupError, ArithmeticError, MemoryError) as error:
        # What Pillow raises for damaged files differs from decoder to decoder.
        raise none() from error


def _drawn(original: Image.Image) -> bytes:
    most = MOST_PIXELS_OF_JPEG if original.format == "JPEG" else MOST_PIXELS
    if original.width * original.height > most:
        raise none()
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


def none() -> NoPreview:
    return NoPreview(_("There is no preview of this file."))
