"""What is not a notice gets one clear line, quickly, and nothing ever breaks the parser."""

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback import notice_text
from feedback.errors import Refusal
from tests.notice_text import samples

ESSAY = "秋天到了，树叶黄了，一片片落下来。同学们在操场上奔跑，老师在树下微笑。" * 10
SHOP = (
    "首页 > 女装 > 连衣裙\n加入购物车\n立即购买\n价格：￥199.00 销量2000件 库存35件\n联系客服 电话：400-000-0000\n"
    * 5
)
NOVEL = (
    "第一章 风雪\n大雪下了三天三夜，山路早已看不见了。一、二、三，他数着步子往前走。\n第二章 归人\n门开了。\n" * 20
)
NO_TITLE = "一、学习方面\n（一）甲问题。已改。\n二、作风方面\n（一）乙问题。已改。\n" * 5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\u3000\n\u200b", "empty"),
        ("关于整改情况的通报\n一、甲", "too short"),
        (ESSAY, "no numbered sections"),
        (SHOP, "no numbered sections"),
        (NOVEL, "no numbered sections"),
        (NO_TITLE, "no title"),
        ("关于整改情况的通报\n" + ESSAY, "no numbered sections"),
        ("一、甲\n" * 1_000_000, "longer than"),
        ("一、甲\n" * 30_000, "lines"),
        ("PK\x03\x04\x00\x00" + samples.PARTS, "not plain text"),
        ("<!DOCTYPE html><html><body>" + samples.PARTS, "source of a web page"),
    ],
)
def test_no_notice_is_refused_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(Refusal, match=reason) as refusal:
        notice_text.read(text)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings(encoding: str) -> None:
    assert notice_text.read(notice_text.decode(samples.PARTS.encode(encoding))) == notice_text.read(samples.PARTS)


@pytest.mark.parametrize(
    "raw", [b"\xff\xff\xff\xff", b"\x89PNG\r\n\x1a\n\xff\xfe\x80", b"\xff\xfe\x00", b"a" * 7_000_000]
)
def test_bytes_that_are_no_text_are_refused(raw: bytes) -> None:
    with pytest.raises(Refusal):
        notice_text.decode(raw)


THIRD = 330_000  # three times this makes a megabyte


@pytest.mark.parametrize(
    "unit",
    [
        *(
            " ",
            "“",
            '"a',
            "1",
            "1,",
            "(",
            "一是",
            "（一）",
            "情况-",
            "关于",
            "欢迎",
            "地址：",
            "信封",
            "a",
            "0396-",
            "一、甲。二、",
        ),
        *("一、甲\n", "（一）甲\n", "2024-1-1\n", "委员会\n", "关于整改情况的通报\n", "电话：0396-1234567、"),
    ],
)
def test_hostile_text_takes_no_longer_than_plain(unit: str) -> None:
    middle = unit * (THIRD // len(unit))
    started = time.perf_counter()
    with contextlib.suppress(Refusal):
        notice_text.read(f"关于示例整改情况的通报\n{middle}\n一、甲\n{middle}\n欢迎监督：{middle}")
    assert time.perf_counter() - started < 8  # linear: well under two seconds on an idle machine


PIECES = st.sampled_from(
    [
        *(
            "一、",
            "（一）",
            "1.",
            "①",
            "第一部分",
            "一是",
            "二是",
            "三是",
            "针对",
            "问题",
            "。",
            "：",
            "；",
            "“",
            "”",
            "(",
            ")",
        ),
        *(
            "\n",
            " ",
            ">",
            "关于整改情况的通报",
            "中共示例县委员会",
            "2024年7月1日",
            "二〇二四年七月一日",
            "发布日期：",
            "03版",
        ),
        *(
            "下一步",
            "欢迎监督",
            "电话：0396-1234567",
            "地址：",
            "邮编",
            "信封请注明",
            "a@example.com",
            "13.6%",
            "２",
            "万元",
        ),
    ]
)


@settings(deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=6)), min_size=20, max_size=120).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        notice_text.outline(notice_text.read(text))
    except Refusal as refusal:
        assert str(refusal)


@settings(deadline=None)
@given(st.sampled_from(samples.ALL), st.lists(st.tuples(st.integers(0, 2000), st.text(max_size=4)), max_size=8))
def test_a_damaged_notice_is_read_or_refused(text: str, damages: list[tuple[int, str]]) -> None:
    for place, instead in damages:
        text = text[:place] + instead + text[place + 3 :]
    try:
        notice_text.read(text)
    except Refusal as refusal:
        assert str(refusal)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_decoded_or_refused(raw: bytes) -> None:
    try:
        assert isinstance(notice_text.decode(raw), str)
    except Refusal as refusal:
        assert str(refusal)
