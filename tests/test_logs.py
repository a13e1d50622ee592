"""Log lines: one for each event, and nothing in them that a citizen sent."""

import json
import subprocess
from typing import Any

IMPORT = "from feedback.config import Settings"
QUOTING = """
import logging
from feedback import logs
logs.set_up()
log = logging.getLogger("gunicorn.error")
log.warning("Invalid request from ip=%s: %s", "203.0.113.7", "GET /track?code=wang")
log.info("Booting worker with pid: %s", 7)
"""
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


# What residents type, in each way that the web and its log could come to hold it.
PERSONAL = ("wang@example.com", "13800000000", "王先生", "安置费", "示例小区", "127.0.0.1", "203.0.113.7")
A_RESIDENT = """
from feedback import logs
from feedback.config import Settings
from feedback.web import create_app
from tests.web import forms
settings = Settings.from_env()
logs.set_up(settings)
client = create_app(settings).test_client()
client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
client.get("/opinions/new?item=王先生")
client.get("/nowhere/13800000000")
code = forms.sent(client, name="王先生", phone="13800000000", email="wang@example.com", address="示例小区1号")
assert forms.send(client, body="", subject="安置费", phone="13800000000x").status_code == 422
assert forms.track(client, code).status_code == 200
assert forms.track(client, "13800000000").status_code == 404
client.post("/opinions/new", data=forms.opinion(name="王先生"), headers={"X-Request-ID": "王先生".encode().hex()})
client.open("/track", method="WANG@EXAMPLE.COM")
print(code, forms.code(client.get("/opinions/receipt").text))
"""


def run(python: str, environ: dict[str, str], script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([python, "-c", script], env=environ, capture_output=True, text=True, check=True)


def lines(python: str, environ: dict[str, str], script: str = SCRIPT) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(python, environ, script).stderr.splitlines()]


def test_one_line_of_json_for_each_event(python: str, process_environ: dict[str, str]) -> None:
    received, failed, away = lines(python, process_environ)
    assert list(received)[:4] == ["at", "level", "logger", "event"]
    del received["at"]
    assert received == {"level": "info", "logger": "feedback.example", "event": "received", "case": "2026-000001"}
    assert (failed["event"], failed["raw_message"], failed["fault"]) == ("not filed", 7, "ValueError")
    assert failed["calls"].startswith("<string>:9 <module>")
    assert away["fault"] == "FileNotFoundError: No such file or directory"


def test_as_text_for_a_person(python: str, process_environ: dict[str, str]) -> None:
    script = SCRIPT.replace("set_up()", "set_up(Settings.from_env())").replace(
        "import logs", "import logs\n" + IMPORT
    )
    received, failed, _away = run(python, process_environ | {"FEEDBACK_LOG": "text"}, script).stderr.splitlines()
    assert 'level=info logger=feedback.example event="received case=2026-000001"' in received
    assert 'event="not filed raw_message=7" fault=ValueError' in failed


def test_the_words_of_an_exception_are_not_written_out(python: str, process_environ: dict[str, str]) -> None:
    assert "wang@example.com" not in run(python, process_environ, SCRIPT).stderr


def test_who_goes_over_a_limit_is_not_named(python: str, process_environ: dict[str, str]) -> None:
    written = run(python, process_environ | {"FEEDBACK_RATELIMIT": "on"}, OVER_A_LIMIT).stderr
    assert "answered" in written
    assert "127.0.0.1" not in written


def test_what_a_resident_types_is_nowhere_in_the_log(python: str, process_environ: dict[str, str]) -> None:
    ended = run(python, process_environ, A_RESIDENT)
    written = [json.loads(line) for line in ended.stderr.splitlines()]
    answered = [line for line in written if line["event"] == "answered"]
    assert {"/opinions/new", "/opinions/receipt", "/track", "none"} == {line["route"] for line in answered}
    assert {line["status"] for line in answered} >= {200, 303, 404, 405, 422, 400}
    for personal in (*PERSONAL, *ended.stdout.split()):
        assert personal.casefold() not in ended.stderr.casefold(), personal


def test_the_lines_of_one_request_have_its_number_and_case(python: str, process_environ: dict[str, str]) -> None:
    written = lines(python, process_environ, A_RESIDENT)
    (received,) = [line for line in written if line["event"] == "received"]
    (stored,) = [line for line in written if line["event"] == "answered" and line.get("case") == received["case"]]
    assert (stored["route"], stored["status"]) == ("/opinions/new", 303)
    refused = [line for line in written if line["logger"] == "flask_wtf.csrf"]
    assert {line["request"] for line in refused} < {
        line["request"] for line in written if line["event"] == "answered"
    }
    assert len({line["request"] for line in written if line["event"] == "answered"}) >= 10


def test_what_the_web_server_quotes_is_left_out(python: str, process_environ: dict[str, str]) -> None:
    warned, told = lines(python, process_environ, QUOTING)
    assert (warned["ip"], told["event"]) == ("…", "Booting worker with pid: 7")
    assert "wang" not in str(warned)
