"""Numbers with their units."""

import pytest

from feedback.notice_text import Figure
from feedback.notice_text.figures import figures_in


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("增长13.6%", "13.6", "%"),
        ("增长１３．６％", "１３．６", "％"),
        ("上升2.5个百分点", "2.5", "个百分点"),
        ("挽回162.99万元", "162.99", "万元"),
        ("收入26.5亿元", "26.5", "亿元"),
        ("用电18198万千瓦时", "18198", "万千瓦时"),
        ("居全市第1位", "第1", "位"),
        ("约谈5人", "5", "人"),
        ("培训300余人次", "300余", "人次"),
        ("安置1.2万户", "1.2", "万户"),
        ("拨付1,234.5万元", "1,234.5", "万元"),
        ("整治3200平方米", "3200", "平方米"),
        ("流转40多亩", "40多", "亩"),
        ("压缩3个工作日", "3", "个工作日"),
        ("增加3-5个", "3-5", "个"),
    ],
)
def test_figure_as_printed(text: str, value: str, unit: str) -> None:
    assert [(figure.value, figure.unit) for figure in figures_in(text)] == [(value, unit)]


@pytest.mark.parametrize(
    "text",
    [
        "2024年7月5日",
        "2024年度",
        "“15+6+2”实事",
        "豫发〔2024〕3号",
        "拨打12345热线",
        "0396-1234567",
        "二十届三中全会",
        "第3届",
    ],
)
def test_dates_names_and_telephones_are_no_figures(text: str) -> None:
    assert figures_in(text) == ()


def test_label_is_the_clause_around_the_figure() -> None:
    text = "共立案29人，批评教育52人；工业投资（全年）同比增长66.7%，居全市第3位。"
    assert figures_in(text) == (
        Figure("29", "人", "共立案29人"),
        Figure("52", "人", "批评教育52人"),
        Figure("66.7", "%", "同比增长66.7%"),
        Figure("第3", "位", "居全市第3位"),
    )
