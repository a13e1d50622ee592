"""From kept mail to queued cases: one filing process against the bare reading of the same mails.

A house with mail that waits is made for each round; the process is timed from the first claim to the last case, for
its start is no part of the rate.
"""

import contextlib
import functools
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from sqlalchemy import Select, func, select

from bench.rounds import Reach, Result, Scale, compare
from bench.wording import Wording
from bench.yardsticks import email_parse
from feedback import db, mailroom, upkeep
from feedback.config import Settings
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Filing, FilingState

ROOT = Path(__file__).parent.parent
SIZES = {"3 KB": (3_000, 300.0, 2_000), "1 MB": (1_000_000, 20.0, 60)}
INTAKE = "intake@localhost"
# In base64 and with its headers that makes 3 KB.
TEXT_BYTES = 1_800


def measure(scale: Scale) -> Iterator[Result]:
    for name, (size, least, count) in SIZES.items():
        mails = letters(int(count * min(1.0, scale.seconds / 2)), size)
        what = f"kept mail to queued case, {name}, one filing process"
        sides = functools.partial(filed, mails), functools.partial(email_parse.rate, mails)
        compared = compare(what, "a second", Reach("at least", 0.4), *sides, rounds=scale.rounds)
        yield compared
        yield Result(what, "a second", Reach("at least", least), compared.ours)


def letters(count: int, size: int) -> list[bytes]:
    """Mails of about `size` bytes of as many writers; what is beyond a letter's text is an attached file."""
    chance = random.Random(size)
    words = Wording(chance)
    return [_letter(number, size, words, chance) for number in range(count)]


def _letter(number: int, size: int, words: Wording, chance: random.Random) -> bytes:
    made = EmailMessage(policy=SMTP)
    made["Received"] = "from mx.example.com (192.0.2.1) by mx.example.org; Mon, 2 Mar 2026 17:30:01 +0800"
    made["From"] = f"王先生 <writer{number}@example.com>"
    made["To"] = INTAKE
    made["Subject"] = f"关于过渡安置费的意见（{number}）"
    made["Date"] = "Mon, 02 Mar 2026 17:30:00 +0800"
    made["Message-ID"] = f"<{number}.{size}@example.com>"
    text = words.text()
    while len(text.encode()) < TEXT_BYTES:
        text += f"\n{words.text()}"
    made.set_content(text[: TEXT_BYTES // 3], cte="base64")
    if size > 10_000:
        made.add_attachment(chance.randbytes(size * 73 // 100), "application", "pdf", filename="材料.pdf")
    return made.as_bytes()


def filed(mails: Sequence[bytes]) -> float:
    """How many of `mails` a second one filing process makes cases of."""
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as folder:
        environ = {**os.environ, "FEEDBACK_DATA_DIR": folder, "DATABASE_URL": "", "FEEDBACK_MAIL_DNS": "off"}
        database = db.connect(Settings.from_env(environ))
        upkeep.set_up(database, now=datetime.now(UTC))
        with _filing_process(environ):
            # The first one is filed before the clock runs.
            _keep(database, mails[:1])
            filed = select(func.count()).select_from(Filing).where(Filing.state == FilingState.FILED)
            _wait_until(database, filed, 1)
            _keep(database, mails[1:])
            # A listener would wake it; without one it looks once a second.
            _wait_until(database, select(func.count()).select_from(Filing).where(Filing.claimed_by.is_not(None)), 1)
            began = time.perf_counter()
            _wait_until(database, filed, len(mails))
            seconds = time.perf_counter() - began
        database.engine.dispose()
    return (len(mails) - 1) / seconds


@contextlib.contextmanager
def _filing_process(environ: dict[str, str]) -> Iterator[None]:
    log = Path(environ["FEEDBACK_DATA_DIR"]) / "filing.log"
    with log.open("wb") as lines:
        running = subprocess.Popen([sys.executable, "-m", "mail_ingest", "file"], env=environ, cwd=ROOT, stderr=lines)
        try:
            yield
        finally:
            running.terminate()
            running.wait()


def _keep(database: Database, mails: Sequence[bytes]) -> None:
    """All of them in one transaction, so that none is filed before the last one is there."""
    envelope = Envelope("writer@example.com", (INTAKE,), "192.0.2.1", "mx.example.com")
    sealed = [mailroom.seal(database.vault, database.files, content, envelope) for content in mails]
    with database.writing() as session:
        mailroom.add_all(session.connection(), sealed, received_at=datetime.now(UTC))


def _wait_until(database: Database, counted: Select[tuple[int]], count: int) -> None:
    while True:
        with database.reading() as session:
            if (session.scalar(counted) or 0) >= count:
                return
        time.sleep(0.02)
