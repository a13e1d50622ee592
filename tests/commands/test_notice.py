"""`feedback notice`: the contract's outline, and what is no notice leaves the published one alone."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback.db import Database
from feedback.models import Notice
from tests.commands.conftest import Command
from tests.conftest import SHARED
from tests.test_notices import LATER


def shown(command: Command) -> dict[str, object]:
    answer = command("notice", "show", "--json")
    assert answer.returncode == 0, answer.stderr
    outline: dict[str, object] = json.loads(answer.stdout)
    return outline


@pytest.mark.shared
def test_the_published_text_gives_the_expected_outline(command: Command, tmp_path: Path) -> None:
    expected = json.loads((SHARED / "notice" / "expected.json").read_text(encoding="utf-8"))
    assert shown(command) == expected  # the bundled one has the same facts
    (tmp_path / "later.txt").write_text(LATER, encoding="gb18030")
    command("notice", "import", str(tmp_path / "later.txt"))
    assert command("notice", "import", str(SHARED / "notice" / "notice.txt")).returncode == 0
    assert shown(command) == expected


def test_a_notice_comes_from_standard_input_too_and_only_once(command: Command) -> None:
    first = command("notice", "import", "-", text=LATER)
    assert (first.returncode, first.stderr) == (0, "")
    assert "关于示例整改情况的通报" in first.stdout
    assert shown(command)["channels"] == {
        "phone": "0000-1234567",
        "post": {"address": "示例路1号", "postcode": "000000", "envelope_remark": None},
        "email": "notice@example.com",
    }
    assert "already" in command("notice", "import", "-", text=LATER).stdout


@pytest.mark.parametrize(
    "content", [b"", b"Hello\n", b"\x89PNG\r\n\x1a\n\0\0\0", "今天天气很好。\n".encode(), b"\xff" * 500]
)
def test_what_is_no_notice_is_refused_in_one_line_and_the_published_one_stays(
    command: Command, database: Database, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "notice.txt").write_bytes(content)
    answer = command("notice", "import", str(tmp_path / "notice.txt"), environ={"LC_ALL": "zh_CN.UTF-8"})
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (1, "", 1)
    assert not answer.stderr.isascii()
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 1


def test_a_file_that_cannot_be_read_is_one_line(command: Command, tmp_path: Path) -> None:
    answer = command("notice", "import", str(tmp_path / "nowhere.txt"))
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert "nowhere.txt" in answer.stderr
