"""A file that a resident sends is found by its words on the staff's search page, by who may see its case."""

import re
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from feedback.db import Database
from feedback.file_texts import rounds
from feedback.models import Case
from tests import samples_of_files as samples
from tests.file_texts import papers
from tests.mail_ingest import doors
from tests.mail_ingest.test_opinion_in_a_file import mail
from tests.web import forms
from tests.web.staff.conftest import Enter
from tests.web.staff.test_case import page

LETTER = "坑塘里的鱼死了"


def shown(client: FlaskClient, words: str) -> str:
    return client.get(f"/staff/search?text={quote(words)}").text


def test_the_page_of_the_search_names_the_file(client: FlaskClient, enter: Enter, database: Database) -> None:
    forms.sent(client, attachments=[forms.file(papers.docx(LETTER), "材料.docx")])
    rounds.run(database)
    text = shown(enter("reader"), "鱼死")
    assert re.search(r"附件：\s*材料\.docx", text)
    assert "坑塘里的<mark>鱼死</mark>了" in text


def test_the_case_says_of_each_file_whether_it_can_be_searched(
    client: FlaskClient, enter: Enter, database: Database
) -> None:
    contents = [papers.docx(LETTER), samples.PNG, papers.locked(papers.pdf("锁")), LETTER.encode("gb18030")]
    names = ("信.docx", "照片.png", "锁.pdf", "信.txt")
    forms.sent(client, attachments=[forms.file(*pair) for pair in zip(contents, names, strict=True)])
    with database.reading() as session:
        number = session.query(Case).one().number
    staff = enter("reader")
    assert staff.get(page(number)).text.count("文字待读取") == 4
    rounds.run(database)
    text = staff.get(page(number)).text
    assert [text.count(mark) for mark in ("文字已可检索", "无可检索文字", "已加密，无法读取文字", "文字待读取")] == [
        2,
        1,
        1,
        0,
    ]


def test_who_does_not_see_the_case_gets_no_hit_and_no_words(
    client: FlaskClient, enter: Enter, database: Database
) -> None:
    forms.sent(client, attachments=[forms.file(papers.docx(LETTER), "材料.docx")])
    rounds.run(database)
    with database.writing() as session:
        session.query(Case).one().is_sealed = True
    for role, is_found in (("head", True), ("clerk", False), ("reader", False), ("unit-member", False)):
        text = shown(enter(role), "坑塘")
        assert ("材料.docx" in text, "里的鱼死了" in text) == (is_found, is_found), role


@pytest.mark.parametrize("content", [papers.pdf(LETTER), LETTER.encode("gb18030")], ids=["pdf", "txt"])
def test_a_file_that_came_by_mail_is_found(
    environ: dict[str, str], enter: Enter, database: Database, content: bytes
) -> None:
    with doors.in_process(environ) as door:
        door.send(mail("材料.bin", content, text="请看附件，谢谢。"))
    rounds.run(database)
    assert "<mark>坑塘</mark>里的鱼死了" in shown(enter("reader"), "坑塘")
