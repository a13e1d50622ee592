"""Units, people, notices: for administrators."""

import io
import re

import pytest
import sqlalchemy as sa

from feedback import accounts, notices
from feedback.db import Database
from feedback.models import Action, Event, Role, Unit
from tests import factories
from tests.web.staff.conftest import Enter, send

NOTICE = """中共示例工作委员会关于巡察整改进展情况的通报
根据统一部署，现将整改进展情况予以公布。
一、针对党的理论学习方面
（一）针对学习不深入问题
一是加强学习。二是完善制度。
二、针对群众身边问题方面
（一）针对办事拖延问题
一是限时办结。
联系电话：0396-0000000；邮政信箱：示例路1号，邮编463000；电子邮箱：test@example.com。
中共示例工作委员会
2026年3月1日
"""


def test_a_new_account_gets_a_one_time_password_shown_once(enter: Enter) -> None:
    admin = enter("administrator")
    answer = send(admin, "/staff/people", username="zhang", display_name="示例", role="clerk", unit="")
    password = re.search(r'data-one-time-password="([^"]+)"', answer.text)
    assert password
    assert password[1] not in admin.get("/staff/people").text
    assert enter("zhang", password[1]).get("/staff/").headers["Location"] == "/staff/first-password"


def test_a_taken_name_and_an_empty_one_are_refused(enter: Enter) -> None:
    admin = enter("administrator")
    assert send(admin, "/staff/people", username="clerk", role="clerk").status_code == 409
    assert send(admin, "/staff/people", username=" ", role="clerk").status_code == 422
    assert send(admin, "/staff/people", username="x", role="king").status_code == 422


def test_role_and_unit_can_be_changed_and_it_is_recorded(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        factories.unit(session)
    answer = send(
        enter("administrator"), "/staff/people/reader/change", page="/staff/people", role="clerk", unit="示例单位"
    )
    assert answer.status_code == 303
    with database.reading() as session:
        member = accounts.find(session, "reader")
        assert (member.role, member.unit.name) == (Role.CLERK, "示例单位")
        last = session.scalars(sa.select(Event).order_by(Event.id.desc())).first()
        assert last.action is Action.STAFF_CHANGED


def test_the_last_administrator_stays(enter: Enter) -> None:
    admin = enter("administrator")
    page = "/staff/people"
    assert send(admin, f"{page}/administrator/deactivate", page=page).status_code == 409
    assert send(admin, f"{page}/administrator/change", page=page, role="clerk").status_code == 409
    assert admin.get(page).status_code == 200


def test_a_reset_password_ends_the_sign_ins(enter: Enter) -> None:
    clerk, admin = enter("clerk"), enter("administrator")
    answer = send(admin, "/staff/people/clerk/reset", page="/staff/people")
    assert "data-one-time-password" in answer.text
    assert clerk.get("/staff/").status_code == 303


def test_a_closed_account_can_be_opened_again(enter: Enter) -> None:
    admin = enter("administrator")
    send(admin, "/staff/people/clerk/deactivate", page="/staff/people")
    send(admin, "/staff/people/clerk/reactivate", page="/staff/people")
    assert enter("clerk").get("/staff/").status_code == 200


def test_units_are_added_renamed_and_retired(enter: Enter, database: Database) -> None:
    admin, page = enter("administrator"), "/staff/units"
    assert send(admin, page, name="征收安置处").status_code == 303
    assert send(admin, page, name="征收安置处").status_code == 409
    assert send(admin, page, name=" ").status_code == 422
    with database.reading() as session:
        key = session.scalars(sa.select(Unit.id)).one()
    assert send(admin, f"{page}/{key}/rename", page=page, name="安置处").status_code == 303
    assert send(admin, f"{page}/{key}/retire", page=page).status_code == 303
    with database.reading() as session:
        unit = session.scalars(sa.select(Unit)).one()
        assert (unit.name, unit.is_active) == ("安置处", False)


def test_each_unit_is_shown_with_its_people(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        factories.staff(session, "worker", Role.UNIT_MEMBER, unit_id=factories.unit(session, "第一单位").id)
        factories.unit(session, "第二单位")
    shown = enter("administrator").get("/staff/units").text
    assert "示例worker" in shown.partition("第一单位")[2].partition("</tr>")[0]
    assert "尚无人员" in shown.partition("第二单位")[2].partition("</tr>")[0]


def test_a_notice_is_looked_at_before_it_is_published(enter: Enter, database: Database) -> None:
    admin = enter("administrator")
    seen = send(admin, "/staff/notices", text=NOTICE, step="check")
    assert seen.status_code == 200
    assert "针对办事拖延问题" in seen.text
    with database.reading() as session:
        assert "示例工作委员会" not in notices.current(session).title
    assert send(admin, "/staff/notices", text=NOTICE, step="publish").status_code == 303
    with database.reading() as session:
        assert notices.current(session).title == "中共示例工作委员会关于巡察整改进展情况的通报"


def test_a_notice_may_be_a_file_in_gb18030(enter: Enter) -> None:
    upload = {"file": (io.BytesIO(NOTICE.encode("gb18030")), "通报.txt"), "step": "check"}
    assert "针对办事拖延问题" in send(enter("administrator"), "/staff/notices", **upload).text


@pytest.mark.parametrize("text", ["", "今天天气很好。"])
def test_what_is_no_notice_is_refused_and_the_old_one_stays(enter: Enter, database: Database, text: str) -> None:
    with database.reading() as session:
        before = notices.current(session).title
    answer = send(enter("administrator"), "/staff/notices", text=text, step="publish")
    assert answer.status_code == 422
    assert text in answer.text
    with database.reading() as session:
        assert notices.current(session).title == before
