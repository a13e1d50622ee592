import re

import sqlalchemy as sa

from feedback.db import Database
from feedback.models import Answer
from tests.web.staff.conftest import Enter, send
from tests.web.staff.test_case import number as number
from tests.web.staff.test_case import page, perform


def _remarks(text: str) -> list[str]:
    found = re.search(r'<div class="notice" role="status">(.*?)</div>', text, re.S)
    assert found
    return re.findall(r"<li>(.*?)</li>", found[1])


def test_proofreading_shows_remarks_and_gives_nothing(enter: Enter, number: str, database: Database) -> None:
    client = enter()
    written = "请联系13900000000,定于2026年11月22日(星期一)发放。"
    answer = perform(client, number, "answer", answer=written, step="proofread")
    assert answer.status_code == 200
    assert any("13900000000" in remark for remark in _remarks(answer.text))
    assert any("星期日" in remark for remark in _remarks(answer.text))
    assert written in answer.text
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Answer.id))) == 0


def test_an_answer_without_a_flaw_is_said_to_have_none(enter: Enter, number: str) -> None:
    answer = perform(enter(), number, "answer", answer="过渡安置费已经发放。", step="proofread")
    assert "未发现明显问题" in answer.text


def test_who_wrote_cannot_be_found_out_by_proofreading_names(enter: Enter, number: str) -> None:
    """Any name with a form of address is remarked on, whether it is the writer's or not."""
    client = enter()
    for name in ("王先生", "李女士"):
        tried = perform(client, number, "answer", answer=f"{name}的过渡安置费已经发放。", step="proofread")
        assert any(name in remark for remark in _remarks(tried.text))


def test_a_reader_may_not(enter: Enter, number: str) -> None:
    fields = {"answer": "x", "step": "proofread", "version": "1"}
    refused = send(enter("reader"), f"{page(number)}/answer", page="/staff/", **fields)
    assert refused.status_code == 403
