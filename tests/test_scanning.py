"""Files are scanned after they came in, by a scanner that may be away; what it found is kept with the file."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from feedback import clamd, db, scanning, worker
from feedback.clamd import Found, Verdict
from feedback.config import Settings
from feedback.db import Database
from feedback.errors import Refusal
from feedback.models import EvidenceFile, FileScan, ScanResult, StrikingOff
from feedback.submissions import StoredFile
from tests import clamds, factories, relays

INSTALLED = pytest.mark.skipif(not clamds.is_installed(), reason="clamd is not installed (apt install clamav-daemon)")


@pytest.fixture(params=["small", pytest.param("real", marks=INSTALLED)])
def scanner(request: pytest.FixtureRequest) -> Iterator[str]:
    with clamds.small() if request.param == "small" else clamds.real() as address:
        yield address


def received(database: Database, *contents: bytes) -> list[str]:
    """The sha256 of files that came with an opinion."""
    sha256s = [database.files.store(content) for content in contents]
    files = tuple(StoredFile("附件", "text/plain", 1, sha256) for sha256 in sha256s)
    with database.writing() as session:
        factories.receipt(session, attachments=files)
    return sha256s


def results(database: Database) -> dict[str, tuple[ScanResult, str]]:
    with database.reading() as session:
        return {scan.sha256: (scan.result, scan.signature) for scan in session.query(FileScan)}


def with_scanner(environ: dict[str, str], address: str) -> Database:
    return db.connect(Settings.from_env({**environ, "FEEDBACK_CLAMD": address}))


def test_a_scanner_finds_the_virus_and_nothing_else(scanner: str) -> None:
    assert clamd.scan(scanner, clamds.EICAR) == Verdict(Found.VIRUS, "Eicar-Test-Signature.UNOFFICIAL")
    assert clamd.scan(scanner, b"") == Verdict(Found.NOTHING)
    assert clamd.scan(scanner, "过渡费还没有发。".encode() * 20_000) == Verdict(Found.NOTHING)
    assert clamd.scan(scanner, b"x" * 5_000_000).found is Found.NO_ANSWER


def test_the_worker_scans_each_file_once(environ: dict[str, str], scanner: str) -> None:
    database = with_scanner(environ, scanner)
    clean, infected, large = received(database, b"letter", clamds.EICAR, b"x" * 5_000_000)
    worker.scan_files(database)
    assert results(database) == {
        clean: (ScanResult.CLEAN, ""),
        infected: (ScanResult.INFECTED, "Eicar-Test-Signature.UNOFFICIAL"),
        large: (ScanResult.UNSCANNED, ""),
    }
    with database.reading() as session:
        assert scanning.to_scan(session, 10).sha256s == []
    database.engine.dispose()


def test_evidence_for_striking_off_is_scanned_too(environ: dict[str, str], scanner: str) -> None:
    database = with_scanner(environ, scanner)
    sha256 = database.files.store(clamds.EICAR)
    with database.writing() as session:
        case, member = factories.receipt(session).case, factories.staff(session)
        file = EvidenceFile(position=1, filename="验收单.pdf", content_type="application/pdf", size=68, sha256=sha256)
        asked = {"asked_at": factories.NOW, "asked_by_id": member.id, "remark": "", "undelivered": ""}
        session.add(StrikingOff(case_id=case.id, evidence="已修复。", files=[file], **asked))
    worker.scan_files(database)
    assert results(database) == {sha256: (ScanResult.INFECTED, "Eicar-Test-Signature.UNOFFICIAL")}
    database.engine.dispose()


def test_where_the_scanner_is_away_files_wait_for_it(environ: dict[str, str]) -> None:
    database = with_scanner(environ, f"127.0.0.1:{relays.free_port()}")
    received(database, b"letter")
    worker.scan_files(database)
    assert results(database) == {}
    with database.reading() as session:
        assert len(scanning.to_scan(session, 10).sha256s) == 1
    database.engine.dispose()


def test_a_missing_file_does_not_hold_up_the_others(environ: dict[str, str]) -> None:
    with clamds.small() as address:
        database = with_scanner(environ, address)
        lost, kept = received(database, b"lost", b"kept")
        database.files.remove(lost)
        worker.scan_files(database)
    assert results(database) == {lost: (ScanResult.UNSCANNED, ""), kept: (ScanResult.CLEAN, "")}
    database.engine.dispose()


def test_a_file_that_another_host_scans_is_left_to_it(environ: dict[str, str]) -> None:
    with clamds.small() as address:
        database = with_scanner(environ, address)
        theirs, ours = received(database, b"theirs", b"ours")
        with database.writing() as session:
            assert scanning.claim(session, theirs, now=datetime.now(UTC))
        worker.scan_files(database)
        assert results(database).keys() == {ours}
        with database.writing() as session:
            scanning.give_back(session, theirs)
        worker.scan_files(database)
    assert results(database).keys() == {ours, theirs}
    database.engine.dispose()


def test_without_a_scanner_nothing_is_scanned(database: Database) -> None:
    received(database, b"letter")
    worker.scan_files(database)
    assert results(database) == {}


@pytest.mark.parametrize("address", ["localhost", ":3310", "localhost:", "localhost:99999", "localhost:x"])
def test_an_address_that_is_none_stops_the_program(environ: dict[str, str], address: str) -> None:
    with pytest.raises(Refusal, match="FEEDBACK_CLAMD"):
        Settings.from_env({**environ, "FEEDBACK_CLAMD": address})


def a_lot(database: Database, count: int) -> None:
    """As many attachments, all of them of one file."""
    file = StoredFile("附件", "text/plain", 1, "0" * 64)
    with database.writing() as session:
        factories.receipt(session, attachments=(file,) * count)


def scanned(database: Database, sha256: str) -> None:
    with database.writing() as session:
        scanning.keep(session, sha256, Verdict(Found.NOTHING), now=datetime.now(UTC))


def test_a_look_begins_above_what_is_scanned_and_leaves_out_none(database: Database) -> None:
    a_lot(database, 3 * scanning.NUMBERS_LATE)
    with database.reading() as session:
        assert scanning.to_scan(session, 10).seen_to == 0
    scanned(database, "0" * 64)
    (first,) = received(database, b"first")
    with database.reading() as session:
        look = scanning.to_scan(session, 10)
    assert look.sha256s == [first]
    assert 0 < look.seen_to <= 3 * scanning.NUMBERS_LATE
    a_lot(database, 2 * scanning.NUMBERS_LATE)
    (second,) = received(database, b"second")
    with database.reading() as session:
        next_look = scanning.to_scan(session, 10, above=look.seen_to)
    assert next_look.sha256s == [second, first]
    assert next_look.seen_to <= 3 * scanning.NUMBERS_LATE
    for sha256 in (first, second):
        scanned(database, sha256)
    with database.reading() as session:
        last_look = scanning.to_scan(session, 10, above=next_look.seen_to)
    assert last_look.sha256s == []
    assert last_look.seen_to > 4 * scanning.NUMBERS_LATE


def test_an_older_copy_of_the_database_is_looked_through_from_its_beginning(database: Database) -> None:
    (only,) = received(database, b"only")
    with database.reading() as session:
        assert scanning.to_scan(session, 10, above=1_000_000) == scanning.Unseen([only], 0)


@pytest.mark.sqlite_only
def test_what_is_scanned_costs_nothing(database: Database) -> None:
    a_lot(database, 10 * scanning.NUMBERS_LATE)
    scanned(database, "0" * 64)

    def steps(above: int) -> int:
        """In hundreds, as SQLite counts them."""
        counted = []
        with database.reading() as session:
            driver = session.connection().connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.set_progress_handler(lambda: counted.append(1), 100)
            scanning.to_scan(session, 10, above=above)
            driver.set_progress_handler(None, 0)
        return len(counted)

    with database.reading() as session:
        seen_to = scanning.to_scan(session, 10).seen_to
    assert steps(seen_to) < steps(0) / 5
