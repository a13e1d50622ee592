"""An old ledger through the web: sent, its columns matched, looked at, imported by the worker, and reported on."""

import csv
import io
import re
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from feedback import staging
from feedback.db import Database
from feedback.ledger_import import running
from feedback.models import Action, Case, Channel, Event, Kind, LedgerUpload, Opinion
from tests import factories
from tests.web.staff.conftest import Enter, token

PAGE = "/staff/ledger/import"
HEADINGS = ["编号", "收件日期", "渠道", "来信人", "联系电话", "条目", "类别", "反映内容", "备注"]
GOOD = [
    "2024-1",
    "2024年3月5日",
    "来信",
    "李女士",
    "13900000000",
    "1.1 针对理论学习不深入问题",
    "投诉",
    "=1+1 路灯不亮",
    "",
]
BAD = [
    ["2024-2", "去年", "来电", "", "", "", "", "没有日期", ""],
    ["2024-3", "2024.3.6", "传真", "", "", "", "", "没有这种渠道", ""],
    ["", "2024/3/6", "来访", "", "", "", "", "没有编号", ""],
    ["2024-5", "2024-03-06", "网上", "", "", "9.9", "", "没有这个条目", ""],
]
LATER = ["2024-6", "2024/3/7 9:30", "12345", "", "", "其他", "咨询", "后来的一件", ""]


def separated(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode(encoding)


def workbook(rows: list[list[Any]]) -> bytes:
    book, written = openpyxl.Workbook(), io.BytesIO()
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = book.active.cell(number, column, value)  # type: ignore[union-attr]
            if isinstance(value, str):
                cell.data_type = "s"  # or the library makes a formula of it
    book.save(written)
    return written.getvalue()


def upload(client: FlaskClient, content: bytes, name: str = "旧台账.csv") -> str:
    """Returns the page on which the columns are matched."""
    sent = client.post(PAGE, data={"csrf_token": token(client, PAGE), "file": (io.BytesIO(content), name)})
    assert sent.status_code == 303, sent.text
    return str(sent.headers["Location"])


def chosen(page: str) -> dict[str, str]:
    """What the selects of the page show, as a browser would send it."""
    found = {}
    for name, options in re.findall(r'<select[^>]*name="(field-\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        selected = re.search(r'value="([^"]*)" selected', options)
        found[name] = selected[1] if selected else ""
    return found


def begin(client: FlaskClient, target: str, **changes: str) -> Any:
    page = client.get(target).text
    return client.post(target, data={"csrf_token": token(client, target), **chosen(page), **changes, "step": "start"})


def opinions(database: Database) -> dict[str | None, Opinion]:
    with database.reading() as session:
        return {opinion.imported_id: opinion for opinion in session.scalars(sa.select(Opinion))}


@pytest.mark.parametrize("form", ["utf-8", "gb18030", "xlsx"])
def test_an_old_ledger_goes_in_and_bad_rows_are_reported(enter: Enter, database: Database, form: str) -> None:
    rows = [["某单位信访台账", *[""] * 8], HEADINGS, GOOD, *BAD, LATER]
    client = enter("administrator")
    target = upload(client, workbook(rows) if form == "xlsx" else separated(rows, form))
    page = client.get(target).text
    assert all(shown in page for shown in ("李女士 13900000000", "=1+1 路灯不亮", "渠道无法识别", "9.9"))
    assert begin(client, target).status_code == 303
    assert "等待导入" in client.get(target).text
    running.run(database)
    found = opinions(database)
    assert set(found) == {"2024-1", "2024-6"}
    assert (found["2024-1"].channel, found["2024-1"].kind, found["2024-1"].text) == (
        Channel.POST,
        Kind.COMPLAINT,
        "=1+1 路灯不亮",
    )
    assert found["2024-6"].received_at.isoformat() == "2024-03-07T01:30:00+00:00"
    report = client.get(f"{target}/faults.csv").data.decode("utf-8-sig").splitlines()
    assert [line.partition(",")[0] for line in report] == ['"行号"', '"4"', '"5"', '"6"', '"7"']


def test_a_second_import_stores_nothing_again(enter: Enter, database: Database) -> None:
    client = enter("administrator")
    for stored, known in ((2, 0), (0, 2)):
        target = upload(client, separated([HEADINGS, GOOD, LATER]))
        begin(client, target)
        running.run(database)
        with database.reading() as session:
            last = session.scalars(sa.select(LedgerUpload).order_by(LedgerUpload.id.desc())).first()
            assert last is not None
            assert (last.stored, last.known, last.bad, last.gone_through) == (stored, known, 0, 2)
    assert len(opinions(database)) == 2
    assert "已导入过" in client.get(upload(client, separated([HEADINGS, GOOD]))).text


def test_columns_may_be_matched_by_hand_and_one_channel_given_for_all(enter: Enter, database: Database) -> None:
    client = enter("administrator")
    target = upload(client, separated([["序号", "甲", "乙", "日期"], ["7", "墙裂了", "王先生", "2024-03-05"]]))
    assert begin(client, target).status_code == 422
    page = client.post(
        target,
        data={
            "csrf_token": token(client, target),
            **chosen(client.get(target).text),
            "field-text": "1",
            "field-channel": "all:visit",
        },
    ).text
    assert "墙裂了" in page[page.index("前几行导入预览") :]
    begin(client, target, **{"field-text": "1", "field-name": "2", "field-channel": "all:visit"})
    running.run(database)
    (found,) = opinions(database).values()
    assert (found.text, found.channel, found.identity_id is not None) == ("墙裂了", Channel.VISIT, True)


@pytest.mark.parametrize(
    "changes", [{"field-text": ""}, {"field-text": "0"}, {"field-text": "99"}, {"field-id": "甲"}]
)
def test_wrong_columns_are_refused_and_nothing_is_begun(
    enter: Enter, database: Database, changes: dict[str, str]
) -> None:
    client = enter("administrator")
    target = upload(client, separated([HEADINGS, GOOD]))
    refused = begin(client, target, **changes)
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    running.run(database)
    assert opinions(database) == {}


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 broken", separated([["甲", "乙"], ["1", "2"]]), b"\x89PNG\r\n\x1a\n" + bytes(99)]
)
def test_what_is_no_ledger_is_refused_beside_the_field(enter: Enter, database: Database, content: bytes) -> None:
    client = enter("administrator")
    sent = client.post(PAGE, data={"csrf_token": token(client, PAGE), "file": (io.BytesIO(content), "照片.xlsx")})
    assert sent.status_code == 422
    assert 'id="file-error"' in sent.text
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(LedgerUpload)) == 0


def test_spreadsheet_days_and_numbers_are_read_as_they_look(enter: Enter, database: Database) -> None:
    rows = [
        HEADINGS,
        [12, factories.NOW.replace(tzinfo=None), "来电", "王先生", 13800000000.0, "", "", "整数与日期", ""],
    ]
    client = enter("administrator")
    target = upload(client, workbook(rows), "旧台账.xlsx")
    assert "王先生 13800000000" in client.get(target).text
    begin(client, target)
    running.run(database)
    assert opinions(database)["12"].received_at.isoformat() == "2026-03-02T01:30:00+00:00"


def test_what_was_sent_lies_sealed_and_goes_when_it_is_imported(enter: Enter, database: Database) -> None:
    client = enter("administrator")
    target = upload(client, separated([HEADINGS, GOOD]))
    kept = staging.folder(database.settings)
    (sha256,) = kept
    assert "李女士".encode() not in kept.read(sha256)
    begin(client, target)
    running.run(database)
    assert list(kept) == []
    with database.reading() as session:
        assert session.scalars(sa.select(LedgerUpload.sealed_head)).one() == b""


def test_an_import_that_was_stopped_goes_on_where_it_was(enter: Enter, database: Database) -> None:
    rows = [[f"L-{number}", *LATER[1:]] for number in range(450)]
    client = enter("administrator")
    begin(client, upload(client, separated([HEADINGS, *rows, BAD[0]])))
    answers = iter([False, True])
    running.run(database, stopped=lambda: next(answers))
    with database.writing() as session:
        upload_ = session.scalars(sa.select(LedgerUpload)).one()
        assert 0 < upload_.gone_through < 450
        upload_.seen_at = factories.NOW  # long ago: whoever had it is gone
    running.run(database)
    with database.reading() as session:
        upload_ = session.scalars(sa.select(LedgerUpload)).one()
        assert (upload_.gone_through, upload_.stored, upload_.known, upload_.bad) == (451, 450, 0, 1)
        assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 450


def test_only_who_may_imports_and_that_is_recorded(enter: Enter, database: Database) -> None:
    assert enter("clerk").get(PAGE).status_code == 403
    client = enter("administrator")
    target = upload(client, separated([HEADINGS, GOOD]))
    assert enter("clerk").get(target).status_code == 403
    begin(client, target)
    with database.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.action == Action.IMPORTED)).one()
    assert event.staff_id
    assert event.after == {"upload": int(target.rpartition("/")[2])}


def test_what_the_old_ledger_struck_off_is_in_nobodys_queue(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        unit = factories.unit(session, "示例单位").id
    more = ["责任单位", "状态", "销号日期"]
    rows = [
        [*LATER, *cells]
        for cells in (
            ("示例单位", "已销号", "2024年5月6日"),
            ("别的单位", "已办结", ""),
            ("示例单位", "办理中", ""),
            ("示例单位", "办理中", "2024-05-06"),
            ("", "不详", ""),
            ("", "", "明年"),
        )
    ]
    for number, row in enumerate(rows):
        row[0] = f"旧{number}"
    client = enter("administrator")
    target = upload(client, separated([[*HEADINGS, *more], *rows]))
    assert begin(client, target).status_code == 303
    running.run(database)
    with database.reading() as session:
        found = {one.imported_id: one.case for one in session.scalars(sa.select(Opinion))}
        assert set(found) == {"旧0", "旧1", "旧2"}
        told = [
            (case.state.value, str(case.struck_off_on), case.unit_id, case.due_on is None) for case in found.values()
        ]
        assert told == [
            ("archived", "2024-05-06", unit, True),
            ("archived", "None", None, True),
            ("registered", "None", None, False),
        ]
        number = found["旧1"].number
    page = client.get(f"/staff/cases/{number}").text
    for said in ("原台账中的状态", "已办结", "原台账中的责任单位", "别的单位"):
        assert said in page, said
    assert number not in client.get("/staff/?due=overdue").text
