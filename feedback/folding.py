"""Texts in one width and form, for comparing: 1, １ and ① are one sign."""

import functools
import unicodedata

# Longer ones are not kept in memory for those who ask again.
_LONGEST_KEPT = 16 * 1024


def compatible(text: str) -> str:
    """Unicode's form NFKC. One letter is looked at from several sides, and making this takes longer than a look."""
    return _remembered(text) if len(text) <= _LONGEST_KEPT else unicodedata.normalize("NFKC", text)


@functools.lru_cache(maxsize=128)
def _remembered(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
