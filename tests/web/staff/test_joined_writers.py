"""Writers whose matters are joined: each keeps the own receipt, is told that there are others, and is answered."""

import re

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback import outbox
from feedback.db import Database
from feedback.models import Case, Outgoing, OutgoingKind
from tests.web import forms
from tests.web.staff.conftest import Enter
from tests.web.staff.test_case import perform
from tests.web.staff.test_papers import act

TOGETHER = "也有其他群众反映同一件事"
ANSWER = "过渡安置费已于本月补发。"


def wrote(app: Flask, text: str, **fields: str) -> tuple[FlaskClient, str]:
    client = app.test_client()
    return client, forms.sent(client, body=text, **fields)


def numbers(database: Database) -> list[str]:
    with database.reading() as session:
        return [case.number for case in session.scalars(sa.select(Case).order_by(Case.id))]


def mails(database: Database) -> dict[str, str]:
    """The text of each answer by mail, by the number of the case that it is on."""
    with database.reading() as session:
        found = session.scalars(sa.select(Outgoing).where(Outgoing.kind == OutgoingKind.ANSWER))
        return {
            session.get_one(Case, mail.case_id).number: f"{mail.subject}\n{outbox.text(session, mail)}"
            for mail in found
        }


def answer(enter: Enter, number: str) -> None:
    """Drafted by one, reviewed by another, sent."""
    clerk, page = enter(), f"/staff/cases/{number}"
    assert perform(clerk, number, "answer", answer=ANSWER).status_code == 303
    paper = re.search(rf'href="({page}/papers/\d+)"', clerk.get(page).text)
    assert paper
    assert act(enter("head"), paper[1], "review", proofread="yes").status_code == 303
    assert act(clerk, paper[1], "send").status_code == 303


def test_each_keeps_the_receipt_sees_that_there_are_others_and_gets_the_answer(
    app: Flask, enter: Enter, database: Database
) -> None:
    wrote_own = [
        wrote(app, "甲楼的过渡费没有发。", name="王先生", email="wang@example.com", reply_by="email"),
        wrote(app, "乙楼也没有收到钱。", name="李女士", email="li@example.com", reply_by="email"),
        wrote(app, "丙楼同样没有。"),
        wrote(app, "丁楼也是。", name="赵女士", email="zhao@example.com", reply_by="email"),
    ]
    first, second, third, late = numbers(database)
    assert TOGETHER not in forms.track(*wrote_own[0]).text
    for number in (second, third):
        assert perform(enter(), number, "join", number=first).status_code == 303
    answer(enter, first)
    assert set(mails(database)) == {first, second}
    assert perform(enter(), late, "join", number=first).status_code == 303  # answered already
    told = mails(database)
    assert set(told) == {first, second, late}
    assert all(ANSWER in words and number in words for number, words in told.items())
    for place, (client, code) in enumerate(wrote_own):
        text = forms.track(client, code).text
        assert (("甲楼", "乙楼", "丙楼", "丁楼")[place] in text, ANSWER in text, TOGETHER in text) == (True,) * 3
        others = {"甲楼", "乙楼", "丙楼", "丁楼"} - {("甲楼", "乙楼", "丙楼", "丁楼")[place]}
        for foreign in (*others, *{first, second, third, late} - {numbers(database)[place]}):
            assert foreign not in text
            assert foreign not in told.get(numbers(database)[place], "")
