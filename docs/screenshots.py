"""Takes the pictures of the READMEs: a demo house in a temporary folder, seen with the system's Chromium.

.venv/bin/python docs/screenshots.py
"""

import io
import logging
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from feedback import catalogues, db, demo, upkeep
from feedback.config import Settings
from feedback.models import Opinion
from feedback.web import create_app

IMAGES = Path(__file__).parent / "images"
RESIDENT = {"width": 900, "height": 1100}
CLERK = {"width": 1440, "height": 900}
# The invented opinion that is shown as a case.
SHOWN = "d07"


@contextmanager
def house(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Address, the clerk's password, and the number of the case to show."""
    with make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True) as server:
        environ = {"FEEDBACK_DATA_DIR": str(folder), "PORT": str(server.server_port), "FEEDBACK_CHALLENGE": "off"}
        settings = Settings.from_env(environ)
        catalogues.compile_stale()
        database = db.connect(settings)
        now = datetime.now(UTC)
        upkeep.set_up(database, now=now)
        with database.writing() as session:
            clerk = next(one for one in demo.fill(session, now=now) if one.username == "clerk")
        with database.reading() as session:
            number = session.scalars(sa.select(Opinion).where(Opinion.imported_id == SHOWN)).one().case.number
        server.app = create_app(settings)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield settings.public_url, clerk.password, number
        server.shutdown()
        database.engine.dispose()


def take(page: Page, address: str, name: str) -> None:
    """256 colours are enough for these pages, and a third of the bytes."""
    page.goto(address, wait_until="networkidle")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256).save(IMAGES / f"{name}.png", optimize=True)


def sign_in(page: Page, address: str, password: str) -> None:
    page.goto(f"{address}/staff/login")
    page.fill("[name=username]", "clerk")
    page.fill("[name=password]", password)
    page.click("main [type=submit]")
    page.wait_for_url(f"{address}/staff/**")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with (
        tempfile.TemporaryDirectory() as folder,
        house(Path(folder)) as (address, password, number),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        resident = browser.new_page(viewport=RESIDENT, locale="zh-CN")
        take(resident, f"{address}/", "notice")
        take(resident, f"{address}/opinions/new?item=1.4", "form")
        clerk = browser.new_page(viewport=CLERK, locale="zh-CN")
        sign_in(clerk, address, password)
        take(clerk, f"{address}/staff/", "queue")
        take(clerk, f"{address}/staff/cases/{number}", "case")
        browser.close()


if __name__ == "__main__":
    main()
