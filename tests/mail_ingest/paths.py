"""A probe on its way: the ready-made mail as a private mailbox sends it, and what mailboxes in between make of it."""

from collections.abc import Sequence
from email.utils import format_datetime

from feedback import probes
from feedback.db import Database
from feedback.models import PathProbe, PathSample
from feedback.path_shapes import Shape
from feedback.probes import Script
from feedback.web import clock
from tests.mail_ingest.messages import encoded

MAILBOX = "zmdkfqbgs@126.com"  # of the bundled notice
WRITER = "王先生 <wang@example.com>"
HOPS = (
    "Received: from mx1.126.example by mail.feedback.example.org with ESMTP; Mon, 2 Mar 2026 17:30:09 +0800",
    "Received: from wang-pc.example.com by mx1.126.example with SMTP; Mon, 2 Mar 2026 17:30:05 +0800",
)
# What no rule in code knows: To is ours, From the mailbox, and two headers of the provider's own.
OWN_WAY = ("X-Auto-Forward-By: zmdkfqbgs@126.com", "X-Auto-Forward-Writer: wang@example.com")
OWN_WAY_SENDER = f"=?utf-8?b?5pW05pS5?= <{MAILBOX}>"


def issued(database: Database) -> Script:
    with database.writing() as session:
        return probes.script(probes.start(session, now=clock.now()))


def mailed(
    subject: str, text: str, *, sender: str = "wang@example.com", to: str = MAILBOX, headers: Sequence[str] = ()
) -> bytes:
    lines = [
        *headers,
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {encoded(subject)}",
        f"Date: {format_datetime(clock.now())}",
        f"Message-ID: <{abs(hash((subject, text, tuple(headers))))}@example.com>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + text.replace("\n", "\r\n")).encode()


def shapes(database: Database) -> list[Shape]:
    with database.reading() as session:
        return [Shape.from_json(one.shape) for one in session.query(PathSample).order_by(PathSample.raw_message_id)]


def codes(database: Database) -> list[str]:
    with database.reading() as session:
        return [one.code for one in session.query(PathProbe).order_by(PathProbe.id)]
