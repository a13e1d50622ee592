"""A listener that is killed in the middle of a large mail: what it has left is shown, and swept at the next start."""

import smtplib

from feedback import file_store
from feedback.db import Database
from feedback.files import Draft
from tests.faults.houses import House, wait_until
from tests.mail_ingest.doors import INTAKE

LINE = b"a" * 98 + b"\r\n"
HALF = LINE * 50_000  # 5 MB of 10


def test_half_a_mail_is_named_and_swept(house: House, database: Database) -> None:
    def drafts() -> list[Draft]:
        return file_store.drafting(database.settings)

    house.open("smtp")
    client = smtplib.SMTP("127.0.0.1", house.smtp, timeout=60)
    client.ehlo()
    client.mail("wang@example.com")
    client.rcpt(INTAKE)
    assert client.docmd("DATA")[0] == 354
    client.send(HALF)
    wait_until(lambda: drafts() and drafts()[0].size > 4_000_000, what="half a mail on the disk")
    assert "being written" in house.command("check").stdout
    house.kill("smtp")
    client.close()
    assert [draft.is_left for draft in drafts()] == [True]
    checked = house.command("check")
    assert (checked.returncode, checked.stdout.count("left by a crash")) == (0, 1), checked.stdout
    house.open("smtp")
    assert drafts() == []
    assert "draft" not in house.command("check").stdout
    assert house.stop("smtp") == [0]
