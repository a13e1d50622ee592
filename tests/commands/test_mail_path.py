"""`feedback mail-path`: a code from the command line, and what became of it."""

from datetime import timedelta

from feedback import mailroom
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.web import clock
from tests.commands.conftest import Command
from tests.mail_ingest import doors, paths
from tests.mail_ingest.paths import HOPS, MAILBOX, mailed

CHINESE = {"LC_ALL": "zh_CN.UTF-8"}


def test_a_code_from_the_command_is_found_on_its_way_back(
    command: Command, environ: dict[str, str], database: Database
) -> None:
    started = command("mail-path", "start", environ=CHINESE)
    assert (started.returncode, started.stderr) == (0, "")
    (code,) = paths.codes(database)
    assert f"收件人: {MAILBOX}\n主题: 来信通路测试 {code}\n" in started.stdout
    assert "尚未收到" in command("mail-path", "show", environ=CHINESE).stdout
    body = started.stdout.partition(f"主题: 来信通路测试 {code}\n")[2].strip()
    with doors.in_process(environ) as door:
        door.send(mailed(f"来信通路测试 {code}", body, headers=HOPS), sender="SRS0=a=b=example.com=wang@126.com")
    shown = command("mail-path", "show", environ=CHINESE).stdout
    for told in (code, "收到，历时", "经过服务器: 2 ← mail.feedback.example.org", "SRS", "主题完整, 正文完整"):
        assert told in shown, told
    assert "wang" not in shown


def test_a_silence_is_told(command: Command, database: Database) -> None:
    with database.writing() as session:
        mailroom.keep(session, b"x", Envelope(), received_at=clock.now() - timedelta(days=8))
    told = command("mail-path", "show").stdout
    assert "192 hours ago" in told
    assert "longer than usual" in told
