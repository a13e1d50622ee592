"""The desk says so when the day of the week's or the month's scheduling agenda has come and none was drawn up."""

from datetime import date

import pytest

from feedback import db
from feedback.config import Settings
from feedback.models import AgendaSpan, Role
from feedback.supervision import agenda
from feedback.web import clock
from tests import factories
from tests.web.staff.conftest import Enter, send

WEEK, MONTH = "本周调度议程尚未生成", "本月调度议程尚未生成"


def test_it_is_said_to_who_can_draw_it_up_until_that_is_done(enter: Enter) -> None:
    head = enter("head")
    for words in (WEEK, MONTH):
        assert words in head.get("/staff/").text
        assert words not in enter("reader").get("/staff/").text
    assert send(head, "/staff/agendas", span="week", stuck_days="5").status_code == 303
    shown = head.get("/staff/").text
    assert WEEK not in shown
    assert MONTH in shown


@pytest.mark.parametrize(
    ("on", "wanted"),
    [
        (date(2026, 3, 3), []),  # a Tuesday
        (date(2026, 3, 4), [AgendaSpan.WEEK]),
        (date(2026, 3, 9), []),
        (date(2026, 3, 25), [AgendaSpan.WEEK, AgendaSpan.MONTH]),
    ],
)
def test_its_days_are_settings(environ: dict[str, str], on: date, wanted: list[AgendaSpan]) -> None:
    chosen = {"FEEDBACK_AGENDA_WEEKDAY": "3", "FEEDBACK_AGENDA_DAY": "20"}
    database = db.connect(Settings.from_env({**environ, **chosen}))
    with database.writing() as session:
        head = factories.staff(session, "head", Role.HEAD)
        assert agenda.wanted(session, on, head) == wanted
        for span in wanted:
            agenda.draw(session, span, on, 5, by=head, now=clock.now())
        assert agenda.wanted(session, on, head) == []
    database.engine.dispose()
