"""Attachments are read after they came in, by the worker; what was read is found by who may see the case."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from feedback import corrections, db, file_texts, intake, scanning, search, upkeep
from feedback.clamd import Found, Verdict
from feedback.config import Settings
from feedback.corrections import Decision
from feedback.db import Database
from feedback.file_texts import rounds, unread
from feedback.legibility import Legibility
from feedback.models import Case, FileReading, FileText, Role, SearchEntry, Source
from feedback.search import Hit
from feedback.submissions import StoredFile
from tests import factories
from tests.file_texts import papers

LETTER = "坑塘里的鱼死了"


def received(database: Database, *contents: bytes, **changes: object) -> Case:
    """A case whose opinion came with these files."""
    stored = [StoredFile(f"附件{at}.bin", "", 1, database.files.store(one)) for at, one in enumerate(contents, 1)]
    with database.writing() as session:
        return factories.receipt(session, text="见附件。", attachments=tuple(stored), **changes).case


def hits(database: Database, query: str, role: Role | None = None) -> list[Hit]:
    with database.writing() as session:
        by = factories.staff(session, str(role), role) if role else None
        return search.search(session, query, by=by, patience=60).hits


def found(database: Database) -> list[Legibility]:
    """What was found of each file, in the order in which they were read."""
    with database.reading() as session:
        return list(session.scalars(select(FileText.legibility).order_by(FileText.read_at)))


def test_the_text_of_a_file_is_found_under_its_opinion(database: Database) -> None:
    case = received(database, papers.docx(LETTER), papers.pdf("另一张纸"))
    assert hits(database, "坑塘") == []
    rounds.run(database)
    (hit,) = hits(database, "坑塘")
    assert (hit.case, hit.source, hit.filename) == (case.number, Source.FILE_TEXT, "附件1.bin")
    assert ("坑塘", True) in hit.pieces
    assert hits(database, "坑塘 附件1")[0].case == case.number
    assert [hit.filename for hit in hits(database, "另一张纸")] == ["附件2.bin"]


def test_one_that_cannot_be_read_does_not_hold_up_the_others(database: Database) -> None:
    received(database, papers.docx(LETTER), b"%PDF-1.4 broken", papers.bomb(), papers.locked(papers.pdf("锁")), b"\0")
    rounds.run(database)
    assert set(found(database)) == set(Legibility) - {Legibility.WITHHELD}
    assert len(hits(database, "坑塘")) == 1
    with database.reading() as session:
        assert file_texts.waiting(session) == 0


def test_the_same_file_is_read_once_and_found_in_each_case(database: Database) -> None:
    letter = papers.docx(LETTER)
    cases = [received(database, letter) for _time in range(2)]
    rounds.run(database)
    assert {hit.case for hit in hits(database, "坑塘")} == {case.number for case in cases}
    assert found(database) == [Legibility.READ]


def test_who_may_not_see_a_case_does_not_find_by_its_files(database: Database) -> None:
    received(database, papers.docx(LETTER), kind="report")
    with database.writing() as session:
        session.scalars(select(Case)).one().is_sealed = True
    rounds.run(database)
    assert [len(hits(database, "坑塘", role)) for role in (Role.HEAD, Role.CLERK, Role.READER, Role.UNIT_MEMBER)] == [
        1,
        0,
        0,
        0,
    ]


def test_what_came_later_or_was_moved_is_read_too(database: Database) -> None:
    case, other = received(database), received(database)
    with database.writing() as session:
        clerk, opinion = factories.staff(session), session.get_one(Case, case.id).opinions[0]
        late = StoredFile("照片.docx", "", 1, database.files.store(papers.docx("井盖没了")))
        intake.add_files(session, opinion, [late], by=clerk, now=factories.NOW)
        more = StoredFile("信.docx", "", 1, database.files.store(papers.docx(LETTER)))
        added = intake.supplement(session, opinion.case, factories.submission(text="补充", attachments=(more,)))
        corrections.belongs_to(
            session,
            added,
            session.get_one(Case, other.id),
            Decision(clerk, factories.NOW, "不是一件事", added.case.version),
        )
    rounds.run(database)
    assert [hit.case for hit in hits(database, "井盖")] == [case.number]
    assert {hit.case for hit in hits(database, "坑塘")} == {case.number, other.number}


@pytest.fixture
def scanned(environ: dict[str, str]) -> Database:
    """A house with a scanner, which the test speaks for."""
    return db.connect(Settings.from_env({**environ, "FEEDBACK_CLAMD": "127.0.0.1:9"}))


def test_only_what_was_scanned_clean_is_read(scanned: Database) -> None:
    contents = [papers.docx(word) for word in ("甲乙", "丙丁", "戊己", "庚辛")]
    received(scanned, *contents)
    results = (Found.NOTHING, Found.VIRUS, Found.NO_ANSWER)
    with scanned.writing() as session:
        for content, result in zip(contents, results, strict=False):
            scanning.keep(session, scanned.files.store(content), Verdict(result), now=factories.NOW)
    rounds.run(scanned)
    assert [len(hits(scanned, word)) for word in ("甲乙", "丙丁", "戊己", "庚辛")] == [1, 0, 0, 0]
    assert sorted(found(scanned)) == [Legibility.READ, Legibility.WITHHELD, Legibility.WITHHELD]
    with scanned.reading() as session:
        assert file_texts.waiting(session) == 1
    scanned.engine.dispose()


def test_what_is_infected_is_never_read_without_a_scanner_either(database: Database) -> None:
    content = papers.docx(LETTER)
    with database.writing() as session:
        scanning.keep(session, database.files.store(content), Verdict(Found.VIRUS), now=factories.NOW)
    received(database, content)
    rounds.run(database)
    assert (found(database), hits(database, "坑塘")) == ([Legibility.WITHHELD], [])


def test_what_ends_the_worker_again_and_again_is_left_alone(database: Database) -> None:
    received(database, papers.docx(LETTER))
    for _try in range(unread.MOST_TRIES):
        with database.writing() as session:
            one = unread.next_one(session, only_scanned=False, now=datetime.now(UTC))
            assert one is not None
            assert unread.claim(session, one, now=datetime.now(UTC))
            assert not unread.claim(session, one, now=datetime.now(UTC))
            assert unread.next_one(session, only_scanned=False, now=datetime.now(UTC)) is None
        with database.writing() as session:  # as after the lease
            file_texts.forget_all(session)
    rounds.run(database)
    assert found(database) == [Legibility.UNREADABLE]


def test_a_missing_file_does_not_hold_up_the_others(database: Database) -> None:
    lost = papers.docx("丢失")
    received(database, lost, papers.docx(LETTER))
    database.files.remove(database.files.store(lost))
    rounds.run(database)
    assert sorted(found(database)) == [Legibility.READ, Legibility.UNREADABLE]


def test_the_index_can_be_made_anew_with_them(database: Database) -> None:
    received(database, papers.docx(LETTER))
    rounds.run(database)
    with database.writing() as session:
        assert search.unlisted(session) == 0
        session.execute(SearchEntry.__table__.delete().where(SearchEntry.source == Source.FILE_TEXT))
        assert search.unlisted(session) == 1
        search.list_unlisted(session)
    assert hits(database, "坑塘") == []
    upkeep.index(database)
    assert len(hits(database, "坑塘")) == 1


def test_it_stops_when_it_is_told_to(database: Database) -> None:
    received(database, papers.docx(LETTER), papers.docx("另一张纸"))
    asked = iter([False, True])
    rounds.run(database, stopped=lambda: next(asked))
    with database.reading() as session:
        assert session.query(FileReading).count() == 1
