"""A command that is typed wrongly is told so in one line, with exit 1, in the person's language."""

import subprocess

import pytest

WRONG = {
    "unknown command": ["feedback.cli", "foo"],
    "unknown role": ["feedback.cli", "user", "add", "eve", "--role", "boss"],
    "limit of nothing": ["feedback.cli", "search", "x", "--limit", "0"],
    "nothing to import": ["mail_ingest", "import"],
}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_a_wrong_command_is_one_line(python: str, process_environ: dict[str, str], arguments: list[str]) -> None:
    ended = subprocess.run(
        [python, "-m", *arguments], env=process_environ, capture_output=True, encoding="utf-8", timeout=120
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.sqlite_only
def test_it_is_said_in_chinese_to_who_speaks_chinese(python: str, process_environ: dict[str, str]) -> None:
    environ = {**process_environ, "LC_ALL": "zh_CN.UTF-8"}
    ended = subprocess.run(
        [python, "-m", "feedback.cli", "foo"], env=environ, capture_output=True, encoding="utf-8", timeout=120
    )
    assert ended.stderr.startswith("命令用法有误")
