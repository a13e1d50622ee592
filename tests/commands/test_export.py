"""`feedback export jsonl`: the whole ledger, and identities only for a reason that is recorded."""

import json
from pathlib import Path

import sqlalchemy as sa

from feedback.db import Database
from feedback.models import Action, Event
from tests import factories
from tests.commands.conftest import Command


def test_it_writes_a_file_or_standard_output(command: Command, database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        factories.receipt(session)
    assert command("export", "jsonl", str(tmp_path / "out.jsonl")).returncode == 0
    printed = command("export", "jsonl", "-").stdout
    assert printed == (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert json.loads(printed)["author"] is None
    assert "王先生" not in printed


def test_identities_need_a_reason_which_is_recorded(command: Command, database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session)
    refused = command("export", "jsonl", "-", "--with-identity")
    assert (refused.returncode, refused.stdout) == (1, "")
    answer = command("export", "jsonl", "-", "--with-identity", "--reason", "逐一回访")
    author = json.loads(answer.stdout)["author"]
    assert author == {"name": "王先生", "address": "wang@example.com", "phone": "13800000000"}
    with database.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.action == Action.EXPORTED)).one()
    assert event.note == "逐一回访"
    assert event.after is not None
    assert event.after["with_identity"] is True
    assert event.after["operator"]


def test_a_folder_that_is_not_there_is_one_line(command: Command, tmp_path: Path) -> None:
    answer = command("export", "jsonl", str(tmp_path / "nowhere" / "out.jsonl"))
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.stderr
