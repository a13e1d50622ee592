"""`feedback search`: what has every word first, most hits before others, then what comes near; not who wrote."""

import json
from typing import Any

from feedback.db import Database
from tests import factories
from tests.commands.conftest import Command


def found(command: Command, *arguments: str) -> list[dict[str, Any]]:
    answer = command("search", *arguments)
    assert answer.returncode == 0, answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_what_has_every_word_comes_first_and_of_that_what_has_most_hits(command: Command, database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, imported_id="once", text="过渡费没有发，和谐佳苑。")
        factories.receipt(session, imported_id="often", text="过渡费！过渡费！和谐佳苑的过渡费！")
        factories.receipt(session, imported_id="subject", subject="过渡费 和谐佳苑", text="见标题。")
        factories.receipt(session, imported_id="half", text="只说过渡费。")
    hits = found(command, "过渡费 和谐佳苑")
    assert [hit["id"] for hit in hits] == ["subject", "often", "once", "half"]
    assert [hit["id"] for hit in found(command, "过渡费 和谐佳苑", "--limit", "1")] == ["subject"]
    assert set(hits[0]) == {"id", "case", "snippet"}


def test_width_and_case_make_no_difference(command: Command, database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, text="㎡前面。" * 30 + "我家在２０２４年的ＡＢＣ项目旁边。").case
        number = case.number
    (hit,) = found(command, "2024 abc")
    assert hit["case"] == number
    assert "２０２４年的ＡＢＣ项目" in hit["snippet"]


def test_names_and_phones_are_not_searched(command: Command, database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session)
    assert found(command, "王先生") == []
    assert found(command, "13800000000") == []


def test_a_query_without_a_word_is_refused(command: Command) -> None:
    answer = command("search", "  ")
    assert (answer.returncode, answer.stderr) == (1, "Please give a word to search for.\n")
