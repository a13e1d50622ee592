"""No reason, note or summary is stored that is longer than its form allows, whatever is posted."""

import pytest
import sqlalchemy as sa

from feedback import answering, mailroom
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Action, Case, Channel, Event, Staff
from feedback.triage import Act
from tests import factories
from tests.web.staff.conftest import Enter, send


@pytest.fixture
def number(database: Database, members: None) -> str:
    with database.writing() as session:
        raw = mailroom.keep(session, b"Subject: x\r\n\r\nhello", Envelope(), received_at=factories.NOW)
        case = factories.receipt(session, channel=Channel.EMAIL, raw_message_id=raw.id).case
        by = session.scalars(sa.select(Staff).where(Staff.username == "clerk")).one()
        answering.give(session, case, "已经发放。", Act(by, factories.NOW, case.version))
        return case.number


@pytest.mark.parametrize(
    ("target", "fields", "most"),
    [
        ("{case}/opinions/1/identity", {"reason": "长"}, 500),
        ("{case}/opinions/1/raw", {"reason": "长"}, 500),
        ("/staff/mail/1/open", {"reason": "长"}, 500),
        ("{case}/undeliverable", {"reason": "长"}, 500),
        ("{case}/answers/1/publish", {"summary": "长"}, 2000),
    ],
)
def test_what_is_too_long_is_refused_and_leaves_no_line(
    enter: Enter, number: str, database: Database, target: str, fields: dict[str, str], most: int
) -> None:
    case = f"/staff/cases/{number}"
    with database.reading() as session:
        before = session.scalar(sa.select(sa.func.count()).select_from(Event))
        version = session.scalars(sa.select(Case.version)).one()
    typed = {name: value * (most + 1) if value == "长" else value for name, value in fields.items()}
    typed["version"] = str(version)
    answer = send(enter(), target.format(case=case), page=case, **typed)
    assert answer.status_code == 422
    assert f"最多 {most} 个字" in answer.text
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Event)) == before


def test_what_is_just_long_enough_is_recorded(enter: Enter, number: str, database: Database) -> None:
    case = f"/staff/cases/{number}"
    assert send(enter(), f"{case}/opinions/1/identity", page=case, reason="长" * 500).status_code == 200
    with database.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.action == Action.IDENTITY_OPENED)).one()
        assert event.note == "长" * 500
