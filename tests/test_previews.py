"""Pictures are drawn anew: upright, small, without what the camera wrote into them, and never at any price."""

import io
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from feedback import previews
from feedback.previews import NoPreview

RED, BLUE = (200, 0, 0), (0, 0, 200)


def picture(kind: str, size: tuple[int, int] = (1200, 800), **options) -> bytes:  # noqa: ANN003
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, 0, size[0], size[1] // 2))
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def photograph() -> bytes:
    """Taken sideways, with the place and the phone written into it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "ExamplePhone"
    exif.get_ifd(0x8825)[1] = "N"
    return picture("JPEG", exif=exif)


def opened(drawn: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(drawn))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
def test_every_kind_of_picture_is_drawn_small(kind: str) -> None:
    image = opened(previews.draw(picture(kind), f"image/{kind.lower()}"))
    assert image.format == "WEBP"
    assert image.size == (previews.SIDE, round(previews.SIDE * 800 / 1200))


def test_a_photograph_stands_upright_and_tells_nothing_of_place_and_phone() -> None:
    drawn = previews.draw(photograph(), "image/jpeg")
    assert b"ExamplePhone" in photograph()
    assert b"ExamplePhone" not in drawn
    image = opened(drawn)
    assert not image.getexif()
    assert image.width < image.height
    right = image.getpixel((image.width - 20, image.height // 2))
    assert isinstance(right, tuple)
    assert right[2] > right[0]


def test_of_a_moving_picture_the_first_frame_is_drawn() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in (RED, BLUE)]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    image = opened(previews.draw(written.getvalue(), "image/gif"))
    assert getattr(image, "n_frames", 1) == 1
    first = image.getpixel((20, 20))
    assert isinstance(first, tuple)
    assert first[0] > first[2]


def test_what_is_transparent_is_white() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(written, "PNG")
    assert opened(previews.draw(written.getvalue(), "image/png")).getpixel((5, 5)) == (255, 255, 255)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it has `width` by `height` pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(30_000, 30_000), (60_000, 60_000), (5_000, 4_500), (1, 2**31 - 1)])
def test_a_bomb_is_not_opened(size: tuple[int, int]) -> None:
    began = time.monotonic()
    with pytest.raises(NoPreview):
        previews.draw(bomb(*size), "image/png")
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"", "image/png"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"%PDF-1.4", "application/pdf"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "image/png"),
        (picture("PNG")[:200], "image/png"),
        (picture("PNG"), "image/jpeg"),
        (picture("TIFF")[:300], "image/tiff"),
    ],
)
def test_what_is_no_picture_has_no_preview(content: bytes, content_type: str) -> None:
    with pytest.raises(NoPreview):
        previews.draw(content, content_type)


def test_a_large_photograph_is_drawn_line_by_line_and_refused_where_it_cannot_be() -> None:
    large = (5_000, 4_500)
    assert opened(previews.draw(picture("JPEG", large), "image/jpeg")).size == (640, 576)
    with pytest.raises(NoPreview):
        previews.draw(picture("JPEG", large, progressive=True), "image/jpeg")
    assert previews.draw(picture("JPEG", progressive=True), "image/jpeg")
    with pytest.raises(NoPreview):
        previews.draw(picture("WEBP", (4_000, 2_100)), "image/webp")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures were being drawn, each time that one more was begun."""
    drawn, running, seen = previews._drawn, [], []

    def counted(original: Image.Image) -> bytes:
        running.append(original)
        seen.append(len(running))
        time.sleep(0.05)
        try:
            return drawn(original)
        finally:
            running.pop()

    monkeypatch.setattr(previews, "_drawn", counted)
    previews._kept.clear()
    return seen


def test_one_picture_is_drawn_at_a_time(at_once: list[int]) -> None:
    pictures = [picture("PNG", (100, 100 + place)) for place in range(4)]
    with ThreadPoolExecutor(4) as all_at_once:
        assert all(all_at_once.map(lambda one: previews.draw(one, "image/png"), pictures))
    assert at_once == [1, 1, 1, 1]


def test_a_picture_is_drawn_once(at_once: list[int]) -> None:
    with ThreadPoolExecutor(4) as all_at_once:
        drawn = set(all_at_once.map(lambda _place: previews.draw(picture("PNG"), "image/png"), range(4)))
    assert len(drawn) == len(at_once) == 1
