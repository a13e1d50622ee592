"""Chinese text in any amount: words and clauses of which few come often and most hardly ever, as in real letters."""

import itertools
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

import feedback.demo

WORDS, CLAUSES = 8_000, 60_000
FEWEST_SIGNS, MOST_SIGNS = 50, 600
# Level 1 of GB 2312: the 3,755 signs that nearly all Chinese text is written with.
SIGNS = "".join(
    bytes((row, column)).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for column in range(0xA1, 0xFF)
)
SUBJECTS = (
    "安置房",
    "过渡安置费",
    "拆迁补偿",
    "小区物业",
    "公交线路",
    "学校",
    "医院",
    "停车位",
    "老旧小区改造",
    "路灯",
)


def zipf(count: int, exponent: float) -> list[float]:
    """Cumulated weights of ranks: the first comes most, the hundredth seldom."""
    return list(itertools.accumulate(1 / rank**exponent for rank in range(1, count + 1)))


class Wording:
    """Deals texts; the same `chance` deals the same ones."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._clauses = _clauses(chance)
        self._weights = zipf(len(self._clauses), 0.7)

    def text(self) -> str:
        """Of 50 to 600 signs, half of them shorter than 160."""
        count = max(3, min(30, int(self._chance.lognormvariate(2.1, 0.6))))
        text = "".join(self._chance.choices(self._clauses, cum_weights=self._weights, k=count))
        while len(text) < FEWEST_SIGNS:
            text += self._chance.choice(self._clauses)
        return text[: MOST_SIGNS - 1].rstrip("，。") + "。"

    def subject(self) -> str:
        """Empty for one in five, as people leave it."""
        if self._chance.random() < 0.2:
            return ""
        return f"关于{self._chance.choice(SUBJECTS)}：{self._chance.choice(self._clauses)[:-1]}"


def _clauses(chance: random.Random) -> list[str]:
    """One or two clauses each, with words from the demo in half of them."""
    words = _words(chance)
    weights = zipf(len(words), 0.9)
    written = _written()
    made = []
    for _number in range(CLAUSES):
        some = "".join(chance.choices(words, cum_weights=weights, k=chance.randint(3, 7)))
        place = f"{chance.randint(1, 99)}号楼" if chance.random() < 0.05 else ""
        own = chance.choice(written) if chance.random() < 0.5 else ""
        made.append(f"{own}，{place}{some}{'。' if chance.random() < 0.5 else '，'}".lstrip("，"))
    return made


def _words(chance: random.Random) -> list[str]:
    signs = list(SIGNS)
    chance.shuffle(signs)
    weights = zipf(len(signs), 0.8)
    return ["".join(chance.choices(signs, cum_weights=weights, k=chance.choice((2, 2, 2, 3)))) for _n in range(WORDS)]


def _written() -> Sequence[str]:
    """The clauses of the demo's opinions."""
    lines = Path(feedback.demo.__file__).with_name("opinions.jsonl").read_text("utf-8").splitlines()
    texts = (json.loads(line)["text"] for line in lines)
    return [clause for text in texts for clause in re.split(r"[，。？！；：、\s]+", text) if 2 < len(clause) < 15]
