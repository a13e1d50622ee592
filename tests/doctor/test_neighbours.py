"""The doctor on the relay, the scanner and the name server."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dns.resolver
import pytest
from aiosmtpd.smtp import AuthResult

from feedback.doctor import Grade
from tests import clamds, relays
from tests.doctor.visits import called, only
from tests.mail_ingest import name_server
from tests.relays import Relay

pytestmark = pytest.mark.sqlite_only


def visit(environ: dict[str, str], url: str) -> tuple[Grade, str]:
    return only(called(environ, FEEDBACK_RELAY_URL=url), "Mail relay")


def test_a_relay_that_answers_is_good_and_gets_no_mail(environ: dict[str, str]) -> None:
    with relays.running() as relay:
        assert visit(environ, relay.url)[0] is Grade.GOOD
    assert relay.received == []


def test_a_relay_that_is_away_is_bad(environ: dict[str, str]) -> None:
    grade, said = visit(environ, f"smtp://user:secret@127.0.0.1:{relays.free_port()}")
    assert (grade, "ConnectionRefusedError" in said, "secret" in said) == (Grade.BAD, True, False)


def test_a_relay_without_encryption_is_given_no_password_and_is_bad(environ: dict[str, str]) -> None:
    with relays.running() as relay:
        grade, said = visit(environ, relay.url.replace("//", "//user:secret@"))
    assert (grade, "offers no encryption" in said) == (Grade.BAD, True)


def test_a_relay_whose_certificate_does_not_fit_is_bad(environ: dict[str, str], tmp_path: Path) -> None:
    with relays.running(tls_context=relays.server_context(tmp_path)) as relay:
        grade, said = visit(environ, relay.url.replace("//127.0.0.1", "//user:secret@localhost"))
    assert (grade, "self-signed certificate" in said) == (Grade.BAD, True)


def test_a_wrong_password_is_bad(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Relay, *_told: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    monkeypatch.setattr(Relay, "sign_in", refuse)
    context = relays.server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with relays.running(tls_context=context) as relay:
        grade, said = visit(environ, relay.url.replace("//127.0.0.1", "//user:secret@localhost"))
    assert (grade, "refuses the user name or the password (535)" in said) == (Grade.BAD, True)


def test_a_scanner_that_is_away_is_bad(environ: dict[str, str], tmp_path: Path) -> None:
    grade, said = only(called(environ, FEEDBACK_CLAMD=str(tmp_path / "clamd.sock")), "Virus scanner")
    assert (grade, "FileNotFoundError" in said) == (Grade.BAD, True)


@contextmanager
def mute() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].close())
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_something_else_in_place_of_the_scanner_is_bad(environ: dict[str, str]) -> None:
    with mute() as address:
        assert only(called(environ, FEEDBACK_CLAMD=address), "Virus scanner")[0] is Grade.BAD


@pytest.mark.skipif(
    not clamds.is_installed(), reason="ClamAV is not installed (on Debian: apt install clamav-daemon)"
)
def test_a_real_scanner_is_good(environ: dict[str, str]) -> None:
    with clamds.real() as address:
        assert only(called(environ, FEEDBACK_CLAMD=address), "Virus scanner")[0] is Grade.GOOD


def test_a_name_server_that_answers_is_good_whatever_it_says(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with name_server.serving(monkeypatch, {}):
        assert only(called(environ, FEEDBACK_MAIL_DNS="on"), "Name server")[0] is Grade.GOOD


def test_no_name_server_is_noted(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = dns.resolver.Resolver(configure=False)
    nobody.nameservers, nobody.port = ["127.0.0.1"], relays.free_port()
    monkeypatch.setattr(dns.resolver, "default_resolver", nobody)
    grade, said = only(called(environ, FEEDBACK_MAIL_DNS="on"), "Name server")
    assert (grade, "FEEDBACK_MAIL_DNS=off" in said) == (Grade.NOTE, True)
