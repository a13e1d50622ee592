"""Log lines: one for each event, and nothing in them that a citizen sent."""

import subprocess

SCRIPT = """
import logging
from feedback import logs
logs.set_up()
log = logging.getLogger("feedback.example")
log.info("received case=%s", "2026-000001")
logging.getLogger("mail.log").warning("MAIL FROM wang@example.com")
try:
    raise ValueError("bad header: wang@example.com\\nsecond line")
except ValueError:
    log.exception("not filed raw_message=%s", 7)
try:
    open("/nowhere/at/all")
except OSError:
    log.exception("not kept")
"""


def lines(python: str, environ: dict[str, str]) -> list[str]:
    ended = subprocess.run([python, "-c", SCRIPT], env=environ, capture_output=True, text=True, check=True)
    return ended.stderr.splitlines()


def test_one_line_for_each_event(python: str, process_environ: dict[str, str]) -> None:
    received, failed, away = lines(python, process_environ)
    assert 'level=info logger=feedback.example event="received case=2026-000001"' in received
    assert 'event="not filed raw_message=7" fault=ValueError' in failed
    assert "<string>:9 <module>" in failed
    assert 'fault="FileNotFoundError: No such file or directory"' in away


def test_the_words_of_an_exception_are_not_written_out(python: str, process_environ: dict[str, str]) -> None:
    assert "wang@example.com" not in "\n".join(lines(python, process_environ))
