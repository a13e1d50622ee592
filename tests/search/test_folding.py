"""What counts as the same writing."""

import pytest

from feedback.search import shingles
from feedback.search.folding import folded, sounded, words


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("６２１７", "6217"),
        ("ＡＢＣ", "abc"),
        ("添加劑", "添加剂"),
        ("報廢車輛", "报废车辆"),
        ("豫Q·0B111", "豫q0b111"),
        ("6217 0000-0000", "621700000000"),
        ("安置\n房", "安置房"),
        ("一三八零零零零", "1380000"),
        ("㎡", "m2"),
    ],
)
def test_the_same_in_other_signs_is_the_same(written: str, other: str) -> None:
    assert folded(written) == folded(other)


def test_few_digits_in_a_row_stay_words() -> None:
    assert folded("三八妇女节，一一对应，十四五规划") == "三八妇女节一一对应十四五规划"


def test_a_query_has_words_between_spaces_and_stops_and_each_counts_once() -> None:
    assert words("過渡費，安置房　過渡费 2026-000123。") == ["过渡费", "安置房", "2026000123"]
    assert words(" %_ …—") == []


def test_what_is_spoken_alike_sounds_alike() -> None:
    assert sounded("过度费") == sounded("过渡费") != sounded("过路费")


@pytest.mark.parametrize("word", ["费", "过渡", "安置房", "a", "138", "1380", "13800000000", "q0b111", "在14楼"])
def test_what_a_word_is_asked_by_stands_in_every_text_with_it(word: str) -> None:
    held = shingles.of_text(f"前面{word}后面")
    for shingle in shingles.of_word(word):
        assert shingle in held or (shingles.is_beginning(shingle) and any(each.startswith(shingle) for each in held))


def test_a_number_is_asked_by_fours() -> None:
    assert shingles.of_word("13800000000") == ["1380", "3800", "8000", "0000"]
    assert shingles.of_text("电1380话") == {"1", "3", "8", "0", "话", "电1", "13", "38", "80", "0话", "1380"}


def test_the_last_sign_stands_for_itself_for_no_pair_begins_with_it() -> None:
    assert shingles.of_text("死鱼") == {"死鱼", "鱼"}
