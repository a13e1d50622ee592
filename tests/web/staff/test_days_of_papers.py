"""The days that a paper tells are those of its sending, however long its reviews took; what was sent never moves."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback import papers, timekeeping
from feedback.db import Database
from feedback.models import Kind, Paper, PaperDraft, PaperKind, PaperState, Role, Staff
from feedback.papers.filling import in_chinese
from feedback.triage import Act
from feedback.web import clock
from tests import factories
from tests.web import forms
from tests.web.staff.conftest import Enter
from tests.web.staff.test_papers import act


def in_office(database: Database, days: int) -> str:
    """The office's day so many days from now, as papers write it."""
    with database.reading() as session:
        return in_chinese(timekeeping.day_of(session, clock.now() + timedelta(days=days)))


def signed(database: Database, kind: PaperKind, at: datetime, kind_of_case: Kind = Kind.COMPLAINT) -> tuple[str, str]:
    """The page of a paper drafted and signed at that moment, and the receipt code of its writer."""
    with database.writing() as session:
        made = factories.receipt(session, kind=kind_of_case, received_at=at)
        by = session.scalars(sa.select(Staff).where(Staff.role == Role.CLERK)).first()
        assert by
        paper = papers.begin(session, made.case, kind, Act(by, at, made.case.version), receiver="示例市水务局")
        text = paper.text.replace("【待填：补正事项】", "身份证明。")
        papers.save(session, paper, text, Act(by, at, paper.version))
        paper.state, paper.signed_at, paper.year, paper.serial = PaperState.SIGNED, at, at.year, 7
        session.flush()
        return f"/staff/cases/{made.case.number}/papers/{paper.id}", made.code


@pytest.mark.parametrize("kind", [PaperKind.TRANSFER, PaperKind.CORRECTION, PaperKind.ACCEPTANCE])
def test_a_paper_tells_the_days_of_its_sending(
    enter: Enter, app: Flask, database: Database, members: None, kind: PaperKind
) -> None:
    page, code = signed(database, kind, clock.now() - timedelta(days=12))
    with database.reading() as session:
        paper = session.scalars(sa.select(Paper)).one()
        before = papers.days_from(session, paper, timekeeping.day_of(session, clock.now() - timedelta(days=12)))
        today = papers.days_from(session, paper, timekeeping.day_of(session, clock.now()))
    assert before
    assert set(before.values()).isdisjoint(today.values())
    client = enter()
    for said in today.values():
        assert said in client.get(page).text
    assert act(client, page, "send").status_code == 303
    tracked = forms.track(app.test_client(), code).text
    assert in_office(database, -12) in tracked  # the paper's own day is that of the signature
    for said in today.values():
        assert said in tracked
    assert not [place for place in before if f"{{{place}}}" in tracked]


def test_what_was_sent_never_moves(database: Database, members: None) -> None:
    signed(database, PaperKind.CORRECTION, clock.now())
    with database.writing() as session:
        paper = session.scalars(sa.select(Paper)).one()
        by = session.scalars(sa.select(Staff).where(Staff.role == Role.CLERK)).first()
        assert by
        papers.send(session, paper, Act(by, clock.now(), paper.version))
        today = timekeeping.day_of(session, clock.now())
        sent = papers.whole(session, paper, today)
        assert papers.whole(session, paper, today + timedelta(days=30)) == sent
        assert "{补正期限}" not in sent


def test_a_draft_shows_what_its_places_would_say_today(enter: Enter, database: Database, members: None) -> None:
    page, _code = signed(database, PaperKind.TRANSFER, clock.now() - timedelta(days=3))
    with database.writing() as session:
        session.scalars(sa.select(Paper)).one().state = PaperState.DRAFT
    shown = enter().get(page).text
    assert "于{今日}将" in shown
    assert f"<code>{{今日}}</code> {in_office(database, 0)}" in shown


def test_a_day_that_cannot_be_reckoned_is_not_sent(enter: Enter, database: Database, members: None) -> None:
    """The bundled words promise a day or none; an office's own may name it in any case."""
    page, _code = signed(database, PaperKind.CORRECTION, clock.now())
    with database.writing() as session:
        paper = session.scalars(sa.select(Paper)).one()
        session.add(
            PaperDraft(
                paper_id=paper.id,
                sequence=3,
                text="办理期限为{办理期限}。",
                saved_by_id=paper.begun_by_id,
                saved_at=clock.now(),
            )
        )
        today = timekeeping.day_of(session, clock.now())
        timekeeping.start_handling(session, paper.case, today)
        timekeeping.pause(session, paper.case, today)
    refused = act(enter(), page, "send")
    assert refused.status_code == 409
    assert "文书所载日期无法计算" in refused.text
