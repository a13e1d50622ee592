"""What the writer asks for and the text does not speak of."""

import re
from collections.abc import Iterator, Sequence

from feedback.notice_text.plain import half_width
from feedback.proofreading.remark import Flaw, Remark

_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")
_ASKS = re.compile(
    r"[?？]|请(?!假|客)|希望|恳请|要求|建议|能否|能不能|可否|是否|什么时候|何时|为什么|为何|怎么|如何|多少|谁来|哪里|尽快"
)
# Words of asking and politeness say nothing of the thing itself.
_EMPTY = re.compile(
    r"希望|恳请|请问|请|要求|建议|能否|能不能|可否|是否|什么时候|何时|为什么|为何|怎么|如何|多少|尽快|领导|部门|有关|相关|我们"
    r"|你们|政府|问题|解决|情况|一下|可以|应该|这个|那个|现在|已经|没有|不能|[^\u4e00-\u9fffA-Za-z0-9]"
)
# An answer that speaks of a matter uses at least this share of its words.
SPOKEN_OF = 0.2
FEWEST_WORDS = 3
# Of the words of two demands, so that they are one.
THE_SAME = 0.7
# Of a campaign more would not be read.
MOST = 30


def check(text: str, opinions: Sequence[str]) -> Iterator[Remark]:
    """What several writers ask for in nearly the same words is remarked on once."""
    answered, told = _pairs(text), list[frozenset[str]]()
    for sentence in _sentences(opinions):
        asked = _pairs(sentence) if _ASKS.search(sentence) else frozenset()
        is_spoken_of = len(asked & answered) >= SPOKEN_OF * len(asked)
        is_told = any(len(asked & other) >= THE_SAME * len(asked | other) for other in told)
        if len(asked) >= FEWEST_WORDS and not is_spoken_of and not is_told and len(told) < MOST:
            told.append(asked)
            yield Remark(Flaw.DEMAND, len(text), len(text), {"words": sentence})


def _sentences(opinions: Sequence[str]) -> Iterator[str]:
    for opinion in opinions:
        yield from (match[0].strip() for match in _SENTENCE.finditer(opinion))


def _pairs(text: str) -> frozenset[str]:
    """Pairs of neighbouring characters, never across a word that says nothing."""
    runs = _EMPTY.sub(" ", half_width(text)).split()
    return frozenset(run[place : place + 2] for run in runs for place in range(len(run) - 1))
