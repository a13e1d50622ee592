"""What docs/postfix.md sets in Postfix's own defence is set, and works: TLS, postscreen, limits, signatures."""

import contextlib
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dkim
import pytest

from tests import relays
from tests.mail_ingest import doors, postfixes
from tests.mail_ingest.postfixes import Postfix

INTAKE = "intake@feedback.example.com"
# Addresses that Postfix does not take for its own machine's; an address that it has once found good it remembers.
HASTY, PATIENT, SMUGGLER, CROWD, NAMELESS, RELAYING = (f"127.0.0.{number}" for number in range(2, 8))

pytestmark = pytest.mark.skipif(bool(postfixes.why_not()), reason=postfixes.why_not() or "-")
needs_opendkim = pytest.mark.skipif(
    not shutil.which("opendkim") or not shutil.which("opendkim-genkey"),
    reason="opendkim is not installed (on Debian: apt install opendkim opendkim-tools)",
)


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    """Without a listener behind it: what it takes stays in its queue."""
    with postfixes.running(relays.free_port()) as running:
        yield running


def stranger(postfix: Postfix, address: str) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", postfix.port, "client.example.com", timeout=30, source_address=(address, 0))


def test_postfix_has_nothing_against_its_settings(postfix: Postfix) -> None:
    assert postfix.warnings() == ""


def test_mail_comes_in_over_tls(postfix: Postfix) -> None:
    before = postfix.waiting()
    with postfix.client() as client:
        client.starttls(context=trusting(postfix))
        client.sendmail("wang@example.com", [INTAKE], doors.message())
    assert postfix.waiting() == before + 1
    assert "Untrusted TLS" not in postfix.log


def trusting(postfix: Postfix) -> ssl.SSLContext:
    """Accepts the certificate that the guide puts in place, and no other."""
    context = ssl.create_default_context(cafile=str(postfix.certificate))
    context.check_hostname = False
    return context


def test_a_sender_who_talks_before_he_is_greeted_gets_nothing_in(postfix: Postfix) -> None:
    commands = f"EHLO client.example.com\r\nMAIL FROM:<>\r\nRCPT TO:<{INTAKE}>\r\nQUIT\r\n"
    before = postfix.waiting()
    with socket.create_connection(("127.0.0.1", postfix.port), 30, (HASTY, 0)) as hasty:
        hasty.sendall(commands.encode())
        said = b"".join(iter(lambda: hasty.recv(4096), b"")).decode()
    assert "550 5.5.1 Protocol error" in said
    assert postfix.waiting() == before


def test_a_sender_who_waits_to_be_greeted_gets_in(postfix: Postfix) -> None:
    before = postfix.waiting()
    with stranger(postfix, PATIENT) as client:
        client.sendmail("", [INTAKE], doors.message())
    assert postfix.waiting() == before + 1


def test_a_message_does_not_end_at_a_bare_newline(postfix: Postfix) -> None:
    before = postfix.waiting()
    smuggled = f"MAIL FROM:<>\r\nRCPT TO:<{INTAKE}>\r\nDATA\r\nSubject: 2\r\n\r\n2\r\n.\r\n"
    with stranger(postfix, SMUGGLER) as client:
        client.ehlo()
        client.mail("")
        client.rcpt(INTAKE)
        assert client.docmd("DATA")[0] == 354
        client.send(b"Subject: 1\r\n\r\n1\n.\r\n" + smuggled.encode())
        assert client.getreply()[0] == 250
    assert postfix.waiting() == before + 1


def test_one_address_may_not_hold_all_lines(postfix: Postfix) -> None:
    with contextlib.ExitStack() as crowd:
        calls = [
            crowd.enter_context(socket.create_connection(("127.0.0.1", postfix.port), 30, (CROWD, 0)))
            for _number in range(21)
        ]
        assert calls[-1].recv(4096).startswith(b"421 4.7.0")


def test_a_sender_to_whom_nobody_could_answer_is_refused(postfix: Postfix) -> None:
    with stranger(postfix, NAMELESS) as client:
        assert client.docmd("MAIL", "FROM:<wang@example.com>")[0] == 503  # who does not say who he is
        client.ehlo()
        client.mail("wang@intranet")
        assert client.rcpt(INTAKE)[0] == 504
    with stranger(postfix, RELAYING) as client:
        client.ehlo()
        client.mail("")
        assert client.rcpt("wang@elsewhere.example.net")[0] in (454, 554)


@contextlib.contextmanager
def signer() -> Iterator[tuple[int, bytes]]:
    """opendkim with the guide's settings on a port of its own, and the record of its key."""
    folder, port = Path(tempfile.mkdtemp(prefix="huiyin-dkim-")), relays.free_port()
    words = ["opendkim-genkey", "-b", "2048", "-D", str(folder), "-d", "feedback.example.com", "-s", "2026"]
    subprocess.run(words, check=True, timeout=60)
    lines = postfixes.documented("opendkim.conf").replace("/etc/dkimkeys", str(folder)).replace(":8891@", f":{port}@")
    lines = lines.replace("/run/opendkim", str(folder)).replace("UserID opendkim\n", "").replace("Syslog yes\n", "")
    (folder / "opendkim.conf").write_text(lines + "RequireSafeKeys no\n")  # below /tmp, where all may write
    subprocess.run(["opendkim", "-n", "-x", str(folder / "opendkim.conf")], check=True, timeout=60)
    process = subprocess.Popen(["opendkim", "-f", "-x", str(folder / "opendkim.conf")])
    try:
        doors.wait_until(lambda: listens(port))
        record = (folder / "2026.txt").read_text()
        yield port, "".join(record.split('"')[1::2]).encode()
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@needs_opendkim
def test_what_goes_out_is_signed_and_what_comes_in_is_not() -> None:
    answer = doors.message("已经恢复供水。", From=INTAKE, To="wang@example.com")
    with signer() as (port, record), relays.running() as relay, relays.running() as listener:
        route = relay.url.replace("smtp://127.0.0.1", "smtp:[127.0.0.1]")
        inwards = listener.url.replace("smtp://127.0.0.1", "feedback.example.com=smtp:[127.0.0.1]")
        maps = f"inline:{{ {inwards} }}"
        with postfixes.running(relays.free_port(), port, default_transport=route, transport_maps=maps) as postfix:
            assert postfix.send(answer, "wang@example.com", sender=INTAKE)[0] == 250
            assert postfix.send(doors.message(), INTAKE)[0] == 250
            doors.wait_until(lambda: relay.received and listener.received)
    sent = relay.received[0].as_bytes()
    assert dkim.verify(sent, dnsfunc=lambda name, timeout=5: record if name.startswith(b"2026._domainkey") else None)
    assert listener.received[0]["DKIM-Signature"] is None


def test_what_goes_out_goes_out_while_the_signer_is_away() -> None:
    with relays.running() as relay:
        route = relay.url.replace("smtp://127.0.0.1", "smtp:[127.0.0.1]")
        with postfixes.running(relays.free_port(), default_transport=route) as postfix:
            assert postfix.send(doors.message(From=INTAKE), "wang@example.com", sender=INTAKE)[0] == 250
            doors.wait_until(lambda: relay.received)
