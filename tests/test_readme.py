"""The two READMEs tell the truth about settings and commands, and tell the same."""

import re

import click
import pytest
from pydantic_core import PydanticUndefined

from feedback.cli import commands
from feedback.config import Settings
from tests.conftest import ROOT

READMES = ("README.md", "README.zh-CN.md")
ROW = re.compile(r"^\| `([A-Z_0-9]+)` \| ([^|]*) \|", re.MULTILINE)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READMES)
def test_every_setting_is_in_the_table_and_no_other(name: str) -> None:
    listed = [setting for setting, _default in ROW.findall(text_of(name))]
    assert sorted(listed) == sorted(str(field.alias) for field in Settings.model_fields.values())


@pytest.mark.parametrize("name", READMES)
def test_the_defaults_are_those_of_the_program(name: str) -> None:
    shown = dict(ROW.findall(text_of(name)))
    for field in Settings.model_fields.values():
        default = field.default
        if isinstance(default, bool):
            default = "on" if default else "off"
        if isinstance(default, tuple):
            default = ",".join(default)
        if default not in (None, "", PydanticUndefined) and field.alias != "FEEDBACK_DATA_DIR":
            assert shown[str(field.alias)] == f"`{default}`", field.alias


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_named(name: str) -> None:
    text = text_of(name)
    for command in commands.list_commands(click.Context(commands)):
        assert f"`feedback {command}" in text, command


def test_both_have_the_same_pictures_links_and_examples() -> None:
    for pattern in (r"docs/[\w./-]+", r"`(?:make|feedback|python -m|\.ci)[^`]*`", r"^## ", r"^\| `"):
        english, chinese = (re.findall(pattern, text_of(name), re.MULTILINE) for name in READMES)
        different = {one for one in set(english) ^ set(chinese) if not re.search("NAME|TEXT|姓名|理由", one)}
        assert different == set(), pattern
        assert len(english) == len(chinese), pattern


@pytest.mark.parametrize("name", [*READMES, "docs/production.md", "docs/architecture.md", "docs/reliability.md"])
def test_every_file_that_is_linked_is_there(name: str) -> None:
    folder = (ROOT / name).parent
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text_of(name)):
        if not target.startswith("http"):
            assert (folder / target).exists(), target
