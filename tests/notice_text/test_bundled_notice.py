"""The notice that comes with the program: facts as printed, running text in words of its own."""

import difflib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from feedback import notice_text
from feedback.notice_text import ItemText, NoticeText

HERE = Path(__file__).parent
SHARED = Path(__file__).resolve().parents[3] / "shared" / "notice"
LONGEST_COPY = 40


@pytest.fixture(scope="module")
def bundled() -> NoticeText:
    raw = files("feedback").joinpath("bundled/notice.txt").read_bytes()
    return notice_text.read(notice_text.decode(raw))


@pytest.fixture(scope="module")
def printed() -> NoticeText:
    return notice_text.read(notice_text.decode((SHARED / "notice.txt").read_bytes()))


def _items(notice: NoticeText) -> list[ItemText]:
    return [item for section in notice.sections for item in section.items]


def _figures(item: ItemText) -> list[tuple[str, str]]:
    return sorted((figure.value, figure.unit) for figure in item.figures)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_bundled_outline_is_the_frozen_one(bundled: NoticeText) -> None:
    assert notice_text.outline(bundled) == _json(HERE / "bundled_outline.json")


def test_bundled_items_keep_their_figures(bundled: NoticeText) -> None:
    first = {item.key: item for item in _items(bundled)}["2.2"]
    printed = [figure.value + figure.unit for figure in first.figures]
    assert printed == ["29人", "52人", "162.99万元", "52.38万元"]


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="../shared/notice is absent")
class TestBesideThePrintedNotice:
    def test_both_have_the_expected_outline(self, bundled: NoticeText, printed: NoticeText) -> None:
        expected = _json(SHARED / "expected.json")
        assert notice_text.outline(printed) == expected
        assert notice_text.outline(bundled) == expected

    def test_every_printed_figure_is_kept(self, bundled: NoticeText, printed: NoticeText) -> None:
        for kept, original in zip(_items(bundled), _items(printed), strict=True):
            assert _figures(kept) == _figures(original)

    def test_no_running_text_is_copied(self, bundled: NoticeText, printed: NoticeText) -> None:
        for kept, original in zip(_items(bundled), _items(printed), strict=True):
            texts = difflib.SequenceMatcher(None, kept.text, original.text, autojunk=False)
            match = texts.find_longest_match()
            assert match.size <= LONGEST_COPY, kept.text[match.a : match.a + match.size]
