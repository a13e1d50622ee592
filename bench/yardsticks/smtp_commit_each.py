"""aiosmtpd as one would write it at first: parse each message, commit one row for it, then say 250.

`python -m bench.yardsticks.smtp_commit_each PORT FILE`
"""

import asyncio
import email
import email.policy
import sqlite3
import sys

from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.yardsticks.smtp_nothing import main


class CommitEach:
    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS mail (id INTEGER PRIMARY KEY, sender TEXT, subject TEXT, text TEXT, raw BLOB)"
        )

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text = message.get_body(("plain",))
        row = (envelope.mail_from, str(message["subject"]), text.get_content() if text else "", envelope.content)
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO mail (sender, subject, text, raw) VALUES (?, ?, ?, ?)", row)
        self._connection.execute("COMMIT")
        return "250 OK"


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), CommitEach(sys.argv[2])))
