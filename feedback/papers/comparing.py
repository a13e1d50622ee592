"""What differs between two versions: first by sentences, then by words inside the sentences that changed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# Ends of lines stand by themselves, so that no mark is torn from its words by one.
_SENTENCE = re.compile(r"\n+|[^。！？；!?;\n]*[。！？；!?;]+|[^。！？；!?;\n]+")
# Chinese has no spaces between words: each sign is one, Latin words and numbers stay whole.
_WORD = re.compile(r"[A-Za-z0-9.,%]+|\s+|.", re.DOTALL)
# Below that two sentences are others, and a comparison word by word would be a patchwork.
ALIKE = 0.4
# So many pairs of words are compared at most; longer stretches are shown as replaced.
MOST_PAIRS = 4_000_000


class Kind(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class Change:
    kind: Kind
    text: str


def changes(before: str, after: str) -> list[Change]:
    """The stretches of the two versions in their order; those of one kind that stand together are one."""
    joined: list[Change] = []
    for change in _by_sentence(before, after):
        if change.text and joined and joined[-1].kind is change.kind:
            joined[-1] = Change(change.kind, joined[-1].text + change.text)
        elif change.text:
            joined.append(change)
    return joined


def _by_sentence(before: str, after: str) -> Iterator[Change]:
    old, new = _SENTENCE.findall(before), _SENTENCE.findall(after)
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        removed, added = "".join(old[start:end]), "".join(new[new_start:new_end])
        if tag == "equal":
            yield Change(Kind.SAME, removed)
        else:
            yield from _by_word(removed, added)


def _by_word(before: str, after: str) -> Iterator[Change]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if not old or not new or len(old) * len(new) > MOST_PAIRS or matcher.ratio() < ALIKE:
        yield Change(Kind.REMOVED, before)
        yield Change(Kind.ADDED, after)
        return
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        yield from _stretch(tag, old[start:end], new[new_start:new_end])


def _stretch(tag: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    if tag == "equal":
        yield Change(Kind.SAME, "".join(old))
        return
    yield Change(Kind.REMOVED, "".join(old))
    yield Change(Kind.ADDED, "".join(new))
