"""What the listener and the filing processes count is found by whoever asks the web for the figures."""

import smtplib
import time

import pytest

from feedback import metrics
from feedback.config import Settings
from feedback.db import Database
from feedback.models import FilingState
from tests.mail_ingest import doors, ledger


def counted(settings: Settings) -> dict[str, float]:
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in metrics.collected(settings)
        for sample in family.samples
    }


def test_what_was_taken_refused_and_filed_is_counted(
    process_environ: dict[str, str], database: Database, settings: Settings, python: str
) -> None:
    before = counted(settings)
    with doors.process(process_environ, [python, "-m", "mail_ingest"]) as listener:
        for number in range(3):
            assert listener.send(doors.message(Message_ID=f"<{number}@example.com>"))[0] == 250
        with pytest.raises(smtplib.SMTPRecipientsRefused), smtplib.SMTP("127.0.0.1", listener.port) as client:
            client.sendmail("a@example.com", ["nobody@example.com"], b"Subject: x\r\n\r\nx\r\n")
        doors.wait_until(lambda: set(ledger.states(database)) == {FilingState.FILED})
        time.sleep(0.1)
        assert listener.stop() == 0
    after = counted(settings)
    for name, more in (
        ("huiyin_intake_total email 250", 3),
        ("huiyin_intake_total email 550", 1),
        ("huiyin_accept_seconds_count email", 3),
        ("huiyin_filing_seconds_count filed", 3),
        ("huiyin_mail_group_sum email", 3),
    ):
        assert after[name] - before.get(name, 0) == more, name
    assert (after["huiyin_processes smtp"], after["huiyin_processes filing"]) == (1, 1)
