"""What a search finds, in what order, and how its pages go on."""

import math
import sys
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback import answering, corrections, intake, search, triage
from feedback.corrections import Decision
from feedback.db import Database
from feedback.errors import NotFound, Refusal
from feedback.models import Role, SearchEntry, Source
from feedback.search import exact, postings
from feedback.submissions import StoredFile
from feedback.triage import Act
from tests import factories, statements

FILE = StoredFile("房产证扫描件.pdf", "application/pdf", 1, "0" * 64)


def found(session: Session, query: str) -> list[str]:
    """The snippets of the exact hits, in their order."""
    return [hit.snippet for hit in search.search(session, query, patience=math.inf).hits]


@pytest.mark.parametrize("query", ["鱼", "死鱼", "坑塘里", "坑塘里的鱼死了", "鱼 坑塘", "ｆｉｓｈ", "魚", "里的，鱼"])
def test_any_length_and_any_writing_finds_it(database: Database, query: str) -> None:
    with database.writing() as session:
        factories.receipt(session, text="废水流进坑塘，坑塘里的鱼死了，死鱼飘了一层。FISH")
        factories.receipt(session, text="过渡费没有发。")
    with database.reading() as session:
        assert len(found(session, query)) == 1


def test_pieces_of_a_word_are_not_the_word(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, text="安置工作做得好，置房的事再说。")
    with database.reading() as session:
        assert found(session, "安置房") == []


def test_all_that_is_written_in_a_case_is_searched(database: Database) -> None:
    with database.writing() as session:
        clerk = factories.staff(session)
        receipt = factories.receipt(session, subject="路灯", text="晚上不亮。", attachments=(FILE,))
        case = receipt.case
        intake.supplement(session, case, factories.submission(text="补充：变压器烧了。"))
        intake.add_files(
            session, receipt.opinion, [StoredFile("现场照片.jpg", "", 1, "1" * 64)], by=clerk, now=factories.NOW
        )
        triage.note(session, case, "已电话联系供电所。", by=clerk, now=factories.NOW)
        answering.give(session, case, "抢修队明天到场。", Act(clerk, factories.NOW, case.version))
    with database.reading() as session:
        for query in ("路灯", "不亮", "变压器", "房产证", "现场照片", "供电所", "抢修队"):
            (hit,) = search.search(session, query).hits
            assert (hit.case, query in hit.snippet) == (case.number, True), query


def test_a_text_of_its_own_stands_before_copies_of_one_letter(database: Database) -> None:
    copied = "小区电梯三天两头坏，请督促物业维保电梯，老人上不去下不来。"
    with database.writing() as session:
        factories.receipt(session, imported_id="own", text="家住十四楼，物业说维保合同到期了，没人管，我腿脚不便。")
        for number in range(search.LENGTH + 5):
            factories.receipt(session, text=f"{'急！' * (number % 3)}{copied}我是{number}号住户。")
    with database.reading() as session:
        hits = search.search(session, "维保", patience=math.inf).hits
    assert (len(hits), [hit.id for hit in hits].index("own")) == (search.LENGTH, 1)


def test_a_note_and_its_opinion_are_one_hit(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, text="路灯不亮。", imported_id="x").case
        triage.note(session, case, "路灯已修。", by=factories.staff(session), now=factories.NOW)
    with database.reading() as session:
        assert [hit.id for hit in search.search(session, "路灯").hits] == ["x"]


def test_an_opinion_that_was_moved_is_found_in_its_new_case(database: Database) -> None:
    with database.writing() as session:
        clerk = factories.staff(session)
        case, other = factories.receipt(session).case, factories.receipt(session, text="另一件").case
        added = intake.supplement(session, case, factories.submission(text="井盖没了"))
        corrections.belongs_to(
            session, added, other, Decision(clerk, factories.NOW, "不是一件事", added.case.version)
        )
    with database.reading() as session:
        assert other.number in [hit.case for hit in search.search(session, "井盖").hits]


def test_a_case_number_is_its_case(database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, text="路灯不亮。").case
    with database.reading() as session:
        assert [hit.case for hit in search.search(session, f" {case.number} ").hits] == [case.number]
        assert search.search(session, "1999-000001").hits == []


def test_the_words_of_a_hit_are_marked_as_they_stand(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, text="前面很长。" * 40 + "豫Q·0B111 這輛車\n超載，<b>")
    with database.reading() as session:
        (hit,) = search.search(session, "豫Q0B111 这辆车").hits
        assert [part for part, is_hit in hit.pieces if is_hit] == ["豫Q·0B111", "這輛車"]
        assert "".join(part for part, _is_hit in hit.pieces) == hit.snippet
        assert hit.snippet.endswith("豫Q·0B111 這輛車 超載，<b>")


def test_more_of_the_word_and_the_subject_come_first(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, text="过渡费没有发，和谐佳苑。")
        factories.receipt(session, text="过渡费！过渡费！和谐佳苑的过渡费！")
        factories.receipt(session, subject="过渡费 和谐佳苑", text="见标题。")
        factories.receipt(session, text="只说过渡费。")
    with database.reading() as session:
        hits = found(session, "过渡费 和谐佳苑")
        assert [hit[:4] for hit in hits] == ["过渡费 ", "过渡费！", "过渡费没"]


def test_pages_go_on_until_every_text_was_given_once(database: Database) -> None:
    with database.writing() as session:
        for number in range(25):
            factories.receipt(session, text="路灯不亮。", imported_id=str(number))
    seen, after = [], None
    with database.reading() as session:
        while True:
            page = search.search(session, "路灯", 10, after=after)
            seen += [hit.id for hit in page.hits]
            after = page.following
            if after is None:
                break
    assert seen == [str(number) for number in reversed(range(25))]


def test_what_is_not_reached_in_time_is_reached_by_the_next_page(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "READ_AT_ONCE", 2)
    with database.writing() as session:
        for number in range(5):
            factories.receipt(session, text="路灯不亮。", imported_id=str(number))
    with database.reading() as session:
        first = search.search(session, "路灯", patience=-1)
        assert ([hit.id for hit in first.hits], first.near) == (["4", "3"], [])
        second = search.search(session, "路灯", patience=-1, after=first.following)
        assert [hit.id for hit in second.hits] == ["2", "1"]


def test_entries_of_several_blocks_are_found(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "BLOCK_BITS", 1)
    with database.writing() as session:
        for _number in range(21):
            factories.receipt(session, text="路灯不亮。")
    with database.reading() as session:
        keys = list(session.scalars(sa.select(SearchEntry.id).order_by(SearchEntry.id.desc())))
        assert postings.newest(session, ["路灯", "不亮"], below=keys[0] + 1, most=30).keys == keys
        assert postings.newest(session, ["路灯"], below=keys[3], most=3).keys == keys[4:7]
        hurried = postings.newest(session, ["路灯", "不亮"], below=keys[0] + 1, most=30, until=time.monotonic())
        assert 0 < len(hurried.keys) <= 2
        assert hurried.down_to == min(hurried.keys) // 2 * 2


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("过渡费 重整", "过度费停发了，说公司在重整。"),
        ("老人困在楼里下不来", "电梯坏了，老人困在14楼下不来。"),
        ("面包车 报废", "还有一台报废的警用面包。"),
        ("废气 幼儿园", "工厂的臭味飘进托儿所。"),
        ("房本", "不动产权证还没有发下来。"),
    ],
)
def test_what_comes_near_follows_what_has_every_word(database: Database, query: str, text: str) -> None:
    with database.writing() as session:
        factories.receipt(session, text=text, imported_id="near")
        for _number in range(5):
            factories.receipt(session, text="小区绿化很好，感谢物业。")
    with database.reading() as session:
        page = search.search(session, query)
        assert (page.hits, [hit.id for hit in page.near]) == ([], ["near"])


def test_another_word_for_the_same_is_marked(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, text=f"{'前面说了许多。' * 30}不动产权证还没有发下来。")
    with database.reading() as session:
        (hit,) = search.search(session, "房本").near
        assert ("不动产权证", True) in hit.pieces


def test_nonsense_finds_nothing(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, text="小区绿化很好，感谢物业。")
    with database.reading() as session:
        page = search.search(session, "齉龘靐 zzqx")
        assert (page.hits, page.near, page.following) == ([], [], None)


@pytest.mark.parametrize("query", ["", " ，", "路" * 201, " ".join(map(str, range(11)))])
def test_a_query_without_a_word_or_with_too_many_is_refused(database: Database, query: str) -> None:
    with database.reading() as session, pytest.raises(Refusal):
        search.search(session, query)


@pytest.mark.parametrize("place", ["x", "1", "1.x", "-1.0", "99999999999.0"])
def test_an_unreadable_place_is_not_found(database: Database, place: str) -> None:
    with database.reading() as session, pytest.raises(NotFound):
        search.search(session, "路灯", after=place)


@pytest.mark.parametrize("signs", ["'\"\\():*^&|!<->", "\ud800", "路\u0301灯", "'路灯'", '"路灯" OR 井盖'])
def test_signs_of_the_query_languages_are_harmless(database: Database, signs: str) -> None:
    with database.writing() as session:
        factories.receipt(session, text=f"路灯{signs}不亮".replace("\ud800", ""))
    with database.reading() as session:
        assert len(search.search(session, f"路灯{signs}").hits) <= 1


def test_a_huge_text_is_stored_and_its_beginning_is_found(database: Database) -> None:
    text = "开头的路灯" + "".join(chr(0x4E00 + (7 * at * at + at) % 20_000) for at in range(150_000))
    with database.writing() as session:
        factories.receipt(session, text=text)
    with database.reading() as session:
        assert len(found(session, "开头的路灯")) == 1


def test_an_entry_is_written_with_its_text_or_not_at_all(database: Database) -> None:
    with pytest.raises(RuntimeError), database.writing() as session:
        factories.receipt(session, text="路灯不亮。")
        raise RuntimeError
    with database.reading() as session:
        assert (found(session, "路灯"), session.scalar(sa.select(sa.func.count(SearchEntry.id)))) == ([], 0)


def test_a_batch_is_indexed_at_once(database: Database) -> None:
    with database.writing() as session:
        with search.together(session):
            for number in range(3):
                factories.receipt(session, text="路灯不亮。", imported_id=str(number))
            assert session.scalar(sa.select(sa.func.count(SearchEntry.id))) == 0
        assert len(found(session, "路灯")) == 3


def test_who_wrote_is_not_searched_with_the_words(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session)
        clerk = factories.staff(session, role=Role.CLERK)
        assert clerk.is_active
    with database.reading() as session:
        for query in ("王先生", "13800000000", "0000", "wang@example.com"):
            page = search.search(session, query)
            assert (page.hits, page.near) == ([], [])


def test_each_source_is_listed(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session)
    with database.reading() as session:
        assert session.scalars(sa.select(SearchEntry.source)).all() == [Source.OPINION]
        assert search.unlisted(session) == 0


def test_a_sign_that_stands_in_nearly_every_text_is_found_as_far_as_any_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "READ_AT_ONCE", 4)
    with database.writing() as session:
        for number in range(12):
            factories.receipt(session, text="路灯不亮。" if number % 4 == 0 or number > 6 else "井盖没了。")
    with database.reading() as session:
        assert len(found(session, "路")) == 7
        assert len(found(session, "路 灯")) == 7


@pytest.mark.parametrize("query", ["过渡费", "过渡"])
def test_the_newest_tell_that_too_many_cases_have_a_word(
    database: Database, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    module = sys.modules["feedback.search.matching"]
    monkeypatch.setattr(module, "SAMPLE", 2)
    monkeypatch.setattr(module, "MOST_NAMED", 3)
    with database.writing() as session:
        cases = [factories.receipt(session, text="过渡费没有发。").case.id for _number in range(12)]
    with database.reading() as session:
        few = search.matching(session, query, most=3)
        assert (few.is_whole, few.cases) == (False, cases[: -1 - len(few.cases) : -1])
        assert search.matching(session, query, most=None).cases == cases[::-1]
        assert search.matching(session, query, most=20).is_whole == (query == "过渡费")


def test_texts_are_glanced_at_many_at_a_time_where_none_is_ranked(database: Database) -> None:
    with database.writing() as session:
        for number in range(120):
            factories.receipt(session, text="過渡費，没有发。" if number % 2 else "过渡，费没有发。")
    with database.reading() as session, statements.heard(database.engine) as said:
        assert len(search.matching(session, "过渡费").cases) == 120
    assert len(statements.reads(said)) <= 12
