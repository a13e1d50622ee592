"""操作记录: what members did that belongs to no case, in plain words, for who manages the staff."""

from tests.statements import heard, reads
from tests.web.staff.conftest import Enter, send

PAGE = "/staff/history"


def test_acts_of_the_house_are_told_with_who_and_what(enter: Enter) -> None:
    head, admin = enter("head"), enter("administrator")
    assert send(admin, "/staff/units", name="示例单位").status_code == 303
    assert send(admin, "/staff/units/1/retire", "/staff/units").status_code == 303
    assert send(head, "/staff/agendas", span="week", stuck_days="5").status_code == 303
    assert send(head, "/staff/agendas/1/discard", "/staff/agendas/1").status_code == 303
    change = {"role": "reader", "unit": ""}
    assert send(admin, "/staff/people/clerk/change", "/staff/people", **change).status_code == 303
    lines = admin.get(PAGE).text.split("<ol")[1].split("<li>")[1:]
    told = [
        ("人员变更", "示例administrator", "人员：示例clerk", "登记员 → "),
        ("废弃调度议程草稿", "示例head", "→ 无"),
        ("编制调度议程", "示例head", "合计件数：0"),
        ("人员变更", "示例administrator", "单位：示例单位", "是 → 否"),
    ]
    for line, words in zip(lines, told, strict=False):
        for word in words:
            assert word in line, word
    assert enter("head").get(PAGE).status_code == 403


def test_older_lines_are_one_page_further_and_read_along_an_index(enter: Enter) -> None:
    admin = enter("administrator")
    for number in range(55):
        send(admin, "/staff/units", name=f"单位{number}")
    first = admin.get(PAGE).text
    assert "单位54" in first
    assert "单位3<" not in first
    older = first.partition('href="/staff/history?before=')[2].partition('"')[0]
    with heard(admin.application.extensions["database"].engine) as said:
        second = admin.get(f"{PAGE}?before={older}").text
    assert "单位3" in second
    assert len([one for one in reads(said) if "FROM event" in one]) == 1


def test_a_printed_ledger_is_told_in_the_language_of_the_page(enter: Enter) -> None:
    assert enter("clerk").get("/staff/ledger/print").status_code == 200
    page = enter("administrator").get(PAGE).text
    assert "格式：打印" in page
    assert "print<" not in page
