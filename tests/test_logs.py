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

# More posts than one address may send in an hour.
OVER_A_LIMIT = """
from feedback import logs
from feedback.web import create_app
from tests.web import forms
logs.set_up()
client = create_app().test_client()
fields = {"csrf_token": forms.token(client.get("/track").text)}
answers = [client.post("/track/withdraw", data=fields) for _post in range(61)]
assert answers[-1].status_code == 429, answers[-1].status_code
"""


def lines(python: str, environ: dict[str, str], script: str = SCRIPT) -> list[str]:
    ended = subprocess.run([python, "-c", script], env=environ, capture_output=True, text=True, check=True)
    return ended.stderr.splitlines()


def test_one_line_for_each_event(python: str, process_environ: dict[str, str]) -> None:
    received, failed, away = lines(python, process_environ)
    assert 'level=info logger=feedback.example event="received case=2026-000001"' in received
    assert 'event="not filed raw_message=7" fault=ValueError' in failed
    assert "<string>:9 <module>" in failed
    assert 'fault="FileNotFoundError: No such file or directory"' in away


def test_the_words_of_an_exception_are_not_written_out(python: str, process_environ: dict[str, str]) -> None:
    assert "wang@example.com" not in "\n".join(lines(python, process_environ))


def test_who_goes_over_a_limit_is_not_named(python: str, process_environ: dict[str, str]) -> None:
    written = lines(python, process_environ | {"FEEDBACK_RATELIMIT": "on"}, OVER_A_LIMIT)
    assert "127.0.0.1" not in "\n".join(written)
