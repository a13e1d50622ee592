"""Every act stands in the history in plain words, Chinese and English, and so does each thing that it changed."""

import ast
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from flask_babel import force_locale

from feedback import catalogues
from feedback.db import Database
from feedback.history import record
from feedback.models import Action, Event
from feedback.models.event import ACTION_LABELS
from feedback.web.staff import history_words
from tests import factories
from tests.web.staff.conftest import Enter

ROOT = Path(__file__).resolve().parents[3] / "feedback"


def test_each_act_has_its_words_in_both_languages() -> None:
    for action in Action:
        english = ACTION_LABELS[action]
        chinese = catalogues.said(english, catalogues.CHINESE)
        assert english.isascii(), action
        assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese), action


def recorded() -> Iterator[tuple[str, str]]:
    """Each name in a `before` or `after` that is written into the history, with where it is written."""
    for path in sorted(ROOT.rglob("*.py")):
        source = path.read_text("utf-8")
        if "history.record" not in source and "history.line" not in source and "Given(" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            names = [node.arg] if isinstance(node, ast.keyword) else []
            names += [ast.unparse(one) for one in node.targets] if isinstance(node, ast.Assign) else []
            if {"before", "after"} & set(names):
                yield from _keys(node.value, path)


def _keys(node: ast.AST, path: Path) -> Iterator[tuple[str, str]]:
    for one in ast.walk(node):
        if isinstance(one, ast.Dict):
            yield from ((str(key.value), path.name) for key in one.keys if isinstance(key, ast.Constant))


def test_each_thing_that_an_act_changes_has_its_words(app: Flask) -> None:
    found = set(recorded())
    assert ("bulk", "doing.py") in found
    for language in ("zh_CN", "en"):
        with app.test_request_context(), force_locale(language):
            silent = {(name, where) for name, where in found if not history_words.said(Event(after={name: "x"}))}
            assert silent == set()


def test_a_case_shows_no_bare_word_of_the_store(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, author=None).case
        after = {"opinion": 1, "given": ["name", "phone"]}
        record(session, Action.WRITER_CORRECTED, case_id=case.id, after=after, now=factories.NOW)
        number = case.number
    text = enter().get(f"/staff/cases/{number}").text
    assert "所填信息：姓名 · 联系电话" in text
    assert "phone" not in text.split('class="history"')[1].split("</ol>")[0]


def test_what_stays_is_not_told_as_a_change(app: Flask) -> None:
    stays = Event(before={"state": "declined"}, after={"state": "declined"})
    with app.test_request_context(), force_locale("zh_CN"):
        assert history_words.said(stays) == ["状态：不予受理"]
