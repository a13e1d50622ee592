"""Dates in every form that notices print."""

from datetime import date

import pytest

from feedback.notice_text.dates import dates_in, number_of


@pytest.mark.parametrize(
    "printed",
    [
        "2024年7月1日",
        "２０２４年７月１日",
        "2024年07月01日",
        "2024 年 7 月 1 日",
        "二〇二四年七月一日",
        "二○二四年七月一日",
        "二零二四年七月一日",
        "2024/7/1",
        "2024-07-01 10:20",
        "2024.7.1",
        "２０２４－０７－０１",
    ],
)
def test_one_day_in_many_spellings(printed: str) -> None:
    assert [day for _start, _end, day in dates_in(f"日期：{printed}")] == [date(2024, 7, 1)]


@pytest.mark.parametrize(
    ("printed", "day"),
    [("二〇二四年十二月三十一日", date(2024, 12, 31)), ("二〇二四年十月廿一日", date(2024, 10, 21))],
)
def test_long_numerals(printed: str, day: date) -> None:
    assert [found for _start, _end, found in dates_in(printed)] == [day]


@pytest.mark.parametrize(
    "printed", ["2024年2月30日", "2024年7月", "2024/13/1", "1.2024.7", "没有", "二〇二四年十十月一日"]
)
def test_what_is_not_a_day_is_left_out(printed: str) -> None:
    assert dates_in(printed) == []


@pytest.mark.parametrize(
    ("numeral", "value"), [("七", 7), ("十", 10), ("十二", 12), ("廿三", 23), ("九十九", 99), ("7", 7)]
)
def test_numerals(numeral: str, value: int) -> None:
    assert number_of(numeral) == value
