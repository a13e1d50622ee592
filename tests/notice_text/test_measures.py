"""Counting 一是, 二是 … and the numbers that stand for them."""

import pytest

from feedback.notice_text.measures import measures_in


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("一是学。二是做。三是查。", ("学。", "做。", "查。")),
        ("一是学；二是做。", ("学", "做。")),
        ("一是学，二是做，", ("学", "做")),
        ("前言：\n一是学。\n二是做。", ("学。", "做。")),
        ("他“一是一、二是二”，没有举措。", ()),
        ("说一是一，说二是二。", ()),
        ("一是一，二是二。", ()),
        ("统一是好事，第二是次要的。", ()),
        ("一是只有一条。", ()),
        ("二是没有第一条。三是也没有。", ()),
        ("一是学。三是跳过。二是做。", ("学。三是跳过。", "做。")),
        ("1.针对甲。一是学。二是做。\n2.针对乙。一是改。二是查。", ("学。", "做。", "改。", "查。")),
        ("1.学。\n2.做。", ("学。", "做。")),
        ("１、学。２、做。", ("学。", "做。")),
        ("（1）学。\n（2）做。", ("学。", "做。")),
        ("⑴学；⑵做。", ("学", "做。")),
        ("①学；②做。", ("学", "做。")),
        ("增长1.5倍。2.5倍也有。", ()),
        ("2024.1.1起执行。", ()),
        ("没有编号。", ()),
        ("", ()),
    ],
)
def test_measures(text: str, measures: tuple[str, ...]) -> None:
    assert measures_in(text) == measures


def test_twelve_measures_are_counted() -> None:
    numerals = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
    assert len(measures_in("".join(f"{numeral}是做。" for numeral in numerals))) == 12
