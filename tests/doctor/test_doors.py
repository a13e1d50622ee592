"""The doctor at the doors: shut, taken by another program, or open and in order."""

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from feedback.config import Settings
from feedback.doctor import Grade
from feedback.web import create_app
from tests import relays
from tests.doctor.visits import called, only
from tests.mail_ingest import doors

pytestmark = pytest.mark.sqlite_only


@contextmanager
def serving(environ: dict[str, str]) -> Iterator[dict[str, str]]:
    """The web in a thread of this process; gives the settings that name its port."""
    served = {**environ, "PORT": str(relays.free_port())}
    server = make_server("127.0.0.1", int(served["PORT"]), create_app(Settings.from_env(served)), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Stranger(http.server.BaseHTTPRequestHandler):
    status = 404
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_told: object) -> None:
        pass


@contextmanager
def stranger(status: int, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Some other web server, which answers everything with `status`."""
    answering = type("Answering", (_Stranger,), {"status": status})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answering) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def test_shut_doors_are_bad(environ: dict[str, str]) -> None:
    shut = {name: str(relays.free_port()) for name in ("PORT", "FEEDBACK_SMTP_PORT", "FEEDBACK_LMTP_PORT")}
    report = called(environ, **shut)
    for topic, unit in (("Web pages", "huiyin-web"), ("Mail listener", "huiyin-smtp"), ("LMTP", "huiyin-smtp")):
        grade, said = only(report, topic)
        assert grade is Grade.BAD
        assert "Nothing listens" in said
        assert f"systemctl restart {unit}" in said


def test_open_doors_are_good(environ: dict[str, str]) -> None:
    lmtp = {"FEEDBACK_LMTP_PORT": str(relays.free_port())}
    with serving(environ) as served, doors.in_process(environ, **lmtp) as door:
        report = called(served, FEEDBACK_SMTP_PORT=str(door.port), **lmtp)
    assert only(report, "Web pages")[0] is Grade.GOOD
    assert only(report, "LMTP")[0] is Grade.GOOD
    assert "It takes mail for intake@localhost" in only(report, "Mail listener")[1]


def test_the_web_is_asked_by_the_name_that_it_insists_on(environ: dict[str, str]) -> None:
    named = {"FEEDBACK_PUBLIC_URL": "http://feedback.example.com", "FEEDBACK_TRUSTED_HOSTS": "feedback.example.com"}
    with serving({**environ, **named}) as served:
        assert only(called(served), "Web pages")[0] is Grade.GOOD


def test_a_web_that_cannot_store_is_bad(environ: dict[str, str], tmp_path: Path) -> None:
    with serving(environ) as served:
        (tmp_path / "files").write_text("in the way")
        grade, said = only(called(served), "Web pages")
    assert (grade, "cannot store" in said) == (Grade.BAD, True)


def test_another_web_server_at_the_port_is_bad_and_is_named(environ: dict[str, str]) -> None:
    with stranger(404) as port:
        grade, said = only(called(environ, PORT=str(port)), "Web pages")
    assert grade is Grade.BAD
    assert "Something else than Huiyin" in said
    assert "python" in said or "pytest" in said


def test_a_program_that_says_nothing_is_bad_and_is_named(environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = str(silent.getsockname()[1])
        report = called(environ, PORT=port, FEEDBACK_SMTP_PORT=port)
    for topic in ("Web pages", "Mail listener"):
        grade, said = only(report, topic)
        assert grade is Grade.BAD
        assert "does not answer as Huiyin" in said


def test_a_mail_server_that_takes_everything_is_bad(environ: dict[str, str]) -> None:
    with relays.running() as relay:
        grade, said = only(called(environ, FEEDBACK_SMTP_PORT=relay.url.rpartition(":")[2]), "Mail listener")
    assert (grade, "takes mail for strangers" in said) == (Grade.BAD, True)


def test_a_listener_with_former_settings_is_bad(environ: dict[str, str]) -> None:
    with doors.in_process(environ) as door:
        changed = {"FEEDBACK_SMTP_PORT": str(door.port), "FEEDBACK_SMTP_RECIPIENTS": "new@example.com"}
        grade, said = only(called(environ, **changed), "Mail listener")
    assert (grade, "It answers 550 to new@example.com" in said) == (Grade.BAD, True)


def test_nothing_is_left_at_the_listener(environ: dict[str, str], settings: Settings) -> None:
    with doors.in_process(environ) as door:
        called(environ, FEEDBACK_SMTP_PORT=str(door.port))
        report = called(environ)
    assert "Nothing waits" in only(report, "Incoming mail")[1]


def public(environ: dict[str, str], port: int) -> list[tuple[Grade, str]]:
    return called(environ, FEEDBACK_PUBLIC_URL=f"https://localhost:{port}", FEEDBACK_PROXIES="1")["Public address"]


def test_a_certificate_that_browsers_refuse_is_bad(environ: dict[str, str], tmp_path: Path) -> None:
    with stranger(200, relays.server_context(tmp_path)) as port:
        (found,) = public(environ, port)
    assert (found[0], "self-signed certificate" in found[1]) == (Grade.BAD, True)


def test_figures_that_everybody_can_read_are_bad_and_a_certificate_that_runs_out_is_noted(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = relays.server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with stranger(200, context) as port:
        found = public(environ, port)
    assert [grade for grade, _said in found] == [Grade.BAD, Grade.NOTE]
    assert "/metrics" in found[0][1]
    assert "runs out in 0 days" in found[1][1]


def test_a_web_server_in_front_that_finds_nothing_behind_it_is_bad(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = relays.server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with stranger(502, context) as port:
        (found,) = public(environ, port)
    assert (found[0], "answers with 502" in found[1]) == (Grade.BAD, True)


def test_a_public_address_that_cannot_be_reached_from_here_is_noted(environ: dict[str, str]) -> None:
    (found,) = public(environ, relays.free_port())
    assert found[0] is Grade.NOTE
