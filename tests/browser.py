"""A real Chromium in front of a real server: for the ways that residents and clerks go with a mouse or a keyboard.

Fixtures: `live` (address of a running house), `browse` (opens a page with chosen context options), `page`,
`page_without_scripts`. `faults(page)` is what axe-core finds on a page.
"""

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from feedback.config import Settings
from feedback.web import create_app

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text()
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
SECONDS_TO_LEAVE = 30.0


def _chromium_path() -> str:
    """Skips where no Chromium is installed; in CI nothing may be left out, so there it fails."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    reason = f"no Chromium is installed (looked for {', '.join(NAMES)})"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason)
    pytest.skip(reason)


# For one module at a time: while Playwright runs, its event loop keeps other tests from asyncio.run().
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = _chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Live:
    """A house that serves on a free port of this machine; `address` has no slash at its end."""

    def __init__(self, settings: Settings) -> None:
        listening = make_server("127.0.0.1", 0, _not_yet, threaded=True)
        self.address = f"http://127.0.0.1:{listening.server_port}"
        self.settings = settings.model_copy(update={"port": listening.server_port, "public_url": self.address})
        self.app = create_app(self.settings)
        self._door = Door(self.app)
        listening.app = self._door
        self._server = listening
        self._thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._door.close()
        self.app.extensions["database"].engine.dispose()


def _not_yet(_environ: dict[str, Any], _start: Callable[..., Any]) -> list[bytes]:
    raise AssertionError("asked before the house was open")


class Door:
    """The way into a house that waits, once closed, for those who are inside.

    Werkzeug's server does not: what a page asks for as it is left would hold a connection to a database that is gone.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._inside = 0
        self._is_open = True
        self._changed = threading.Condition()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        with self._changed:
            if not self._is_open:
                start_response("503 Service Unavailable", [])
                return []
            self._inside += 1
        try:
            return self._whole(environ, start_response)
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def _whole(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Each answer's files are closed before it is sent: where a browser breaks off, the server never would."""
        body = ClosingIterator(self._app(environ, start_response))
        with contextlib.closing(body):
            return [b"".join(body)]

    def close(self) -> None:
        with self._changed:
            self._is_open = False
            assert self._changed.wait_for(lambda: self._inside == 0, SECONDS_TO_LEAVE), "a request did not end"


@pytest.fixture
def live(settings: Settings) -> Iterator[Live]:
    """The house of this test, open. For other settings build `Live(settings.model_copy(update=…))` yourself."""
    house = Live(settings)
    yield house
    house.stop()


@pytest.fixture
def browse(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`browse(viewport=…, java_script_enabled=…)` opens a page with cookies of its own.

    At the end it fails if a script broke or the content security policy stopped something.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(**options: Any) -> Page:
        context = chromium.new_context(**{"viewport": PHONE, "locale": "zh-CN", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said.type, said.text) else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _is_complaint(kind: str, text: str) -> bool:
    """A page that answers 4xx on purpose is reported as a failed resource; that is none."""
    return kind == "error" and "the server responded with a status of" not in text


@pytest.fixture
def page(browse: Callable[..., Page]) -> Page:
    return browse()


@pytest.fixture
def page_without_scripts(browse: Callable[..., Page]) -> Page:
    return browse(java_script_enabled=False)


def faults(page: Page) -> list[str]:
    """`rule: the elements` for each fault that axe-core finds, at the page's width. Needs JavaScript."""
    page.evaluate(AXE)  # not add_script_tag: the policy of our pages blocks that
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']}: {[node['target'] for node in fault['nodes']]} {fault['nodes'][0]['failureSummary']}"
        for fault in found["violations"]
    ]


CONTROLS = frozenset(
    {"button", "link", "textbox", "searchbox", "combobox", "listbox", "checkbox", "radio", "spinbutton"}
)


def nameless(page: Page) -> list[str]:
    """What a screen reader would call nothing but by its kind, also in what is folded: `role: its beginning`."""
    page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    tree = page.context.new_cdp_session(page)
    controls = [node for node in tree.send("Accessibility.getFullAXTree")["nodes"] if _said(node, "role") in CONTROLS]
    assert controls
    return [
        f"{_said(node, 'role')}: {tree.send('DOM.getOuterHTML', {'backendNodeId': node['backendDOMNodeId']})}"
        for node in controls
        if not _said(node, "name")
    ]


def _said(node: dict[str, Any], what: str) -> str:
    return str(node.get(what, {}).get("value", "")).strip()
