"""The ledger on screen, on paper and as a workbook: the same lines, the same sums, nobody's identity."""

import html
import io
import re
from datetime import datetime

import openpyxl
import pytest
import sqlalchemy as sa
from openpyxl.worksheet.worksheet import Worksheet

from feedback import notices
from feedback.db import Database
from feedback.models import Action, Assignment, Channel, Event, State
from tests import factories
from tests.web.staff.conftest import Enter

HEADINGS = ["编号", "收件日期", "渠道", "条目", "类别", "内容摘要", "责任单位", "期限", "状态", "督办", "销号日期"]
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "＝1+1", "\t=1+1", "\r=1+1"]


@pytest.fixture
def _three(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, text="我是王先生，电话13800000000。", channel=Channel.PHONE).case
        case.unit, case.state = factories.unit(session), State.FINISHED
        factories.receipt(session, text="网上写的", item="1.1")
        factories.receipt(session, text="垃圾").case.is_spam = True


def workbook(content: bytes) -> Worksheet:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet
    assert sheet.title == "台账"
    assert isinstance(sheet, Worksheet)
    return sheet


def cells(sheet: Worksheet) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.usefixtures("_three")
def test_screen_paper_and_workbook_have_the_same_cases(enter: Enter) -> None:
    client = enter()
    screen, paper = client.get("/staff/ledger").text, client.get("/staff/ledger/print").text
    rows = cells(workbook(client.get("/staff/ledger.xlsx").data))
    assert rows[2] == HEADINGS
    assert [row[0] for row in rows[3:5]] == ["2026-000001", "2026-000002"]
    for page in (screen, paper):
        assert all(heading in page for heading in HEADINGS)
        assert (
            re.findall(r"20\d\d-\d{6}(?=<)", page) == ["2026-000002", "2026-000001"][:: 1 if page is screen else -1]
        )


@pytest.mark.usefixtures("_three")
def test_a_workbook_has_title_and_head_and_ends_with_its_sums(enter: Enter) -> None:
    sheet = workbook(enter().get("/staff/ledger.xlsx").data)
    rows = cells(sheet)
    assert rows[0][0] == "公众意见办理工作台账"
    assert str(rows[1][0]).startswith("填表单位：中共")
    assert str(rows[1][7]).startswith("填表日期：20")
    assert rows[3][1] == datetime(2026, 3, 2)  # noqa: DTZ001 - a spreadsheet knows no zones
    sums = {str(row[0]): row[1] for row in rows[5:]}
    assert (sums["合计"], sums["按状态：已办结"], sums["按责任单位：示例单位"], sums["已逾期"]) == (2, 1, 1, 1)


@pytest.mark.usefixtures("_three")
def test_a_workbook_prints_on_a4_across_with_its_headings_on_every_page(enter: Enter) -> None:
    sheet = workbook(enter().get("/staff/ledger.xlsx").data)
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize or 0)) == ("landscape", 9)
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)  # one page wide is the default
    assert sheet.sheet_properties.pageSetUpPr and sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$1:$3", "B4")
    assert sheet.column_dimensions["F"].width > 40
    assert "第 &P 页" in str(sheet.oddFooter.center.text).replace("&[Page]", "&P").replace("[Page]", "P")


def test_cells_that_begin_like_a_formula_stay_text(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        for words in FORMULAS:
            factories.receipt(session, subject=words, text="网上写的")
    sheet = workbook(enter().get("/staff/ledger.xlsx").data)
    found = [sheet.cell(row, 6) for row in range(4, 4 + len(FORMULAS))]
    assert {cell.data_type for cell in found} == {"s"}
    assert [str(cell.value).partition("：")[0] for cell in found] == [words.strip() for words in FORMULAS]


@pytest.mark.usefixtures("_three")
def test_nobody_can_be_recognised_in_it(enter: Enter) -> None:
    client = enter()
    sheet = repr(cells(workbook(client.get("/staff/ledger.xlsx").data)))
    for content in (client.get("/staff/ledger").text, client.get("/staff/ledger/print").text, sheet):
        assert "我是＊＊，电话＊＊。" in content
        assert not any(told in content for told in ("王先生", "13800000000", "wang@example.com"))


def test_who_assists_and_what_else_it_touches_stands_below(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, item="1.1").case
        case.unit, case.state = factories.unit(session), State.ASSIGNED
        case.further_items = [notices.item(session, "1.2"), notices.item(session, "2.1")]
        assists = factories.unit(session, "协办的单位")
        part = {"received_at": case.received_at, "assigned_at": factories.NOW}
        session.add(Assignment(case_id=case.id, unit_id=assists.id, is_lead=False, **part))
    client = enter()
    row = cells(workbook(client.get("/staff/ledger.xlsx").data))[3]
    assert str(row[3]).endswith("\n另涉1.2、2.1")
    assert row[6] == "示例单位\n协办的单位（协办）"
    for path in ("/staff/ledger", "/staff/ledger/print"):
        page = client.get(path).text
        assert "另涉1.2、2.1" in page, path
        assert "协办的单位（协办）" in page, path


@pytest.mark.usefixtures("_three")
def test_filters_are_those_of_the_queue(enter: Enter) -> None:
    client = enter()
    for asked, numbers in (
        ("channel=phone", ["2026-000001"]),
        ("item=1.1", ["2026-000002"]),
        ("show=spam", ["2026-000003"]),
    ):
        assert re.findall(r"20\d\d-\d{6}(?=<)", client.get(f"/staff/ledger?{asked}").text) == numbers
        rows = cells(workbook(client.get(f"/staff/ledger.xlsx?{asked}").data))
        assert [row[0] for row in rows[3:-4]] == numbers or [row[0] for row in rows[3 : 3 + len(numbers)]] == numbers
    assert client.get("/staff/ledger?state=nowhere").status_code == 422
    assert client.get("/staff/ledger.xlsx?state=nowhere").status_code == 422


@pytest.mark.usefixtures("_three")
@pytest.mark.parametrize(("page", "layout"), [("/staff/ledger.xlsx", "xlsx"), ("/staff/ledger/print", "print")])
def test_what_leaves_the_house_is_recorded_and_only_for_who_may(
    enter: Enter, database: Database, page: str, layout: str
) -> None:
    assert enter("reader").get(page).status_code == 403
    assert enter("clerk").get(f"{page}?channel=phone&text=王某某").status_code == 200
    with database.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.action == Action.EXPORTED)).one()
    assert event.after == {
        "show": "ledger",
        "channel": "phone",
        "text": "…",
        "ledger": True,
        "format": layout,
        "with_identity": False,
    }


@pytest.mark.usefixtures("_three")
def test_each_sum_leads_to_as_many_cases(enter: Enter) -> None:
    client = enter()
    page = client.get("/staff/ledger").text
    links = re.findall(r'<li>[^<]*<a href="([^"]+)">(\d+)</a></li>', page)
    assert len(links) >= 5
    for target, number in links:
        assert f'<p class="count">共 {number} 件</p>' in client.get(html.unescape(target)).text, target


def test_a_sheet_of_paper_has_its_own_sum_and_number(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        for number in range(15):
            factories.receipt(session, text=f"第{number}件")
    page = enter().get("/staff/ledger/print").text
    assert page.count("<thead>") == 2
    assert "本页小计：14 件" in page
    assert "本页小计：1 件" in page
    assert "第 1 页，共 2 页" in page
    assert "打印人：示例clerk" in page


def test_an_empty_ledger_prints_its_headings(enter: Enter) -> None:
    client = enter()
    assert "本页小计：0 件" in client.get("/staff/ledger/print").text
    assert cells(workbook(client.get("/staff/ledger.xlsx").data))[2] == HEADINGS
