"""Title, issuer, days and edition, whatever stands around them."""

from datetime import date

import pytest

from feedback import notice_text

PREFACE = "根据县委统一部署，县委第一巡察组对我单位开展了巡察并反馈了意见，现将整改进展情况向社会公布，接受监督。"
BODY = "一、学习方面\n（一）甲问题。已改。\n欢迎监督。联系电话：0396-1234567。"
TITLE = "中共示例县委员会关于巡察整改进展情况的通报"
SIGNED = "中共示例县委员会\n2024年7月1日"


def _read(head: str, signature: str = SIGNED) -> notice_text.NoticeText:
    return notice_text.read(f"{head}\n{PREFACE}\n{BODY}\n{signature}\n")


@pytest.mark.parametrize(
    "head",
    [
        TITLE,
        f"【{TITLE}】",
        f"★ {TITLE}",
        f"【通报】{TITLE}",
        f"标题：{TITLE}",
        f"{TITLE} - 示例县人民政府网",
        f"{TITLE}_示例网\n首页 政务公开 互动交流\n{TITLE}",
        f"首页>政务公开>{TITLE}\n{TITLE}",
        f"您现在的位置：首页 > {TITLE}",
        f"{TITLE} 发布时间：2024-07-03 来源：示例",
        f"打印 关闭 {TITLE} 字号 大 中 小",
        "中共示例县委员会\n关于巡察整改进展情况的通报",
        "中共示例县委员会　关于巡察整改进展情况的通报",
        "中共示例县委员会关于巡察\n整改进展情况的通报",
        f"政务公开\n通知公告\n{TITLE}\n作者：示例",
    ],
)
def test_title_is_found(head: str) -> None:
    assert _read(head).title == TITLE


@pytest.mark.parametrize(
    "title",
    [
        "示例县水利局巡察整改进展情况通报",
        "关于审计整改情况的公示（摘要）",
        "示例公司党委关于督查反馈意见整改落实情况的报告",
    ],
)
def test_other_kinds_of_title(title: str) -> None:
    assert _read(title).title == title


@pytest.mark.parametrize(
    ("signature", "issuer", "day"),
    [
        (SIGNED, "中共示例县委员会", date(2024, 7, 1)),
        ("中共示例县委员会 2024年7月1日", "中共示例县委员会", date(2024, 7, 1)),
        ("中共示例县委员会2024年7月1日", "中共示例县委员会", date(2024, 7, 1)),
        ("（中共示例县委员会）\n（2024年7月1日）", "中共示例县委员会", date(2024, 7, 1)),
        ("中共示例县委\n示例县人民政府\n2024.7.1", "中共示例县委、示例县人民政府", date(2024, 7, 1)),
        (
            "中共示例县委巡察工作\n领导小组办公室\n2024年7月1日",
            "中共示例县委巡察工作领导小组办公室",
            date(2024, 7, 1),
        ),
        ("2024年7月1日", "中共示例县委员会", date(2024, 7, 1)),
        ("", "中共示例县委员会", None),
        (f"{SIGNED}\n2024-07-09\n2024-07-10", "中共示例县委员会", date(2024, 7, 1)),
    ],
)
def test_signature(signature: str, issuer: str, day: date | None) -> None:
    notice = _read(TITLE, signature)
    assert (notice.issuer, notice.signed_on) == (issuer, day)


@pytest.mark.parametrize(
    ("line", "day", "edition"),
    [
        ("当前版:03版\n发布日期:2025年04月18日", date(2025, 4, 18), "03版"),
        ("第3版 2025年4月18日 星期五", date(2025, 4, 18), "第3版"),
        ("第０３版：要闻", None, "第03版"),
        ("版次：A02", None, "A02"),
        ("来源：示例 时间：2025/4/18 字体：大 小", date(2025, 4, 18), None),
        ("2025-04-18 10:20:30", date(2025, 4, 18), None),
        ("更新时间：2025.4.18", date(2025, 4, 18), None),
        ("通版阅读请点击", None, None),
    ],
)
def test_day_of_publication_and_edition(line: str, day: date | None, edition: str | None) -> None:
    for head in (f"{line}\n{TITLE}", f"{TITLE}\n{line}"):
        notice = _read(head)
        assert (notice.published_on, notice.edition) == (day, edition)


def test_day_of_publication_may_stand_below() -> None:
    assert _read(TITLE, f"{SIGNED}\n发布日期：2025-04-18\n").published_on == date(2025, 4, 18)
