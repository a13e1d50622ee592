"""The measures of the search run, at a tiny size, and say what they measured."""

import pytest

from bench import search
from bench.rounds import Scale

TINY = Scale("tiny", rounds=1, opinions=300, seconds=0.1)


@pytest.mark.shared
def test_each_measure_gives_its_figure() -> None:
    results = list(search.measure(TINY))
    assert [result.unit for result in results] == ["ms", "ms", "ms", *["bytes an opinion"] * 2, "of 51", "of 11"]
    assert all(result.ours and min(result.ours) >= 0 for result in results)
    assert results[-2].found == 1
