"""HTML of a message is shown without anything that acts, loads, or takes time."""

import ast
import time
from pathlib import Path

import pytest

from feedback import sanitize

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>steal()</script>",
        "<body onload='steal()'>x</body>",
        "<a href='javascript:steal()'>x</a>",
        "<a href='java\u200bscript:steal()'>x</a>",
        "<a href='&#106;avascript:steal()'>x</a>",
        "<a href='data:text/html,steal'>x</a>",
        "<img src='http://tracker.example/steal.gif'>",
        "<img src='//tracker.example/steal.gif'>",
        "<div style='background:url(http://tracker.example/steal)'>x</div>",
        "<style>@import 'http://tracker.example/steal.css'</style>",
        "<table background='http://tracker.example/steal.gif'><tr><td>x</td></tr></table>",
        "<form action='http://tracker.example/steal'><input name=a></form>",
        "<iframe src='http://tracker.example/steal'></iframe>",
        "<svg><image href='http://tracker.example/steal'/></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=steal()></style></mglyph></table></mtext></math>",
        "<noscript><p title='</noscript><img src=x onerror=steal()>'></noscript>",
        "<video src='http://tracker.example/steal'></video><object data='steal'></object><embed src='steal'>",
        "<meta http-equiv=refresh content='0;url=http://tracker.example/steal'><base href='http://steal.example'>",
        "<link rel=stylesheet href='http://tracker.example/steal'>",
    ],
)
def test_nothing_acts_or_loads(hostile: str) -> None:
    assert "steal" not in sanitize.clean(hostile)


def test_own_pictures_and_tables_stay() -> None:
    page = (
        '<p>公示<b>金额</b></p><table><tbody><tr><td colspan="2">2760元</td></tr></tbody></table><img src="cid:a@b">'
    )
    assert sanitize.clean(page) == page


def test_links_tell_their_target_nothing() -> None:
    assert 'rel="noopener noreferrer nofollow"' in sanitize.clean('<a href="https://example.com/">x</a>')


@pytest.mark.parametrize(
    "page",
    [
        "<a " * 100_000,
        "<div>" * 200_000 + "x",
        "<b><i>" * 100_000,
        "&" * 300_000,
        "<p title='" * 30_000,
        "<" * 300_000,
    ],
    ids=["open tags", "nested", "inline nested", "ampersands", "quotes", "brackets"],
)
def test_hostile_html_takes_no_time(page: str) -> None:
    started = time.perf_counter()
    sanitize.clean(page)
    assert time.perf_counter() - started < 5


def test_no_other_module_imports_a_cleaner() -> None:
    importing = set()
    for path in [*ROOT.glob("feedback/**/*.py"), *ROOT.glob("mail_ingest/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if {name.partition(".")[0] for name in names} & {"bleach", "nh3"}:
                importing.add(path.relative_to(ROOT).as_posix())
    assert importing == {"feedback/sanitize.py"}
