"""CSV and XLSX open in an office program as text: Chinese readable, nothing run as a formula."""

import csv
import io

import openpyxl
import pytest
import sqlalchemy as sa

from feedback import catalogues, export
from feedback.db import Database
from feedback.models import Case
from tests import factories

DANGEROUS = ["=1+1", "+8613800000000", "-2", "@SUM(A1)", "＝1+1", "\t=1+1", "\r=1+1", "\n=1+1"]


def chinese(text: str) -> str:
    return catalogues.said(text, "zh_CN")


def as_csv(database: Database) -> list[list[str]]:
    with database.reading() as session:
        content = b"".join(export.csv(export.rows(session, sa.select(Case)), chinese))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def as_xlsx(database: Database, *, with_identity: bool = False) -> openpyxl.Workbook:
    file = io.BytesIO()
    with database.reading() as session:
        lines = export.rows(session, sa.select(Case), with_identity=with_identity)
        export.xlsx(lines, chinese, file, with_identity=with_identity)
    return openpyxl.load_workbook(file)


def test_csv_has_chinese_headings_and_words(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, subject='引号"和,逗号\n换行')
    headings, cells = as_csv(database)
    line = dict(zip(headings, cells, strict=True))
    assert (line["渠道"], line["类别"], line["状态"]) == ("网上", "建议", "已登记")
    assert line["标题"] == '引号"和,逗号\n换行'
    assert line["收到时间"] == "2026-03-02 17:30"
    assert "姓名" not in headings


@pytest.mark.parametrize("text", DANGEROUS)
def test_csv_cells_are_no_formulas(database: Database, text: str) -> None:
    with database.writing() as session:
        factories.receipt(session, text=text)
    headings, cells = as_csv(database)
    assert dict(zip(headings, cells, strict=True))["内容"] == f"'{text}"


@pytest.mark.parametrize("text", [*DANGEROUS, "http://example.com/", "0012", "1e5", "{=A1}"])
def test_xlsx_cells_are_text(database: Database, text: str) -> None:
    with database.writing() as session:
        factories.receipt(session, text=text)
    sheet = as_xlsx(database).active
    cells = {heading.value: cell for heading, cell in zip(sheet[1], sheet[2], strict=True)}
    assert cells["内容"].data_type == "s"
    assert cells["内容"].value.replace("_x000D_", "\r") == text
    assert cells["内容"].hyperlink is None


def test_xlsx_cuts_what_no_cell_can_hold(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, text="长" * 40_000)
    sheet = as_xlsx(database).active
    assert len(sheet[2][10].value) == 32_767


def test_xlsx_goes_on_in_the_next_sheet(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback.export.formats.ROWS_IN_A_SHEET", 4)
    with database.writing() as session:
        for _number in range(7):
            factories.receipt(session)
    sheets = as_xlsx(database).worksheets
    assert [sheet.max_row for sheet in sheets] == [4, 4, 2]
    assert {sheet["A1"].value for sheet in sheets} == {"编号"}


def test_an_empty_selection_still_has_its_headings(database: Database) -> None:
    assert [sheet.max_row for sheet in as_xlsx(database).worksheets] == [1]
    assert len(as_csv(database)) == 1


def test_identities_stand_in_columns_of_their_own(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session)
    sheet = as_xlsx(database, with_identity=True).active
    line = {heading.value: cell.value for heading, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (line["姓名"], line["联系电话"], line["地址"]) == ("王先生", "13800000000", "wang@example.com")
