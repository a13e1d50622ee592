"""Two things measured side by side in one run, in alternating rounds, and what comes of it as a table.

A figure of one machine on one day says little; how it stands to a yardstick measured in the same minutes says more.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

# Runs once and returns its figure: a rate, seconds or bytes.
Side = Callable[[], float]


@dataclass(frozen=True)
class Scale:
    """How much is measured: `small` ends within minutes, `full` is what the table of goals speaks of."""

    name: str
    rounds: int
    # Opinions in the larger store, whose pages are compared with those of a store of a thousand.
    opinions: int
    # Roughly how long one side of one round may take.
    seconds: float


SMALL = Scale("small", rounds=3, opinions=10_000, seconds=0.7)
FULL = Scale("full", rounds=5, opinions=1_000_000, seconds=3.0)


@dataclass(frozen=True)
class Reach:
    """What is to be reached: a ratio of `side` to the yardstick, or a figure of its own where there is none."""

    relation: Literal["at least", "at most"]
    figure: float

    def is_met(self, found: float) -> bool:
        return found >= self.figure if self.relation == "at least" else found <= self.figure

    def __str__(self) -> str:
        return f"{'≥' if self.relation == 'at least' else '≤'} {self.figure:g}"


@dataclass(frozen=True)
class Result:
    """The samples of each round. Without a yardstick the figure stands for itself, in `unit`."""

    name: str
    unit: str
    reach: Reach
    ours: Sequence[float]
    yardstick: Sequence[float] = field(default=())

    @property
    def figures(self) -> Sequence[float]:
        """Of each round what was found; with a yardstick the ratio, no number beside one that did nothing.

        Ratios within a round, for a machine that others share may be half as fast in the next one, for both sides.
        """
        if not self.yardstick:
            return self.ours
        pairs = zip(self.ours, self.yardstick, strict=True)
        return [figure / beside if beside else math.nan for figure, beside in pairs]

    @property
    def found(self) -> float:
        return statistics.median(self.figures)

    @property
    def is_reached(self) -> bool:
        return self.reach.is_met(self.found)

    @property
    def noise(self) -> float:
        """Half the spread of the rounds, as a share of what was found."""
        return (max(self.figures) - min(self.figures)) / 2 / self.found if self.found else 0.0


def compare(name: str, unit: str, reach: Reach, ours: Side, yardstick: Side | None = None, *, rounds: int) -> Result:
    """Run both sides `rounds` times, in turns, each once before that to warm up."""
    samples: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for kept, side in zip(samples, (ours, yardstick), strict=True):
            if side is not None:
                figure = side()
                if number:
                    kept.append(figure)
    return Result(name, unit, reach, *samples)


HEADINGS = ("measure", "ours", "yardstick", "unit", "found", "reach", "", "noise")


def table(results: Sequence[Result]) -> str:
    """GitHub's Markdown. `found` is the ratio where there is a yardstick."""
    rows = [HEADINGS, tuple("---" for _heading in HEADINGS), *map(_row, results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(result: Result) -> tuple[str, ...]:
    return (
        result.name,
        _number(statistics.median(result.ours)),
        _number(statistics.median(result.yardstick)) if result.yardstick else "",
        result.unit,
        f"{result.found:.2f} ×" if result.yardstick else _number(result.found),
        str(result.reach),
        "reached" if result.is_reached else "**missed**",
        f"± {result.noise:.0%}",
    )


def _number(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"
