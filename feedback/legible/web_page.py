"""The words of a page of HTML, such as a mail may bring along."""

from collections.abc import Iterator
from html.parser import HTMLParser

from feedback.legible.limits import LONGEST

_SILENT = frozenset({"script", "style", "template", "title"})
_INLINE = frozenset({"a", "b", "em", "font", "i", "span", "strong", "sub", "sup", "u"})
# A hundred pages of words stand in no more; the parser needs time for each tag.
_LONGEST_PAGE = 2_000_000


def pieces(page: str) -> Iterator[str]:
    reader = _Page()
    reader.feed(page[:_LONGEST_PAGE])
    reader.close()
    yield "".join(reader.said)[:LONGEST]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._silent and tag in _SILENT:
            self._silent = tag
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)

    def _part(self, tag: str) -> None:
        if tag not in _INLINE:
            self.said.append("\n")
