"""Sections, items and where their headings end."""

import pytest

from tests.notice_text.samples import around


@pytest.mark.parametrize(
    ("printed", "title", "text"),
    [
        ("（一）针对学习不深入问题。已制定制度。", "针对学习不深入问题", "已制定制度。"),
        ("(一)关于“学习不深入”的问题:已制定制度。", "关于“学习不深入”的问题", "已制定制度。"),
        ("㈠“学习不深入”问题整改落实情况\n已制定制度。", "“学习不深入”问题整改落实情况", "已制定制度。"),
        ("（一）针对“不学。不用。”的问题。已改。", "针对“不学。不用。”的问题", "已改。"),
        ("（一） 针对学习方面，制定了学习制度。", "针对学习方面", "制定了学习制度。"),
        ("（一）针对甲问题、乙问题，丙的问题。已改。", "针对甲问题、乙问题，丙的问题", "已改。"),
        ("（一）关于学习问题一是抓制度。二是抓落实。", "关于学习问题", "一是抓制度。二是抓落实。"),
        ("**（一）针对学习问题**\n已改。", "针对学习问题", "已改。"),
    ],
)
def test_title_of_an_item_ends_where_its_text_begins(printed: str, title: str, text: str) -> None:
    item = around(f"一、学习方面\n{printed}").sections[0].items[0]
    assert (item.title, item.text) == (title, text)


@pytest.mark.parametrize("mark", ["一、", "一.", "一．", "一 、", "## 一、", "第一部分 ", "第一部分："])
def test_marks_of_a_section(mark: str) -> None:
    body = f"{mark}学习方面\n（一）甲问题。已改。\n{mark.replace('一', '二')}作风方面\n（一）乙问题。已改。"
    assert [section.title for section in around(body).sections] == ["学习方面", "作风方面"]


def test_numbers_follow_the_order_and_not_the_print() -> None:
    notice = around("一、甲\n（一）子问题。改。\n（三）丑问题。改。\n三、乙\n（二）寅问题。改。")
    assert [section.number for section in notice.sections] == [1, 2]
    assert [item.key for section in notice.sections for item in section.items] == ["1.1", "1.2", "2.1"]


def test_arabic_points_are_items_where_the_section_has_no_others() -> None:
    notice = around("一、问题整改情况\n1.针对甲问题。一是改。二是查。\n2.针对乙问题。已改。")
    assert [(item.key, item.title, len(item.measures)) for item in notice.sections[0].items] == [
        ("1.1", "针对甲问题", 2),
        ("1.2", "针对乙问题", 0),
    ]


def test_heading_broken_inside_quotes_is_joined() -> None:
    item = around("一、学习方面\n（一）关于“学习\n不深入”的问题\n已改。").sections[0].items[0]
    assert (item.title, item.text) == ("关于“学习不深入”的问题", "已改。")


def test_text_before_the_first_item_belongs_to_the_section() -> None:
    section = around("一、学习方面\n共有一个问题。\n（一）甲问题。已改。").sections[0]
    assert (section.text, section.items[0].title) == ("共有一个问题。", "甲问题")


def test_numbers_inside_names_and_quotes_open_nothing() -> None:
    notice = around("一、学习方面\n（一）甲问题。印发《办法》。（二）号文件不在此列，“。二、乙”也不是。")
    assert len(notice.sections) == 1


def test_last_item_ends_before_the_closing_words() -> None:
    closing = "下一步，我们将继续整改。\n欢迎广大群众监督。联系电话：0396-1234567。"
    notice = around("一、学习方面\n（一）甲问题。已改。", closing=closing)
    assert notice.sections[0].items[0].text == "已改。"
    assert notice.closing == closing


def test_item_that_tells_of_a_new_hotline_is_not_cut() -> None:
    item = around("一、学习方面\n（一）甲问题。公布举报电话和电子邮箱，受理来电5件。").sections[0].items[0]
    assert item.text == "公布举报电话和电子邮箱，受理来电5件。"


def test_numbered_list_of_channels_is_no_list_of_measures() -> None:
    closing = "如有意见和建议，请反映。联系方式如下：\n1.电话：0396-1234567\n2.电子邮箱：a@example.com"
    notice = around("一、学习方面\n（一）甲问题。已改。", closing=closing)
    assert notice.sections[0].items[0].measures == ()
    assert notice.channels.phones == ("0396-1234567",)
    assert notice.channels.email == "a@example.com"
