"""`feedback import`: an existing ledger goes in once, a bad row is named and the others go in."""

import contextlib
import csv
import io
import json
import os
import pty
import subprocess
import termios
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from feedback import spam
from feedback.db import Database
from feedback.models import Action, Case, Channel, Event, Identity, Kind, Opinion, Shelf
from tests.commands.conftest import Command
from tests.conftest import SHARED

COLUMNS = ["id", "channel", "received_at", "item", "kind", "subject", "text", "name", "phone", "email", "address"]


def row(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    values |= {
        "id": "a1",
        "channel": "post",
        "received_at": "2025-04-20T09:30:00+08:00",
        "item": "2.1",
        "kind": "complaint",
        "subject": "过渡费",
        "text": "过渡安置费还没有发。",
    }
    return {**values, **changes}


def as_csv(*rows: dict[str, Any], encoding: str = "utf-8", separator: str = ",") -> bytes:
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS, delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode(encoding)


def as_jsonl(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in rows)


def opinions(database: Database) -> list[Opinion]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Opinion).order_by(Opinion.id)))


def write(folder: Path, content: bytes, name: str = "ledger.csv") -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


@pytest.mark.parametrize(
    "content",
    [
        as_jsonl(row()),
        as_csv(row()),
        as_csv(row(), encoding="utf-8-sig"),
        as_csv(row(), encoding="gb18030"),
        as_csv(row(), separator="\t"),
        as_csv(row(received_at="2025/4/20 9:30")),
        as_csv(row(received_at="2025-04-20 09:30")),
    ],
    ids=["jsonl", "csv", "bom", "gb18030", "tabs", "slashes", "no offset"],
)
def test_the_same_row_comes_in_from_every_form(
    command: Command, database: Database, tmp_path: Path, content: bytes
) -> None:
    answer = command("import", write(tmp_path, content, "ledger"))
    assert (answer.returncode, answer.stdout) == (0, "1 stored, 0 known already, 0 bad\n"), answer.stderr
    (opinion,) = opinions(database)
    assert (opinion.imported_id, opinion.channel, opinion.kind) == ("a1", Channel.POST, Kind.COMPLAINT)
    assert (opinion.subject, opinion.text) == ("过渡费", "过渡安置费还没有发。")
    assert opinion.received_at.isoformat() == "2025-04-20T01:30:00+00:00"


def test_a_workbook_comes_in_by_the_headings_of_an_office(
    command: Command, database: Database, tmp_path: Path
) -> None:
    book, written = openpyxl.Workbook(), io.BytesIO()
    for cells in (
        ["某单位台账"],
        ["编号", "收件日期", "渠道", "反映内容"],
        [7, "2024年3月5日", "来访", "墙裂了"],
        [8, "2024-03-05", "?", "坏行"],
    ):
        book.active.append(cells)  # type: ignore[union-attr]
    book.save(written)
    done = command("import", write(tmp_path, written.getvalue(), "ledger.xlsx"))
    assert done.returncode == 1
    assert "4" in done.stderr
    (opinion,) = opinions(database)
    assert (opinion.imported_id, opinion.channel, opinion.text) == ("7", Channel.VISIT, "墙裂了")


def test_who_wrote_is_sealed(command: Command, database: Database, tmp_path: Path) -> None:
    full = row(name="李女士", phone=13800000000, email="li@example.com", address="示例路1号")
    command("import", write(tmp_path, as_jsonl(full, row(id="a2"))))
    with database.reading() as session:
        assert session.scalars(sa.select(Identity)).one().given == ["name", "phone", "email", "address"]
    line = json.loads(command("export", "jsonl", "-", "--with-identity", "--reason", "核对").stdout.split("\n")[0])
    assert line["author"] == {"name": "李女士", "address": "li@example.com", "phone": "13800000000"}


def test_repeating_it_stores_nothing_twice(command: Command, database: Database, tmp_path: Path) -> None:
    file = write(tmp_path, as_csv(row(), row(id="a2"), row(id="a2")))
    assert command("import", file).stdout == "2 stored, 1 known already, 0 bad\n"
    assert command("import", file).stdout == "0 stored, 3 known already, 0 bad\n"
    assert len(opinions(database)) == 2
    with database.reading() as session:
        assert len(session.scalars(sa.select(Event).where(Event.action == Action.IMPORTED)).all()) == 2


def test_a_bad_row_is_named_by_its_line_and_the_others_go_in(
    command: Command, database: Database, tmp_path: Path
) -> None:
    content = as_csv(
        row(id="good", text="第一行\n第二行\n第三行"),  # lines 2 to 4
        row(id=""),
        row(id="b", channel="pigeon"),
        row(id="c", received_at="yesterday"),
        row(id="d", item="9.9"),
        row(id="e", kind="grumble"),
        row(id="f", subject="", text="  "),
        row(id="last"),
    )
    answer = command("import", write(tmp_path, content))
    assert answer.returncode == 1
    assert answer.stdout == "2 stored, 0 known already, 6 bad\n"
    named = [line.split(":")[0] for line in answer.stderr.splitlines()]
    assert named == [f"line {number}" for number in range(5, 11)]
    assert "9.9" in answer.stderr
    assert [opinion.imported_id for opinion in opinions(database)] == ["good", "last"]


def test_bad_json_and_bytes_that_are_no_characters_are_bad_rows(
    command: Command, database: Database, tmp_path: Path
) -> None:
    content = b"".join(
        [
            b"{not json\n",
            b"[1, 2]\n",
            as_jsonl(row(id="nul", text="a\0b")),
            as_jsonl(row(id="list", text=["a"])),
            as_jsonl(row(id="good")).replace("过渡费".encode(), b"\xff\xfe"),
            as_jsonl(row(id="last")),
        ]
    )
    answer = command("import", write(tmp_path, content, "ledger.jsonl"), environ={"LC_ALL": "zh_CN.UTF-8"})
    assert answer.returncode == 1
    assert [line.split("：")[0] for line in answer.stderr.splitlines()] == [
        f"第 {number} 行" for number in range(1, 6)
    ]
    assert [opinion.imported_id for opinion in opinions(database)] == ["last"]


@pytest.mark.parametrize("content", [b"", b"a,b,c\n1,2,3\n", b"\x89PNG\r\n\x1a\n\0\0", "编号,内容\n".encode()])
def test_what_is_no_ledger_is_refused_in_one_line(
    command: Command, database: Database, tmp_path: Path, content: bytes
) -> None:
    answer = command("import", write(tmp_path, content))
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (1, "", 1)
    assert opinions(database) == []


def test_a_file_that_is_not_there_is_one_line(command: Command, tmp_path: Path) -> None:
    answer = command("import", str(tmp_path / "nowhere.csv"))
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert "nowhere.csv" in answer.stderr


def test_a_letter_that_the_ledger_calls_spam_or_off_topic_is_a_case_all_the_same(
    command: Command, database: Database, tmp_path: Path
) -> None:
    rows = (row(id="ad", item="off-topic", kind="spam"), row(id="other", item="off-topic", kind="question"))
    assert command("import", write(tmp_path, as_jsonl(*rows))).stdout == "2 stored, 0 known already, 0 bad\n"
    with database.reading() as session:
        ad, other = session.scalars(sa.select(Case).order_by(Case.id))
        assert (ad.shelf, ad.kind, ad.item.key) == (Shelf.SPAM, Kind.SUGGESTION, "general")
        assert spam.sentences(spam.kept(ad.spam_signals)) == ["The ledger that it was imported from calls it spam"]
        assert (other.shelf, other.kind, other.item.key) == (Shelf.OPEN, Kind.QUESTION, "general")
        lines = sa.select(Event.case_id, Event.action, Event.after).where(Event.case_id.is_not(None))
        assert [tuple(line) for line in session.execute(lines.order_by(Event.id))] == [
            (ad.id, Action.RECEIVED, _received("post", ledger_item="off-topic", ledger_kind="spam")),
            (ad.id, Action.SPAM_MARKED, None),
            (other.id, Action.RECEIVED, _received("post", ledger_item="off-topic")),
        ]


def _received(channel: str, **labels: str) -> dict[str, Any]:
    return {"opinion": 1, "channel": channel, **labels}


@pytest.mark.shared
def test_all_the_labelled_opinions_go_in(command: Command, database: Database) -> None:
    file = SHARED / "opinions" / "dev.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    answer = command("import", str(file))
    assert (answer.returncode, answer.stdout) == (0, f"{len(rows)} stored, 0 known already, 0 bad\n")
    assert [opinion.text for opinion in opinions(database)] == [one["text"] for one in rows]
    with database.reading() as session:
        marked = sa.select(Opinion.imported_id).join(Opinion.case).where(Case.is_spam)
        assert set(session.scalars(marked)) == {one["id"] for one in rows if one["kind"] == "spam"}


@pytest.mark.parametrize("module", ["feedback.cli", "mail_ingest"])
def test_a_person_at_a_terminal_sees_the_bar_reach_its_end(
    process_environ: dict[str, str], python: str, tmp_path: Path, module: str
) -> None:
    file = write(tmp_path, b"Subject: x\n\nx\n" if module == "mail_ingest" else as_csv(row()), "one.eml")
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    importing = [python, "-m", module, "import", file]
    with subprocess.Popen(importing, env=process_environ, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError), os.fdopen(ours, "rb", buffering=0) as terminal:  # the other end is closed
            while more := terminal.read(4096):
                shown += more
    assert running.returncode == 0, shown
    assert b"100%" in shown


def test_a_workbook_that_unpacks_too_large_is_to_be_split(command: Command, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ledger.xlsx", "w", zipfile.ZIP_DEFLATED) as book, book.open("a", "w") as member:
        for _each in range(129):
            member.write(bytes(1024 * 1024))
    ended = command("import", str(tmp_path / "ledger.xlsx"))
    assert ended.returncode == 1
    assert "Please split it into several files." in ended.stderr
