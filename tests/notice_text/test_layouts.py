"""Whole notices in the layouts that organs use."""

import json
from datetime import date

import pytest

from feedback import notice_text
from tests.notice_text import samples


def _counts(text: str) -> dict[str, int]:
    return {key: len(item.measures) for key, item in samples.items(text).items()}


def test_three_levels_keep_the_second_as_items() -> None:
    notice = notice_text.read(samples.THREE_LEVELS)
    assert notice.title == "中共示例县教育局党组关于县委第三巡察组反馈意见整改进展情况的通报"
    assert notice.issuer == "中共示例县教育局党组"
    assert (notice.signed_on, notice.published_on) == (date(2024, 7, 1), date(2024, 7, 3))
    assert [section.title for section in notice.sections] == [
        "党组履行整改主体责任情况",
        "巡察反馈问题整改落实情况",
        "下一步工作打算",
    ]
    assert _counts(samples.THREE_LEVELS) == {"1.1": 0, "1.2": 0, "2.1": 5, "2.2": 2}


def test_section_without_items_keeps_none_and_its_text() -> None:
    plans = notice_text.read(samples.THREE_LEVELS).sections[-1]
    assert plans.items == ()
    assert plans.text == "下一步，局党组将持续用力，做好“后半篇文章”。"


def test_telephone_at_the_foot_of_the_page_is_not_a_channel() -> None:
    channels = notice_text.read(samples.THREE_LEVELS).channels
    assert channels.phones == ("0396-1234567", "7654321")
    assert channels.address == "示例县育才路18号县教育局办公室"
    assert (channels.postcode, channels.email) == ("123456", "office@example.com")


def test_problems_numbered_as_sections_are_their_own_items() -> None:
    items = samples.items(samples.SECTIONS_ONLY)
    assert [item.title for item in items.values()] == [
        "针对“服务群众意识不强”问题",
        "针对“制度执行不严”的问题",
        "关于“作风不实”问题",
    ]
    assert _counts(samples.SECTIONS_ONLY) == {"1.1": 3, "2.1": 0, "3.1": 2}


def test_title_broken_after_the_organ_is_joined() -> None:
    notice = notice_text.read(samples.SECTIONS_ONLY)
    assert notice.title == "中共示例市住房中心支部委员会关于巡察整改情况的公示"
    assert (notice.signed_on, notice.published_on) == (date(2025, 3, 1), date(2025, 3, 3))
    assert notice.edition == "第A2版"


def test_several_phones_come_in_their_order() -> None:
    channels = notice_text.read(samples.SECTIONS_ONLY).channels
    assert channels.phones == ("13800000000", "0396-1234567-8012", "12345")
    assert channels.address == "示例市建设路100号（住房大楼）3号楼205室"
    assert channels.envelope_remark == "巡察整改意见"
    assert channels.email == "house@example.com"


def test_items_without_sections_become_one_section() -> None:
    notice = notice_text.read(samples.LIST_ONLY)
    assert [section.title for section in notice.sections] == [notice.title]
    assert _counts(samples.LIST_ONLY) == {"1.1": 2, "1.2": 3, "1.3": 0, "1.4": 0}
    assert notice.channels.envelope_remark == "对巡视整改的意见"
    assert notice.issuer == "示例大学党委"


def test_lost_line_ends_are_found_again() -> None:
    notice = notice_text.read(samples.LINE_ENDS_LOST)
    assert notice.title == "中共示例街道工作委员会关于巡察整改进展情况的通报"
    assert (notice.issuer, notice.signed_on) == ("中共示例街道工作委员会", date(2024, 12, 5))
    assert _counts(samples.LINE_ENDS_LOST) == {"1.1": 2, "1.2": 0, "2.1": 3}
    assert notice.closing.startswith("下一步，街道将继续抓好整改。")
    assert notice.channels.email == "street@example.com"


def test_parts_have_chapters_as_items() -> None:
    notice = notice_text.read(samples.PARTS)
    assert notice.title == "示例县人民政府关于优化营商环境专项督查反馈问题整改情况的公告"
    assert (notice.issuer, notice.signed_on) == ("示例县人民政府", date(2024, 5, 20))
    assert list(samples.items(samples.PARTS)) == ["1.1", "1.2", "2.1", "2.2"]
    assert notice.channels.phones == ("0396-1234567",)
    assert notice.channels.address == "示例县人民路1号，县政府办公室收"


def _wrapped(text: str, width: int) -> str:
    pieces = [line[at : at + width] for line in text.split("\n") for at in range(0, max(1, len(line)), width)]
    return "\n".join(pieces)


@pytest.mark.parametrize("width", [30, 37, 44])
def test_text_broken_at_a_fixed_width_reads_the_same(width: int) -> None:
    assert notice_text.outline(notice_text.read(_wrapped(LONG, width))) == notice_text.outline(notice_text.read(LONG))


@pytest.mark.parametrize(
    "pasted",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("　", "\u00a0\u00a0"),
        lambda text: "\u200b".join(text),
        lambda text: "\ufeff" + text,
        lambda text: text.translate({0xFF10 + value: str(value) for value in range(10)}),
    ],
    ids=["crlf", "cr", "blank-lines", "nbsp", "zero-width", "bom", "digits"],
)
@pytest.mark.parametrize("text", samples.ALL, ids=["levels", "sections", "list", "glued", "parts"])
def test_how_a_text_was_pasted_makes_no_difference(text: str, pasted: object) -> None:
    assert callable(pasted)
    assert notice_text.outline(notice_text.read(pasted(text))) == notice_text.outline(notice_text.read(text))


def test_outline_is_plain_and_says_null_for_the_unknown() -> None:
    outline = notice_text.outline(notice_text.read(samples.PARTS))
    assert json.loads(json.dumps(outline)) == outline
    assert outline["published_on"] is None
    assert outline["channels"]["email"] is None
    assert outline["sections"][1]["items"][0] == {"key": "2.1", "title": "关于审批慢的问题", "measures": 0}


LONG = """\
中共示例县水利局党组关于巡察整改进展情况的通报
　　按照县委统一部署，县委第二巡察组对局党组开展了巡察，并于年底反馈了意见，局党组照单全收，逐条研究，现将整改进展情况向社会公布。
　　一、贯彻上级决策部署不够坚决有力，推动水利事业高质量发展的办法和成效都不够明显方面问题整改情况
　　（一）针对河道管护责任落实不到位、部分河段乱占乱建长期得不到有效治理的问题。一是全面排查河道二百余里，建立问题台账并逐一明确\
责任单位和完成时限。二是集中清理乱占乱建46处，拆除违章建筑3200平方米，恢复岸线18公里。
　　（二）针对农村饮水工程管理粗放问题。一是更换老旧管网12公里，惠及群众5600户。二是实行水质月检月报制度，并且在村务公开栏公布。\
三是设立报修热线，全年接报312件，办结率达到99%以上。
　　二、落实全面从严治党主体责任有差距，重点领域和关键环节廉政风险防控不够严密方面问题整改情况
　　（一）针对工程招标监督不严问题。修订招标管理办法，邀请纪检人员全程参加监督，对2家违规企业列入不良记录名单，并追回资金18.6万元。
　　欢迎广大干部群众对整改情况进行监督。联系电话：0396-1234567，邮寄地址：示例县示例路18号示例大厦，邮政编码：123456，电子邮箱：\
water@example.com。
　　中共示例县水利局党组
　　2024年7月1日
"""
