"""The text of a PDF. What was scanned into one has none."""

import io
from collections.abc import Iterator

from pypdf import PdfReader

from feedback.legible.content import Locked
from feedback.legible.limits import LONGEST

MOST_PAGES = 2_000


def pieces(content: bytes) -> Iterator[str]:
    """A piece for each page. Raises Locked, and what pypdf raises."""
    reader = PdfReader(io.BytesIO(content))
    # Most that are encrypted only forbid printing or changing: they open with an empty password.
    if reader.is_encrypted and not reader.decrypt(""):
        raise Locked
    for number, page in enumerate(reader.pages):
        if number >= MOST_PAGES:
            return
        yield page.extract_text()[:LONGEST]
