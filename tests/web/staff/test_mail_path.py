"""From a code on the page to a rule of the parser: the probe goes by SMTP, and the next mail is credited."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from feedback import notice_text, notices
from feedback.db import Database
from feedback.models import Action, Event, LearnedPath, Understanding
from feedback.web import clock
from mail_ingest import learned
from tests.mail_ingest import doors, ledger, paths
from tests.mail_ingest.doors import Door
from tests.mail_ingest.paths import HOPS, MAILBOX, OWN_WAY, OWN_WAY_SENDER, mailed
from tests.web.staff.conftest import Enter, send

PAGE = "/staff/mail/path"


@pytest.fixture
def door(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setattr(learned, "SECONDS_TO_REMEMBER", 0.0)
    with doors.in_process(environ) as opened:
        yield opened


def in_own_way(subject: str, text: str) -> bytes:
    return mailed(subject, text, sender=OWN_WAY_SENDER, to=doors.INTAKE, headers=(*HOPS, *OWN_WAY))


def written_by(database: Database) -> list[str]:
    return [author.email if author else "" for author in ledger.authors(database)]


def actions(database: Database) -> list[Action]:
    with database.reading() as session:
        return [event.action for event in session.scalars(sa.select(Event).order_by(Event.id))]


def test_a_code_is_issued_with_a_ready_made_mail(enter: Enter, database: Database) -> None:
    clerk = enter()
    assert send(clerk, PAGE).status_code == 303
    page = clerk.get(PAGE).text
    (code,) = paths.codes(database)
    assert f"来信通路测试 {code}" in page
    assert f'href="mailto:{MAILBOX}?subject=%E6%9D%A5' in page
    assert "尚未收到" in page
    assert actions(database)[-1] is Action.PATH_PROBED


def test_the_page_shows_how_a_probe_arrived(enter: Enter, door: Door, database: Database) -> None:
    clerk = enter()
    send(clerk, PAGE)
    script = paths.issued(database)
    door.send(
        mailed(script.subject, script.body, headers=(*HOPS, "Resent-From: zmdkfqbgs@126.com")),
        sender="SRS0=aB3d=7F=example.com=wang@126.com",
    )
    page = clerk.get(PAGE).text
    for told in (
        "由邮箱规则整封转来",
        "mail.feedback.example.org",
        "SRS",
        "resent-from",
        "主题完整",
        "正文完整",
        "秒",
    ):
        assert told in page
    assert "wang" not in page
    assert "来信通路测试" in clerk.get("/staff/mail?state=set-aside").text


def test_only_an_administrators_yes_teaches_and_the_next_mail_is_credited(
    enter: Enter, door: Door, database: Database
) -> None:
    clerk, administrator = enter("clerk"), enter("administrator")
    script = paths.issued(database)
    door.send(in_own_way(script.subject, script.body), sender=MAILBOX)
    door.send(in_own_way("第一封", "自来水三天没有来了。"), sender=MAILBOX)
    assert written_by(database) == [MAILBOX]
    teach = f"{PAGE}/samples/1/teach"
    assert "今后照此识别" not in clerk.get(PAGE).text
    assert send(clerk, teach, page=PAGE, header="x-auto-forward-by").status_code == 403
    assert send(administrator, teach, page=PAGE, header="x-auto-forward-by").status_code == 303
    door.send(in_own_way("第二封", "路灯坏了，晚上没法走。"), sender=MAILBOX)
    assert written_by(database) == [MAILBOX, "wang@example.com"]
    with database.reading() as session:
        assert session.scalars(sa.select(Understanding.forward)).all() == [None, "redirected"]
    assert Action.PATH_LEARNED in actions(database)


def test_a_withdrawn_rule_is_not_used(enter: Enter, door: Door, database: Database) -> None:
    administrator = enter("administrator")
    script = paths.issued(database)
    door.send(in_own_way(script.subject, script.body), sender=MAILBOX)
    teach = f"{PAGE}/samples/1/teach"
    send(administrator, teach, page=PAGE, header="x-auto-forward-by")
    assert send(administrator, teach, page=PAGE, header="x-auto-forward-by").status_code == 409
    withdraw = re.search(rf'action="({PAGE}/rules/\d+/withdraw)"', administrator.get(PAGE).text)
    assert withdraw
    assert send(administrator, withdraw[1], page=PAGE).status_code == 303
    assert send(administrator, withdraw[1], page=PAGE).status_code == 409
    door.send(in_own_way("第一封", "自来水三天没有来了。"), sender=MAILBOX)
    assert written_by(database) == [MAILBOX]
    assert actions(database)[-2:] == [Action.PATH_FORGOTTEN, Action.RECEIVED]
    with database.reading() as session:
        assert session.scalars(sa.select(LearnedPath.withdrawn_at)).one() is not None


@pytest.mark.parametrize("headers", [{}, {"header": "x-unheard-of"}])
def test_what_marks_nothing_teaches_nothing(
    enter: Enter, door: Door, database: Database, headers: dict[str, str]
) -> None:
    administrator = enter("administrator")
    script = paths.issued(database)
    door.send(mailed(script.subject, script.body, to=doors.INTAKE))
    answer = send(administrator, f"{PAGE}/samples/1/teach", page=PAGE, **headers)
    assert answer.status_code == 422
    assert "请至少选择一个信头" in answer.text
    assert send(administrator, f"{PAGE}/samples/99/teach", page=PAGE).status_code == 404


def test_without_a_mailbox_in_the_notice_nothing_can_be_probed(enter: Enter, database: Database) -> None:
    text = notices.BUNDLED.read_text(encoding="utf-8").replace(f",电子邮箱:{MAILBOX}", "")
    with database.writing() as session:
        notices.publish(session, notice_text.read(text), text, now=clock.now())
    answer = send(enter(), PAGE)
    assert answer.status_code == 422
    assert "公告没有写明邮箱" in answer.text
