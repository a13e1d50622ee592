"""Views of the queue: the bundled ones with their counts, and those that are kept under a name."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback import answering, asking_back, intake, triage
from feedback.db import Database
from feedback.models import Case, Event, SavedView, Staff, State
from feedback.triage import Act, tallies
from feedback.web import clock
from tests import factories, statements
from tests.web.staff.conftest import Enter, send


def views(text: str) -> dict[str, str]:
    """Name and count of each view on the page of the queue."""
    found = re.search(r'<nav class="views".*?</ul>', text, re.S)
    assert found
    links = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", link)).split() for link in found[0].split("<li>")[1:]]
    return {link[0]: link[1] if len(link) > 1 else "" for link in links}


@pytest.fixture
def house(database: Database, members: None) -> None:
    today = clock.now().date()
    with database.writing() as session:
        clerk = session.query(Staff).filter_by(username="clerk").one()
        for days in (-3, -1, 2, 40):
            case = factories.receipt(session).case
            case.due_on, case.clerk = today + timedelta(days=days), clerk if days < 0 else None
        case.is_supervised, case.state = True, State.IN_HAND
        factories.receipt(session).case.is_spam = True
        sealed = factories.receipt(session).case
        sealed.is_sealed, sealed.due_on = True, today - timedelta(days=9)


@pytest.mark.usefixtures("house")
def test_the_bundled_views_stand_with_their_counts(enter: Enter) -> None:
    assert views(enter().get("/staff/").text) == {
        "全部在办": "",
        "待甄别": "3",
        "我的": "2",
        "三日内到期": "1",
        "已逾期": "2",
        "督办中": "1",
        "追问待复": "0",
        "异议和退办待核实": "0",
        "待归件": "0",
        "垃圾": "1",
    }
    assert views(enter("head").get("/staff/").text)["已逾期"] == "3"  # who may see what is sealed counts it


@pytest.mark.usefixtures("house")
def test_the_oldest_clock_comes_first_and_what_has_none_last(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session).case.due_on = None
    text = enter().get("/staff/").text
    assert re.findall(r'data-row="\d+-0*(\d+)"', text) == ["1", "2", "3", "4", "7"]
    assert "时限最早在前" in text


def test_a_question_back_stands_in_its_view_until_a_further_answer_is_given(enter: Enter, database: Database) -> None:
    client = enter()
    with database.writing() as session:
        by = session.query(Staff).filter_by(username="clerk").one()
        leading, joined, other = (factories.receipt(session).case for _place in range(3))
        triage.join(session, joined, leading, Act(by, factories.NOW, joined.version))
        for case in (leading, other):
            answering.give(session, case, "过渡安置费将于本月发放。", Act(by, factories.NOW, case.version))
        asked = factories.submission(text="何时发放？", received_at=factories.NOW + timedelta(days=1))
        asking_back.mark(session, joined, intake.supplement(session, joined, asked), now=asked.received_at)
        number = leading.number
    assert views(client.get("/staff/").text)["追问待复"] == "1"
    shown = client.get("/staff/?show=ledger&asked=back").text
    assert re.findall(r'data-row="([^"]+)"', shown) == [number]
    with database.writing() as session:
        case, by = session.get_one(Case, leading.id), session.query(Staff).filter_by(username="clerk").one()
        later = factories.NOW + timedelta(days=2)
        answering.give(session, case, "本月二十日发放。", Act(by, later, case.version))
    assert views(client.get("/staff/").text)["追问待复"] == "0"


def test_counts_take_one_statement_however_many_views_there_are(
    enter: Enter, database: Database, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, counts = enter(), []
    for more in range(2):
        for place in range(5 * more):
            send(
                client, "/staff/views", "/staff/", name=f"视图{place}", filters=f"channel=web&due=soon&rating={place}"
            )
            send(client, "/staff/views", "/staff/", name=f"另一{place}", filters="channel=web&state=finished")
        with statements.heard(app.extensions["database"].engine) as said:
            client.get("/staff/")
        counts.append(len(said))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("walked", [3, 1000])
def test_a_count_that_could_not_be_finished_says_so(
    enter: Enter, database: Database, monkeypatch: pytest.MonkeyPatch, walked: int
) -> None:
    monkeypatch.setattr("feedback.triage.picking.WALKED", walked)
    with database.writing() as session:
        for _place in range(6):
            factories.receipt(session)
    client = enter()
    send(client, "/staff/views", "/staff/", name="网上待甄别", filters="channel=web&state=registered")
    assert views(client.get("/staff/").text)["网上待甄别"] == ("6" if walked == 1000 else "3+")
    monkeypatch.setattr(tallies, "CAP", 4)
    assert views(client.get("/staff/").text)["待甄别"] == "4+"


def test_a_view_is_kept_renamed_ordered_and_deleted_and_the_history_says_so(enter: Enter, database: Database) -> None:
    client = enter()
    kept = send(client, "/staff/views", "/staff/", name="电话件", filters="channel=phone&text=王先生&order=newest")
    assert kept.headers["Location"].startswith("/staff/?channel=phone")
    assert 'aria-current="page"' in client.get(kept.headers["Location"]).text
    again = send(client, "/staff/views", "/staff/", name="电话件", filters="channel=web")
    assert again.status_code == 422
    assert "已有同名视图" in again.text
    assert 'value="电话件"' in again.text
    send(client, "/staff/views", "/staff/", name="来信", filters="channel=post")
    with database.reading() as session:
        first, second = session.scalars(sa.select(SavedView.id).order_by(SavedView.id))
    send(client, f"/staff/views/{second}/up", "/staff/views")
    send(client, f"/staff/views/{first}/rename", "/staff/views", name="来电")
    assert list(views(client.get("/staff/").text))[-2:] == ["来信", "来电"]
    send(client, f"/staff/views/{second}/delete", "/staff/views")
    assert "来信" not in views(client.get("/staff/").text)
    with database.reading() as session:
        lines = session.scalars(sa.select(Event).where(Event.action == "view-changed").order_by(Event.id)).all()
    assert [(line.before, line.after["view"]) for line in lines[:1]] == [({}, "电话件")]
    assert [line.after["view"] for line in lines] == ["电话件", "来信", "来信", "来电", None]
    assert "王先生" not in str([line.after for line in lines])


def test_own_views_are_ones_own_and_shared_ones_need_the_right(enter: Enter, database: Database) -> None:
    clerk, head = enter(), enter("head")
    send(clerk, "/staff/views", "/staff/", name="我的来信", filters="channel=post")
    send(head, "/staff/views", "/staff/", name="全办来信", filters="channel=post", shared="1")
    assert send(clerk, "/staff/views", "/staff/", name="x", filters="", shared="1").status_code == 403
    with database.reading() as session:
        own, shared = session.scalars(sa.select(SavedView.id).order_by(SavedView.id))
    assert "全办来信" in views(clerk.get("/staff/").text)
    assert "我的来信" not in views(head.get("/staff/").text)
    assert send(head, f"/staff/views/{own}/delete", "/staff/views").status_code == 404
    assert send(clerk, f"/staff/views/{shared}/rename", "/staff/", name="y").status_code == 403


def test_a_units_people_have_the_views_of_their_unit(enter: Enter, members: None, database: Database) -> None:
    with database.writing() as session:
        unit = factories.unit(session)
        session.query(Staff).filter_by(username="unit-member").one().unit_id = unit.id
        for given in (unit, None):
            case = factories.receipt(session).case
            case.unit, case.due_on = given, clock.now().date() - timedelta(days=1)
    client = enter("unit-member")
    assert views(client.get("/staff/").text) == {
        "全部在办": "",
        "本单位在办": "1",
        "三日内到期": "0",
        "已逾期": "1",
        "督办中": "0",
        "追问待复": "0",
    }
