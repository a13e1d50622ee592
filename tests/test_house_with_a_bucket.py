"""A house whose files lie in a bucket: it moves there by a backup, and promises nothing while the bucket is away."""

import io
import signal
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from feedback import bucket, db, scanning, upkeep, worker
from feedback.config import Settings
from feedback.db import Database
from feedback.files import Folder
from feedback.models import ScanResult
from feedback.submissions import StoredFile
from feedback.web import create_app
from tests import buckets, clamds, factories, samples_of_files
from tests.mail_ingest import doors

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[buckets.Server]:
    monkeypatch.setattr(bucket, "SECONDS_FOR_A_REQUEST", 1)
    with buckets.serving() as started:
        yield started


@pytest.fixture
def shared(environ: dict[str, str], server: buckets.Server) -> dict[str, str]:
    """The environment of a house with its files in a bucket."""
    return {**environ, **server.environ("house")}


@pytest.fixture
def house(shared: dict[str, str]) -> Iterator[Database]:
    connected = db.connect(Settings.from_env(shared))
    yield connected
    connected.engine.dispose()


def with_file(database: Database, content: bytes) -> str:
    sha256 = database.files.store(content)
    with database.writing() as session:
        factories.receipt(session, attachments=(StoredFile("a.pdf", "application/pdf", len(content), sha256),))
    return sha256


def test_check_tells_missing_damaged_and_orphaned_objects(house: Database, server: buckets.Server) -> None:
    missing, damaged, whole = (with_file(house, words) for words in (b"one", b"two", b"three"))
    orphan = house.files.store(b"four")
    house.files.remove(missing)
    server.overwrite("house", f"house/files/{damaged[:2]}/{damaged}", b"tw0")
    found = upkeep.check(house)
    assert (found.missing, found.damaged, found.orphaned) == ((missing,), (damaged,), (orphan,))
    assert house.files.read(whole) == b"three"


def test_a_backup_takes_a_house_out_of_the_bucket_and_into_another(
    house: Database, server: buckets.Server, tmp_path: Path, shared: dict[str, str]
) -> None:
    stored = sorted(with_file(house, words) for words in (b"one", b"two"))
    copied = upkeep.backup(house, tmp_path / "copy", now=factories.NOW)
    assert (copied.files, copied.lost) == (2, ())
    assert list(Folder(tmp_path / "copy" / "files")) == stored
    moved = {"FEEDBACK_DATA_DIR": str(tmp_path / "other"), "DATABASE_URL": f"sqlite:///{tmp_path / 'other.sqlite3'}"}
    other = db.connect(Settings.from_env({**shared, **server.environ("elsewhere"), **moved}))
    try:
        assert upkeep.restore(other, tmp_path / "copy").files == 2
        assert list(other.files) == stored
        assert not upkeep.check(other).is_wrong
    finally:
        other.engine.dispose()


def test_a_backup_is_broken_off_while_the_bucket_is_away_and_calls_nothing_lost(
    house: Database, server: buckets.Server, tmp_path: Path
) -> None:
    with_file(house, b"one")
    server.process.send_signal(signal.SIGSTOP)
    with pytest.raises(OSError, match="file store"):
        upkeep.backup(house, tmp_path / "copy", now=factories.NOW)
    with pytest.raises(OSError, match="file store"):
        upkeep.check(house)
    assert list((tmp_path / "copy").iterdir()) == []


def test_nothing_is_called_unscannable_while_the_bucket_is_away(
    house: Database, server: buckets.Server, shared: dict[str, str]
) -> None:
    sha256 = with_file(house, b"one")
    with clamds.small() as address:
        scanning_house = db.connect(Settings.from_env({**shared, "FEEDBACK_CLAMD": address}))
        server.process.send_signal(signal.SIGSTOP)
        worker.scan_files(scanning_house)
        with house.reading() as session:
            assert scanning.of(session, [sha256]) == {}
        server.process.send_signal(signal.SIGCONT)
        worker.scan_files(scanning_house)
        with house.reading() as session:
            assert scanning.of(session, [sha256])[sha256].result is ScanResult.CLEAN
        scanning_house.engine.dispose()


def test_large_mail_is_put_off_while_the_bucket_is_away_and_small_mail_is_not(
    shared: dict[str, str], server: buckets.Server, house: Database
) -> None:
    small, large = b"Subject: small\r\n\r\nwords", b"Subject: large\r\n\r\n" + b"words\r\n" * 20_000
    with doors.in_process(shared) as door:
        server.process.send_signal(signal.SIGSTOP)
        with smtplib.SMTP("127.0.0.1", door.port, timeout=60) as sender:
            with pytest.raises(smtplib.SMTPDataError) as refused:
                sender.sendmail("wang@example.com", ["intake@localhost"], large)
            assert refused.value.smtp_code == 451
            assert sender.sendmail("wang@example.com", ["intake@localhost"], small) == {}
        server.process.send_signal(signal.SIGCONT)
        with smtplib.SMTP("127.0.0.1", door.port, timeout=60) as sender:
            assert sender.sendmail("wang@example.com", ["intake@localhost"], large) == {}
    assert [path for path in house.files.drafts.glob(".*") if path.is_file()] == []
    assert upkeep.check(house).missing == ()


def test_a_form_with_a_file_is_told_503_while_the_bucket_is_away(
    shared: dict[str, str], server: buckets.Server
) -> None:
    client: FlaskClient = create_app(Settings.from_env(shared)).test_client()
    client.application.config["WTF_CSRF_ENABLED"] = False
    server.process.send_signal(signal.SIGSTOP)
    typed = {"item": "general", "kind": "question", "body": "楼道灯不亮", "consent": "y"}
    answer = client.post("/opinions/new", data={**typed, "attachments": (io.BytesIO(samples_of_files.PNG), "a.png")})
    assert answer.status_code == 503
    assert "楼道灯不亮" in answer.text
    assert client.get("/readyz").status_code == 503
    server.process.send_signal(signal.SIGCONT)
