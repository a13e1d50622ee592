"""The holiday table on the web: a year put in moves limits, and the page names them."""

from feedback import worker
from feedback.db import Database
from tests import factories
from tests.web.staff.conftest import Enter, send

PAGE = "/staff/calendar"
YEAR = {
    "year": "2026",
    "source": "示例文件1号",
    "days": "元旦 2026-01-01 2026-01-03\n临时放假 2026-03-16 2026-03-18\n",
}


def test_a_changed_year_moves_limits_and_the_page_names_them(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        number = factories.receipt(session).case.number
    client = enter("administrator")
    assert "国办发明电〔2025〕7号" in client.get(PAGE).text
    assert send(client, PAGE, **YEAR).status_code == 303
    assert "正在重新计算" in client.get(PAGE).text
    worker.reckon_limits(database)
    text = client.get(PAGE).text
    for said in ("已重新计算，调整期限1项", number, "2026-03-17", "2026-03-19", "临时放假 2026-03-16 2026-03-18"):
        assert said in text, said
    assert "期限随节假日表调整" in client.get(f"/staff/cases/{number}").text


def test_a_slip_keeps_what_was_typed(enter: Enter) -> None:
    client = enter("administrator")
    answer = send(client, PAGE, year="2027", source="示例文件2号", days="元旦 2027-13-01")
    assert answer.status_code == 422
    for kept in ("示例文件2号", "元旦 2027-13-01", "第1行"):
        assert kept in answer.text, kept
