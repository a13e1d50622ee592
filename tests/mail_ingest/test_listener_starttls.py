"""Encryption on the way in, with a certificate that the operator sets."""

import contextlib
import smtplib
import ssl
import subprocess
from pathlib import Path

import pytest

from feedback.config import Settings
from feedback.db import Database
from feedback.errors import Refusal
from mail_ingest.listener import tls_context
from tests import relays
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.doors import INTAKE, WRITER, Door


@pytest.fixture
def pair(tmp_path: Path) -> dict[str, str]:
    certificate, key = relays.certificate(tmp_path)
    return {"FEEDBACK_SMTP_CERTIFICATE": str(certificate), "FEEDBACK_SMTP_CERTIFICATE_KEY": str(key)}


def test_a_message_comes_in_encrypted(environ: dict[str, str], pair: dict[str, str], database: Database) -> None:
    trust = ssl.create_default_context(cafile=pair["FEEDBACK_SMTP_CERTIFICATE"])
    with doors.in_process(environ, **pair) as door:
        with smtplib.SMTP("localhost", door.port, timeout=60) as client:
            client.ehlo()
            assert client.starttls(context=trust)[0] == 220
            client.ehlo()
            assert "auth" not in client.esmtp_features
            assert "starttls" not in client.esmtp_features
            client.mail(WRITER)
            client.rcpt(INTAKE)
            assert client.data(doors.message())[0] == 250
        assert door.send(doors.message(Message_ID="<2@example.com>"))[0] == 250
    assert len(ledger.opinions(database)) == 2


def test_a_client_that_breaks_off_the_encryption_harms_nobody(environ: dict[str, str], pair: dict[str, str]) -> None:
    with doors.in_process(environ, **pair) as door:
        client = door.client()
        client.ehlo()
        assert client.docmd("STARTTLS")[0] == 220
        client.send(b"this is no handshake\r\n" * 50)
        assert client.sock is not None
        with contextlib.suppress(ConnectionResetError):
            while client.sock.recv(1000):
                pass
        client.close()
        assert door.send(doors.message())[0] == 250


def test_without_a_certificate_encryption_is_not_offered(door: Door) -> None:
    with door.client() as client:
        client.ehlo()
        assert not client.has_extn("starttls")


@pytest.mark.parametrize("missing", ["FEEDBACK_SMTP_CERTIFICATE", "FEEDBACK_SMTP_CERTIFICATE_KEY"])
def test_half_a_pair_is_refused(environ: dict[str, str], pair: dict[str, str], missing: str) -> None:
    del pair[missing]
    with pytest.raises(Refusal, match="FEEDBACK_SMTP_CERTIFICATE"):
        tls_context(Settings.from_env({**environ, **pair}))


def test_one_file_may_hold_the_certificate_and_its_key(environ: dict[str, str], pair: dict[str, str]) -> None:
    certificate = Path(pair["FEEDBACK_SMTP_CERTIFICATE"])
    key = Path(pair.pop("FEEDBACK_SMTP_CERTIFICATE_KEY"))
    certificate.write_text(certificate.read_text() + key.read_text())
    assert tls_context(Settings.from_env({**environ, **pair})) is not None


def test_a_pair_that_does_not_fit_stops_the_start_with_one_line(
    process_environ: dict[str, str], pair: dict[str, str], tmp_path: Path, python: str
) -> None:
    (tmp_path / "other").mkdir()
    pair["FEEDBACK_SMTP_CERTIFICATE_KEY"] = str(relays.certificate(tmp_path / "other")[1])
    command, environ = [python, "-m", "mail_ingest"], {**process_environ, **pair}
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
    assert "FEEDBACK_SMTP_CERTIFICATE" in ended.stderr
