"""The one form in which texts and queries are compared: what looks or sounds alike in writing is the same sign.

Full and half width, upper and lower case, traditional and simplified signs are one; spaces, marks and separators are
left out; a number that is spelt out in Chinese digits (一三八零…, four or more in a row) is the number.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

_SIGNS = Path(__file__).with_name("signs")
# Between the words of a query. A hyphen or a dot between the parts of a number is no such mark.
_BETWEEN_WORDS = re.compile(r"[\s,;!?。、…|]+")
_LEFT_OUT = re.compile(r"[\W_]+")
_COMMON_MARKS = re.compile("[ \r\n\u3000，。、：；！？“”‘’（）《》]+")
# All signs with a lower case, and some others: below the Chinese ones, and the rare letters far above them.
_HAS_CASE = re.compile("[A-Z\u0080-\u2e7f\ua640-\uabff\U00010400-\U0001efff]")
_SPOKEN = re.compile("[〇零一幺二三四五六七八九]{4,}")
_DIGITS = str.maketrans("〇零一幺二三四五六七八九", "001123456789")


def _simplified() -> dict[str, str]:
    lines = _SIGNS.joinpath("simplified.txt").read_text("utf-8").split()
    return {line[0]: line[1] for line in lines}


_SIMPLIFIED = str.maketrans(_simplified())
# Most texts have none of them, and to see that is ten times as fast as to put other signs in their places.
_TRADITIONAL = frozenset(map(chr, _SIMPLIFIED))


def folded(text: str) -> str:
    """`text` as it is compared: no space, no mark."""
    # The steps by which a Chinese text changes come first: the others then see at once that there is nothing to do.
    plain = unicodedata.normalize("NFKC", _COMMON_MARKS.sub("", text))
    if _HAS_CASE.search(plain):
        plain = plain.casefold()
    if _LEFT_OUT.search(plain):
        plain = _LEFT_OUT.sub("", plain)
    if not _TRADITIONAL.isdisjoint(plain):
        plain = plain.translate(_SIMPLIFIED)
    return _SPOKEN.sub(lambda found: found[0].translate(_DIGITS), plain)


def words(query: str) -> list[str]:
    """The words of a query, folded, each once and in their order; empty where it has neither letter nor digit."""
    parts = _BETWEEN_WORDS.split(unicodedata.normalize("NFKC", query))
    return list(dict.fromkeys(word for part in parts if (word := folded(part))))


def sounded(text: str) -> str:
    """A folded text in which one sign stands for all that are spoken alike, whatever their tone."""
    return text.translate(_sounds())


@cache
def _sounds() -> dict[int, str]:
    lines = (line.split() for line in _SIGNS.joinpath("sounds.txt").read_text("utf-8").splitlines())
    return {ord(sign): signs[0] for _syllable, signs in lines for sign in signs}
