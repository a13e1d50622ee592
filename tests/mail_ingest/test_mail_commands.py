"""`python -m mail_ingest parse` and `import`, as processes."""

import json
import mailbox
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from feedback import claims
from feedback.db import Database
from feedback.errors import Refusal
from feedback.models import FilingState
from mail_ingest.mailbox import Mailbox, arrived_at
from tests.conftest import ROOT
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.test_filing_processes import DEADLY_PARSER, WAYS_TO_DIE

Command = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def command(process_environ: dict[str, str], python: str) -> Command:
    def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [python, "-m", "mail_ingest", *arguments],
            env=process_environ,
            input=stdin,
            capture_output=True,
            timeout=120,
        )

    return run


@pytest.fixture
def messages() -> list[bytes]:
    return doors.messages(5)


@pytest.fixture(params=["mbox", "Maildir", "folder"])
def box(request: pytest.FixtureRequest, tmp_path: Path, messages: list[bytes]) -> Path:
    path = tmp_path / "old mail"
    if request.param == "folder":
        for number, content in enumerate(messages):
            target = path / f"2025/{number}.eml"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return path
    made = mailbox.mbox(path) if request.param == "mbox" else mailbox.Maildir(path)
    for content in messages:
        made.add(content)
    made.close()
    return path


def test_parse_needs_no_house(python: str, tmp_path: Path) -> None:
    environ = {"PYTHONPATH": str(ROOT), "FEEDBACK_DATA_DIR": str(tmp_path / "none"), "DATABASE_URL": "nonsense"}
    parsing = [python, "-m", "mail_ingest", "parse", "-"]
    ended = subprocess.run(parsing, env=environ, input=doors.message(), capture_output=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert json.loads(ended.stdout)["opinion"] == {"subject": "自来水", "text": "自来水三天没有来了。"}
    assert not (tmp_path / "none").exists()


SURROGATES = b"Subject: =?utf-8?q?=ED=A0=80?=\n\n\xed\xa0\x80"


@pytest.mark.parametrize("content", [b"", b"\0", bytes(range(256)) * 50, b"\xff\xfe" * 1000, SURROGATES, b"\n" * 99])
def test_parse_has_an_answer_for_any_bytes(command: Command, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "any").write_bytes(content)
    ended = command("parse", tmp_path / "any")
    assert ended.returncode == 0
    assert {"from", "opinion", "defects"} <= json.loads(ended.stdout.decode("utf-8")).keys()


def test_a_file_that_is_not_there_is_one_line(command: Command, tmp_path: Path) -> None:
    for name in ("parse", "import"):
        ended = command(name, tmp_path / "absent.eml")
        assert (ended.returncode, ended.stdout) == (1, b"")
        assert len(ended.stderr.splitlines()) == 1
        assert b"absent.eml" in ended.stderr


def test_a_mailbox_is_brought_in_once_however_often_it_is_imported(
    command: Command, box: Path, database: Database
) -> None:
    first, second = command("import", box), command("import", box)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert b"5 filed, 0 known already" in first.stdout
    assert b"0 filed, 5 known already" in second.stdout
    assert len(first.stdout.splitlines()) == 1
    assert first.stderr == b"", "a bar is for a person at a terminal"
    assert sorted(opinion.text for opinion in ledger.opinions(database)) == [f"第{number}封。" for number in range(5)]
    assert len(ledger.raw_contents(database)) == 5


def test_one_message_file_is_a_mailbox_too(command: Command, tmp_path: Path, database: Database) -> None:
    (tmp_path / "one.eml").write_bytes(doors.message())
    assert command("import", tmp_path / "one.eml").returncode == 0
    assert ledger.raw_contents(database) == [doors.message()]


def test_a_message_that_came_by_smtp_is_not_brought_in_again(
    environ: dict[str, str], command: Command, tmp_path: Path, database: Database
) -> None:
    with doors.in_process(environ) as door:
        door.send(b"Received: from a by b; Mon, 2 Mar 2026 17:31:00 +0800\r\n" + doors.message())
    (tmp_path / "one.eml").write_bytes(doors.message())
    command("import", tmp_path / "one.eml")
    assert ledger.states(database) == [FilingState.FILED, FilingState.DUPLICATE]


def test_an_interrupted_import_is_finished_by_the_next(
    process_environ: dict[str, str], python: str, tmp_path: Path, command: Command, database: Database
) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    for number, content in enumerate(doors.messages(400)):
        (folder / f"{number:03}.eml").write_bytes(content)
    held = folder / "200.eml"
    content = held.read_bytes()
    held.unlink()
    os.mkfifo(held)  # the import waits here, for nobody writes, and cannot have ended when it is interrupted
    importing = [python, "-m", "mail_ingest", "import", folder]
    with subprocess.Popen(importing, env=process_environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        try:
            doors.wait_until(lambda: len(ledger.opinions(database)) > 3, seconds=120)
            os.kill(running.pid, signal.SIGINT)
            out, _lines = running.communicate(timeout=60)
        finally:
            running.kill()
    assert running.returncode == 130
    assert len(out.splitlines()) == 1
    before = len(ledger.opinions(database))
    assert 0 < before < 400
    held.unlink()
    held.write_bytes(content)
    assert command("import", folder).returncode == 0
    assert len(ledger.opinions(database)) == len(ledger.raw_contents(database)) == 400


def test_a_large_mailbox_takes_no_more_memory_than_a_small_one(
    process_environ: dict[str, str], python: str, tmp_path: Path, database: Database
) -> None:
    peaks = []
    for count in (20, 200):
        path = tmp_path / f"{count}.mbox"
        with path.open("wb") as file:
            for content in doors.messages(count):
                file.write(b"From sender Mon Mar  2 17:30:00 2026\n" + content + b"filler " * 8_000 + b"\n\n")
        importing = subprocess.Popen([python, "-m", "mail_ingest", "import", path], env=process_environ)
        _pid, status, used = os.wait4(importing.pid, 0)
        importing.returncode = os.waitstatus_to_exitcode(status)
        assert importing.returncode == 0
        peaks.append(used.ru_maxrss * 1024)
    assert len(ledger.states(database)) == 200
    assert path.stat().st_size > 10_000_000
    assert peaks[1] - peaks[0] < 8_000_000, peaks


def test_a_message_of_an_mbox_ends_where_the_next_begins(tmp_path: Path, messages: list[bytes]) -> None:
    made = mailbox.mbox(tmp_path / "box")
    for content in [*messages, b"Subject: x\n\nlast line without an end", b"Subject: y\n\n\n\n"]:
        made.add(content)
    made.flush()
    theirs = [made.get_bytes(key) for key in sorted(made.keys())]
    made.close()
    ours = list(Mailbox(tmp_path / "box"))
    assert [content for content, _step in ours] == theirs
    assert sum(step for _content, step in ours) == (tmp_path / "box").stat().st_size


SMALLER = "from mail_ingest import mailbox\nmailbox.LARGEST = 1000\n"


@pytest.mark.parametrize("is_mbox", [True, False])
def test_what_is_larger_than_any_mail_is_named_and_the_rest_goes_in(
    process_environ: dict[str, str], python: str, tmp_path: Path, database: Database, is_mbox: bool
) -> None:
    small, large = b"Subject: small\n\nx\n", b"Subject: large\n\n" + b"x" * 2000 + b"\n"
    path, place = tmp_path / "box", "Message 2, at byte 26, " if is_mbox else f"{tmp_path}/box/in/2.eml "
    if is_mbox:
        path.write_bytes(b"From a\n" + small + b"\nFrom b\n" + large + b"\nFrom c\n" + small.upper())
    else:
        (path / "in").mkdir(parents=True)
        for number, content in enumerate((small, large, small.upper()), start=1):
            (path / f"in/{number}.eml").write_bytes(content)
    environ = doors.patched(process_environ, tmp_path, SMALLER)
    importing = [python, "-m", "mail_ingest", "import", path]
    ended = subprocess.run(importing, env=environ, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout) == (1, report(filed=2, left_out=1)), ended.stderr
    assert f"{place}is left out: with " in ended.stderr
    assert len(ledger.opinions(database)) == 2


def test_what_is_left_out_counts_towards_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mail_ingest.mailbox.LARGEST", 1000)
    (tmp_path / "box").write_bytes(b"From a\nx\n\nFrom b\n" + b"x" * 2000 + b"\n\nFrom c\nx\n")
    box = Mailbox(tmp_path / "box")
    assert sum(step for _content, step in box) == box.size


def test_of_a_file_without_an_end_no_more_is_read_than_of_a_large_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mail_ingest.mailbox.LARGEST", 1000)
    (tmp_path / "endless.eml").symlink_to("/dev/zero")
    ((content, _step),) = Mailbox(tmp_path)
    assert isinstance(content, Refusal)
    assert content.values["size"] == 1001


def test_a_long_line_of_an_mbox_is_not_cut_where_it_is_read_in_steps(tmp_path: Path) -> None:
    long = b"Subject: x\n\n" + b"y" * 1024 * 1024 + b"From z\n"
    (tmp_path / "box").write_bytes(b"From a\n" + long)
    assert [content for content, _step in Mailbox(tmp_path / "box")] == [long]


def test_all_folders_below_are_gone_through_some_names_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mail_ingest.mailbox._SORTED_AT_ONCE", 3)
    expected = {f"{top}/{sub}/{number}.eml" for top in range(4) for sub in range(4) for number in range(4)}
    for name in expected:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "around").symlink_to(tmp_path)
    box = Mailbox(tmp_path)
    found = [content.decode() for content, _step in box if isinstance(content, bytes)]
    assert (len(found), set(found), box.size) == (len(expected), expected, len(expected))


def test_mails_that_end_their_reader_are_set_aside_and_the_rest_goes_in(
    process_environ: dict[str, str], python: str, tmp_path: Path, database: Database
) -> None:
    (tmp_path / "old").mkdir()
    deadly = [doors.message(f"{word} {word}", Message_ID=f"<{word}@example.com>") for word in WAYS_TO_DIE]
    good = doors.messages(20)
    for number, content in enumerate([*good[:10], *deadly, *good[10:]]):
        (tmp_path / f"old/{number:02}.eml").write_bytes(content)
    environ = doors.patched(process_environ, tmp_path, DEADLY_PARSER)
    reports = []
    for _time in range(2):
        importing = [python, "-m", "mail_ingest", "import", tmp_path / "old"]
        ended = subprocess.run(importing, env=environ, capture_output=True, text=True, timeout=180)
        assert ended.returncode == 0, ended.stderr
        reports.append(ended.stdout)
        if not reports[1:]:
            assert all(
                f"1 of those set aside: {claims.CAUSES[cause]}." in ended.stderr for cause in WAYS_TO_DIE.values()
            )
    assert reports == [report(filed=20, aside=3), report(known=23)]
    found = Counter(ledger.filings(database))
    assert found == Counter(
        {(FilingState.FILED, ""): 20, **{(FilingState.SET_ASIDE, cause): 1 for cause in WAYS_TO_DIE.values()}}
    )
    assert {tries for state, tries in ledger.tries(database) if state is FilingState.SET_ASIDE} == {2}


def report(*, filed: int = 0, known: int = 0, aside: int = 0, left_out: int = 0) -> str:
    every = filed + known + aside + left_out
    return f"{filed} filed, {known} known already, {aside} set aside, 0 waiting, {left_out} left out, of {every}.\n"


def test_old_mail_counts_from_the_day_it_came(command: Command, tmp_path: Path, database: Database) -> None:
    (tmp_path / "one.eml").write_bytes(
        b"Received: from a by b;\r\n Mon, 2 Mar 2026 18:00:00 +0800\r\n" + doors.message()
    )
    command("import", tmp_path / "one.eml")
    assert ledger.opinions(database)[0].received_at.isoformat() == "2026-03-02T10:00:00+00:00"


@pytest.mark.parametrize("date", ["Mon, 02 Mar 2999 17:30:00 +0800", "Thu, 01 Jan 1970 00:00:00 +0000", "x", ""])
def test_a_day_that_cannot_be_true_is_not_believed(date: str) -> None:
    assert time.time() - arrived_at(f"Date: {date}\r\n\r\n".encode()).timestamp() < 60


def test_a_path_without_mail_is_one_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ended = command("import", tmp_path / "empty")
    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)


def test_a_house_that_is_not_set_up_is_one_line(process_environ: dict[str, str], python: str, tmp_path: Path) -> None:
    environ = {**process_environ, "DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3"}
    for arguments in ([], ["import", str(tmp_path)]):
        listening = [python, "-m", "mail_ingest", *arguments]
        ended = subprocess.run(listening, env=environ, capture_output=True, text=True, timeout=60)
        assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1), ended.stderr
        assert "feedback init" in ended.stderr
