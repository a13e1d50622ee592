"""What an answer is compared with: what all its writers ask, the names under seal, and what stands anywhere."""

from datetime import date

from feedback import answering, search, triage
from feedback.db import Database
from feedback.identity import Author
from feedback.models import Case, Flag, Role
from feedback.proofreading import Flaw
from feedback.triage import Act
from tests import factories
from tests.factories import NOW

TODAY = date(2026, 3, 2)
ANSWER = (
    "您反映的问题收悉。经核实，该路段窨井盖因重型车辆碾压破损，我单位已安排维修队伍更换新的井盖，并加装防坠网，"
    "预计三月底前全部完成。"
)


def flaws(database: Database, number: str, text: str) -> list[tuple[Flaw, str]]:
    with database.reading() as session:
        case = session.get_one(Case, Case.key_of(number))
        found = answering.remarks(session, case, text, today=TODAY)
        return [(remark.flaw, str(remark.values.get("words", ""))) for remark in found]


def test_what_a_joined_writer_asks_is_to_be_answered_too(database: Database) -> None:
    with database.writing() as session:
        clerk, head = factories.staff(session), factories.staff(session, "head", Role.HEAD)
        first, second, sealed = (
            factories.receipt(session, text=text).case
            for text in ("和谐佳苑的路灯坏了。", "公交车什么时候通到小区？", "施工队欠的工钱什么时候发？")
        )
        triage.flag(session, sealed, Flag.SEALED, "理由", Act(head, NOW, sealed.version), is_set=True)
        for joined in (second, sealed):
            triage.join(session, joined, first, Act(head, NOW, joined.version))
    assert flaws(database, first.number, "路灯已经修好。") == [(Flaw.DEMAND, "公交车什么时候通到小区？")]
    assert flaws(database, first.number, "路灯已经修好，公交车四月通到小区。") == []
    assert clerk.id


def test_who_wrote_under_seal_is_not_named(database: Database) -> None:
    with database.writing() as session:
        head = factories.staff(session, "head", Role.HEAD)
        case = factories.receipt(session, text="路灯坏了。", author=Author(name="某甲乙", phone="13800000000")).case
        number = case.number
    assert flaws(database, number, "某甲乙反映的路灯已修好。") == []
    with database.writing() as session:
        case = session.get_one(Case, Case.key_of(number))
        triage.flag(session, case, Flag.SEALED, "理由", Act(head, NOW, case.version), is_set=True)
    assert flaws(database, number, "某甲乙反映的路灯已修好。") == [(Flaw.NAME, "某甲乙")]


def test_a_copy_is_found_however_many_answers_came_after(database: Database) -> None:
    with database.writing() as session, search.together(session):
        clerk = factories.staff(session)
        for number in range(260):
            case = factories.receipt(session, text="井盖坏了。").case
            text = ANSWER if number == 0 else f"您反映的问题收悉。经核实，第{number}号井盖已于当日更换。"
            answering.give(session, case, text, Act(clerk, NOW, case.version))
        fresh = factories.receipt(session, text="井盖坏了。").case
    copied = ANSWER.replace("三月", "四月").replace("维修", "抢修")
    assert [flaw for flaw, _words in flaws(database, fresh.number, copied)] == [Flaw.COPY]


def test_a_passage_of_another_case_is_remarked_on_unless_that_is_sealed(database: Database) -> None:
    theirs = "我家住在东边的老房子里，去年冬天暖气就一直不热，打了好几次电话都没有人上门来看过，家里还有老人。"
    with database.writing() as session:
        head = factories.staff(session, "head", Role.HEAD)
        other = factories.receipt(session, text=theirs).case
        mine = factories.receipt(session, text="暖气不热。").case
        keys = other.number, mine.number
    text = f"暖气不热一事，{theirs[:40]}。"
    assert [flaw for flaw, _words in flaws(database, keys[1], text)] == [Flaw.PASSAGE]
    with database.writing() as session:
        other = session.get_one(Case, Case.key_of(keys[0]))
        triage.flag(session, other, Flag.SEALED, "理由", Act(head, NOW, other.version), is_set=True)
    assert flaws(database, keys[1], text) == []
