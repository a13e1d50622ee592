"""What of a folded text goes into the index: its pairs of signs, and its single and fours of letters and digits.

A single sign is found by the pairs that begin with it, so only the last one of a text stands for itself. Letters and
digits do as well, for other things in the index begin with them. A pair says little of a number (13, 38, 80 stand in
many texts), so runs of them have their fours, too.
"""

import operator
import re

_RUN = re.compile("[0-9a-z]{4,}")
_ASCII = re.compile("[0-9a-z]+")
FOUR = 4


def of_text(text: str) -> set[str]:
    """Every shingle of a folded text."""
    found = set(map(operator.add, text, text[1:]))
    found.update(text[-1:])
    for run in _ASCII.findall(text):
        found.update(run, _fours(run))
    return found


def of_word(word: str) -> list[str]:
    """As few as say all that the index knows of a folded word of a query, in its order, each once."""
    if len(word) == 1:
        return [word]
    within = [(run.start(), run.end()) for run in _RUN.finditer(word)]
    pairs = [
        word[at : at + 2]
        for at in range(len(word) - 1)
        if not any(start <= at and at + 2 <= end for start, end in within)
    ]
    fours = [four for start, end in within for four in _fours(word[start:end])]
    return list(dict.fromkeys([*fours, *pairs]))


def is_beginning(shingle: str) -> bool:
    """Whether it is looked up as the beginning of pairs, which takes longer the more of them there are."""
    return len(shingle) == 1 and not shingle.isascii()


def is_whole(word: str) -> bool:
    """Whether the index alone tells that the word stands in a text; longer ones may stand there in pieces."""
    return len(word) <= 2 or (len(word) == FOUR and _RUN.fullmatch(word) is not None)


def _fours(run: str) -> list[str]:
    return [run[at : at + FOUR] for at in range(len(run) - FOUR + 1)]
