"""The other words for the same that a search knows."""

from pathlib import Path

import pytest

import feedback.search
from feedback.search import synonyms
from feedback.search.folding import folded

LINES = Path(feedback.search.__file__).with_name("signs").joinpath("synonyms.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("line", LINES)
def test_each_line_has_several_folded_words_each_once(line: str) -> None:
    words = line.split()
    assert len(words) == len(set(words)) > 1
    assert [folded(word) for word in words] == words
    assert min(map(len, words)) > 1


def test_no_line_stands_twice() -> None:
    assert len({frozenset(line.split()) for line in LINES}) == len(LINES)


def test_a_word_within_the_words_of_a_query_has_its_own() -> None:
    assert "废水" in synonyms.of(["化工厂", "排污水"])
    assert synonyms.of(["甲乙丙丁"]) == []


def test_what_was_asked_for_is_no_other_word() -> None:
    assert "废水" not in synonyms.of(["污水", "废水"])
