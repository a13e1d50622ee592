"""Invented attachments: a picture, a scanned letter, a note."""

import io

from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from feedback import db
from feedback.submissions import StoredFile

PAPER = (250, 248, 240)
INK = (60, 60, 70)


def store(session: Session, name: str) -> StoredFile:
    """`picture`, `scan` or `note`, put into the file store."""
    filename, content_type, content = {"picture": _picture, "scan": _scan, "note": _note}[name]()
    return StoredFile(filename, content_type, len(content), db.files(session).store(content))


def _picture() -> tuple[str, str, bytes]:
    """A fence that lies beside a pit, more or less."""
    image = Image.new("RGB", (960, 640), (196, 214, 226))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 400, 960, 640), fill=(150, 132, 104))
    pen.polygon([(120, 470), (520, 470), (620, 620), (40, 620)], fill=(92, 78, 62))
    for left in range(560, 940, 60):
        pen.line([(left, 430), (left + 40, 560)], fill=(214, 120, 40), width=12)
    return "现场照片.png", "image/png", _saved(image, "PNG")


def _scan() -> tuple[str, str, bytes]:
    """A page with lines of handwriting that nobody can read."""
    image = Image.new("RGB", (620, 877), PAPER)
    pen = ImageDraw.Draw(image)
    for top in range(110, 780, 42):
        for left in range(80, 540 - top % 90, 34):
            pen.arc((left, top, left + 22, top + 22), 20 + left % 160, 200 + top % 150, fill=INK, width=2)
            pen.line([(left + 4, top + 18), (left + 18, top + 4 + left % 12)], fill=INK, width=2)
    return "来信扫描件.pdf", "application/pdf", _saved(image, "PDF")


def _note() -> tuple[str, str, bytes]:
    return "情况说明.txt", "text/plain", "时间：上周五傍晚\n地点：路沟与坑塘相接处\n情况：水面有白色泡沫\n".encode()


def _saved(image: Image.Image, layout: str) -> bytes:
    file = io.BytesIO()
    image.save(file, layout)
    return file.getvalue()
