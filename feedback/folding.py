"""Texts in one width and form, for comparing: 1, １ and ① are one sign."""

import functools
import unicodedata

# Longer ones are not kept in memory for those who ask again.
_LONGEST_KEPT = 16 * 1024
# A text without any wide sign is in its form already, which Unicode's own tables tell a hundred times as fast as they
# make it; and these are the wide signs that stand in nearly every Chinese text.
_WIDE_MARKS = [(mark, unicodedata.normalize("NFKC", mark)) for mark in "，：；！？（）\u3000"]


def compatible(text: str) -> str:
    """Unicode's form NFKC. One letter is looked at from several sides, and making this takes longer than a look."""
    return _remembered(text) if len(text) <= _LONGEST_KEPT else _normalised(text)


def _normalised(text: str) -> str:
    for mark, plain in _WIDE_MARKS:
        text = text.replace(mark, plain)
    return unicodedata.normalize("NFKC", text)


_remembered = functools.lru_cache(maxsize=128)(_normalised)
