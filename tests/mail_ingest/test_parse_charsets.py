"""Chinese text is read as it was written, whatever its label claims."""

import base64

import pytest

from mail_ingest.charsets import codec_for, decode
from mail_ingest.parse import parse_to_dict
from tests.mail_ingest.messages import message

SIMPLIFIED = [
    "投诉",
    "你好",
    "王先生",
    "求助！",
    "低保",
    "小区停电3天",
    "Fw: 投诉 abc",
    "安置房漏水无人维修",
    "请问",
    "物业公司欠保洁员工资，请核查。",
]
TRADITIONAL = ["您好", "陳先生", "投訴", "關於安置房交付問題的陳情", "敬請貴單位查明並回覆"]
EMPTY_LABELS = [
    None,
    "",
    "iso-8859-1",
    "us-ascii",
    "windows-1252",
    "x-unknown",
    "unknown-8bit",
    "utf-8",
    "default",
    "rot13",
    "zip",
    "\x00",
]


@pytest.mark.parametrize("label", [*EMPTY_LABELS, "gb2312", "gbk", "x-gbk", "cp936", "GB_2312-80", "hz-gb-2312"])
@pytest.mark.parametrize("text", SIMPLIFIED)
def test_simplified_is_read_under_any_label(text: str, label: str | None) -> None:
    assert decode(text.encode("gbk"), label).text == text
    assert decode(text.encode("utf-8"), label).text == text


@pytest.mark.parametrize("label", [*EMPTY_LABELS, "big5", "x-x-big5", "cp950", "gb2312"])
@pytest.mark.parametrize("text", TRADITIONAL)
def test_traditional_is_read_under_any_label(text: str, label: str | None) -> None:
    assert decode(text.encode("big5"), label).text == text
    assert decode(text.encode("utf-8"), label).text == text


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("安置房", "utf-7", "utf-7"),
        ("安置房", "utf-7", "unicode-1-1-utf-7"),
        ("安置房", "utf-16", "utf-16"),
        ("安置房", "utf-16-le", "utf-16le"),
        ("安置房投诉", "hz", "hz-gb-2312"),
        ("安置房投诉", "hz", None),
        ("こんにちは、みなさん", "iso-2022-jp", None),
        ("こんにちは、みなさん", "shift_jis", "shift_jis"),
        ("안녕하세요 민원입니다", "euc-kr", "ks_c_5601-1987"),
        ("안녕하세요 민원입니다", "euc-kr", None),
        ("Привет, это жалоба", "koi8-r", None),
        ("Привет, это жалоба", "windows-1251", "windows-1251"),
        ("café résumé, señor Núñez, Müller", "latin-1", None),
        ("café résumé", "latin-1", "iso-8859-1"),
        ("“quoted” – it’s fine", "cp1252", "iso-8859-1"),
        ("㐂和苑", "gb18030", "gb2312"),
        ("喆祎镕", "gb18030", "gb2312"),
    ],
)
def test_other_charsets_are_read(text: str, codec: str, label: str | None) -> None:
    assert decode(text.encode(codec), label).text == text


def test_footer_in_another_charset_is_read() -> None:
    raw = "安置房漏水\n".encode("gbk") + "邮件列表：退订请回复\n".encode()
    assert decode(raw, "gbk").text == "安置房漏水\n邮件列表：退订请回复\n"


def test_text_cut_inside_a_character_is_read() -> None:
    assert decode("安置房漏水无人维修".encode()[:-1], "utf-8").text == "安置房漏水无人维\ufffd"
    assert decode("安置房漏水无人维修".encode("gbk")[:-1], "gbk").text == "安置房漏水无人维\ufffd"


@pytest.mark.parametrize(
    "label",
    [
        "rot13",
        "zip",
        "bz2",
        "hex",
        "base64",
        "uu",
        "quopri",
        "unicode_escape",
        "idna",
        "punycode",
        "undefined",
        "mbcs",
    ],
)
def test_codecs_that_are_not_text_are_never_run(label: str) -> None:
    assert codec_for(label) is None


@pytest.mark.parametrize("label", ["gb2312", "iso-8859-1", "utf-8", "x-user-defined"])
def test_body_and_subject_with_a_wrong_label(label: str) -> None:
    words = base64.b64encode("工地拖欠农民工工资".encode("gbk")).decode()
    raw = message("我们一共二十三个人。".encode("gbk"), content_type=f"text/plain; charset={label}").replace(
        b"Subject: =?utf-8?", f"Subject: =?{label}?B?{words}?=\r\nX-Old: =?utf-8?".encode()
    )
    found = parse_to_dict(raw)
    assert (found["subject"], found["text"]) == ("工地拖欠农民工工资", "我们一共二十三个人。")


def test_page_that_names_its_charset_only_inside() -> None:
    page = '<html><head><meta charset="big5"></head><body>關於</body></html>'
    assert parse_to_dict(message(page.encode("big5"), content_type="text/html"))["text"] == "關於"


def test_half_a_surrogate_pair_is_no_text() -> None:
    found = parse_to_dict(message("+2D8-", content_type="text/plain; charset=utf-7"))
    assert found["text"].encode("utf-8")
