"""The figures of a period: counted as the ledger counts, and each number opens the cases behind it."""

import html
import itertools
import re
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from feedback import answering, triage
from feedback.db import Database
from feedback.figures import Period, Step
from feedback.models import Case, Channel, FirstAnswer, Kind, Rating, State
from feedback.triage import Act
from tests import factories
from tests.web.staff.conftest import Enter

PAGE = "/staff/figures?first=2026-01-01&last=2026-12-31"


def answer(session: Session, case: Case, days: int) -> None:
    clerk = factories.staff(session, f"clerk{case.id}")
    answering.give(session, case, "已经办理。", Act(clerk, factories.NOW + timedelta(days=days), case.version))


@pytest.fixture
def _year(database: Database) -> None:
    """Six cases of 2026: answered after 2, 4 and 60 days, two that wait, one joined; and one of the year before."""
    with database.writing() as session:
        unit = factories.unit(session)
        cases = [
            factories.receipt(session, text=f"第{number}件", item=item, kind=kind, channel=channel).case
            for number, (item, kind, channel) in enumerate(
                [
                    ("1.1", Kind.COMPLAINT, Channel.WEB),
                    ("1.1", Kind.COMPLAINT, Channel.PHONE),
                    ("1.2", Kind.QUESTION, Channel.WEB),
                    ("general", Kind.PRAISE, Channel.POST),
                    ("general", Kind.PRAISE, Channel.POST),
                ]
            )
        ]
        cases[3].further_items = [cases[0].item]
        cases[0].unit = cases[1].unit = unit
        factories.receipt(session, text="并件").case.merged_into = cases[0]
        factories.receipt(session, text="垃圾").case.is_spam = True
        factories.receipt(session, text="上年", received_at=factories.NOW.replace(year=2025))
        session.flush()
        for case, days in zip(cases, (2, 4, 60), strict=False):
            answer(session, case, days)
        for case, score, aspects, is_solved in (
            (cases[0], 5, (5, 4, 5), True),
            (cases[1], 2, (4, 1, 1), False),
            (cases[3], 4, (None, None, None), True),
        ):
            given = dict(zip(("attitude", "speed", "result"), aspects, strict=True))
            told = {"is_solved": is_solved, "remark": "", "rated_at": factories.NOW}
            session.add(Rating(case_id=case.id, score=score, **given, **told))


def numbers(page: str) -> dict[str, str]:
    """What stands in each row of the tables that count cases, and in the leading figures, by its name."""
    counted = page.partition('id="said-of-units')[0]
    found = re.findall(r'<tr><th scope="row">([^<]*)</th><td[^>]*>(?:<a[^>]*>)?(\d+)', counted)
    leading = re.findall(r"<dt>([^<]*)</dt><dd>(?:<a[^>]*>)?([^<]*)<", page)
    return dict([*found, *leading])


@pytest.mark.usefixtures("_year")
def test_what_came_in_is_counted_in_every_way(enter: Enter) -> None:
    found = numbers(enter().get(PAGE).text)
    asked = ["收件数", "按期答复", "逾期答复", "按期答复率", "答复用时中位数（天）", "未答复", "评分平均值（满分 5）"]
    # The joined one was answered with the first: 2, 2, 4 and 60 days.
    assert [found[name] for name in asked] == ["6", "3", "1", "75.0%", "3", "2", "3.67"]
    assert (found["2026-03"], found["2026-04"], found["示例单位"], found["未指定"]) == ("6", "0", "2", "4")
    assert (found["网上"], found["电话"], found["来信"], found["咨询"], found["已解决"]) == ("3", "1", "2", "1", "2")
    items = {name.partition(" ")[0]: number for name, number in found.items()}
    assert (items["1.1"], items["1.2"], items["整体或其他"]) == ("3", "1", "3")


@pytest.mark.usefixtures("_year")
def test_each_number_opens_as_many_cases(enter: Enter) -> None:
    client = enter()
    links = re.findall(r'<a href="(/staff/ledger[^"]+)">(\d+)</a>', client.get(PAGE).text)
    assert len(links) > 25
    for target, number in links:
        shown = client.get(html.unescape(target)).text
        assert f'<p class="count">共 {number} 件</p>' in shown, target
        assert shown.count('<th scope="row">') == int(number), target


def rows(page: str, table: str) -> list[list[str]]:
    body = page.partition(f'id="{table}"')[2].partition("</table>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in body.split("<tr>")[2:]]
    return [[re.sub("<[^>]*>", "", cell) for cell in row] for row in cells]


@pytest.mark.usefixtures("_year")
def test_each_thing_that_writers_rate_has_its_figures_by_unit_and_by_item_too(enter: Enter) -> None:
    page = enter().get(PAGE).text
    assert rows(page, "by-rating")[:6] == [
        ["5 分", "1", "1", "0", "1"],
        ["4 分", "1", "1", "1", "0"],
        ["3 分", "0", "0", "0", "0"],
        ["2 分", "1", "0", "0", "0"],
        ["1 分", "0", "0", "1", "1"],
        ["平均值", "3.67", "4.50", "2.50", "3.00"],
    ]
    assert rows(page, "said-of-units") == [
        ["示例单位", "2", "1", "1", "3.50", "4.50", "2.50", "3.00"],
        ["未指定", "1", "1", "0", "4.00", "—", "—", "—"],
    ]
    items = {row[0].partition(" ")[0]: row[1:] for row in rows(page, "said-of-items")}
    assert items == {
        "1.1": ["3", "2", "1", "3.67", "4.50", "2.50", "3.00"],
        "整体或其他": ["1", "1", "0", "4.00", "—", "—", "—"],
    }


@pytest.mark.usefixtures("_year")
def test_a_period_holds_its_first_and_its_last_day_and_no_other(enter: Enter) -> None:
    client = enter()
    assert numbers(client.get("/staff/figures?first=2026-03-02&last=2026-03-02").text)["收件数"] == "6"
    assert numbers(client.get("/staff/figures?first=2026-03-03&last=2026-03-31").text)["收件数"] == "0"
    assert numbers(client.get("/staff/figures?first=2025-01-01&last=2025-12-31").text)["收件数"] == "1"


@pytest.mark.parametrize("asked", ["first=2026-02-30", "first=2026-03-02&last=2026-03-01", "first=0001-01-01"])
def test_a_period_that_is_none_is_refused_with_a_word(enter: Enter, asked: str) -> None:
    answer = enter().get(f"/staff/figures?{asked}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_an_empty_house_has_nought_of_everything(enter: Enter) -> None:
    page = enter("reader").get(PAGE).text
    found = numbers(page)
    assert page.count("本期间无收件。") == 5  # by channel, kind, state, item and unit
    assert page.count("本期间暂无评价。") == 2
    assert (found["收件数"], found["按期答复率"], found["答复用时中位数（天）"]) == ("0", "—", "—")


@pytest.mark.parametrize(
    ("step", "pieces", "second"),
    [(Step.WEEK, 6, date(2026, 1, 5)), (Step.MONTH, 2, date(2026, 2, 1)), (Step.YEAR, 1, None)],
)
def test_pieces_follow_one_another_without_a_gap(step: Step, pieces: int, second: date | None) -> None:
    period = Period(date(2026, 1, 1), date(2026, 2, 3))
    cut = period.pieces(step)
    assert len(cut) == pieces
    assert (cut[0].first, cut[-1].last) == (period.first, period.last)
    assert all(one.last + timedelta(days=1) == next_.first for one, next_ in itertools.pairwise(cut))
    assert second is None or cut[1].first == second


def test_a_long_period_is_cut_into_longer_pieces() -> None:
    assert Period(date(2026, 1, 1), date(2026, 12, 31)).fitting(Step.WEEK) is Step.WEEK
    assert Period(date(2024, 1, 1), date(2026, 12, 31)).fitting(Step.WEEK) is Step.MONTH
    assert Period(date(1990, 1, 1), date(2026, 12, 31)).fitting(Step.WEEK) is Step.YEAR


def test_only_the_first_answer_counts(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        answer(session, case, 3)
        case.state = State.IN_HAND
        session.flush()
        clerk = factories.staff(session, "other")
        answering.give(session, case, "再次答复。", Act(clerk, factories.NOW + timedelta(days=90), case.version))
    with database.reading() as session:
        first = session.get_one(FirstAnswer, case.id)
        assert (first.days, first.is_late, first.answered_on) == (3, False, date(2026, 3, 5))
        late = triage.Filters.read({"answered": "late"}, database.settings.zone)
        assert triage.queue(session, late, date(2026, 6, 1)).rows == []
