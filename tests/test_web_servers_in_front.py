"""nginx and Caddy, run for real with the files of deploy/: what passes, and what residents see where nothing can."""

import contextlib
import http.client
import http.server
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback.config import Settings
from feedback.web.opinions import READ_UP_TO
from tests import relays
from tests.conftest import ROOT
from tests.mail_ingest import doors

DEPLOY = ROOT / "deploy"
SLOW = "/slow"


class _Program(http.server.BaseHTTPRequestHandler):
    """Stands where the program listens: says what came to it, and is slow when asked to be."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == SLOW:
            threading.Event().wait(3)
        self._say("\n".join(f"{name}: {value}" for name, value in self.headers.items()))

    def do_POST(self) -> None:
        left = whole = int(self.headers["Content-Length"])
        while left and (read := len(self.rfile.read(min(65536, left)))):
            left -= read
        self._say(str(whole - left))

    def _say(self, words: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words.encode())

    def log_message(self, *_words: object) -> None:
        pass


@contextlib.contextmanager
def _program(port: int) -> Iterator[None]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), _Program)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _nginx(folder: Path, port: int, program: int) -> list[str]:
    certificate, key = relays.certificate(folder)
    lines = (DEPLOY / "nginx.conf").read_text().replace("/etc/ssl/huiyin/feedback.pem", str(certificate))
    lines = lines.replace("/etc/ssl/huiyin/feedback.key", str(key)).replace(":8000;", f":{program};")
    lines = lines.replace("proxy_read_timeout 120s", "proxy_read_timeout 1s")
    lines = re.sub(r" *listen \[::\]:.*\n", "", lines)
    lines = lines.replace("listen 443", f"listen 127.0.0.1:{port}").replace(
        "listen 80;", f"listen {relays.free_port()};"
    )
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\nuser root;\npid {folder}/pid;\nerror_log {folder}/log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{lines}}}\n"
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "log")]


def _nginx_before_hosts(folder: Path, port: int, program: int) -> list[str]:
    """As section 11 of docs/production.md has it; the second host is away."""
    command = _nginx(folder, port, program)
    hosts = (DEPLOY / "nginx-hosts.conf").read_text()
    hosts = hosts.replace("192.0.2.11:8000", f"127.0.0.1:{program}")
    hosts = hosts.replace("192.0.2.12:8000", f"127.0.0.1:{relays.free_port()}")
    own = (folder / "nginx.conf").read_text().replace(f"http://127.0.0.1:{program}", "http://huiyin")
    (folder / "nginx.conf").write_text(own.replace("http {\n", f"http {{\n{hosts}", 1))
    return command


def _caddy(folder: Path, port: int, program: int) -> list[str]:
    lines = (DEPLOY / "Caddyfile").read_text().replace(":8000 ", f":{program} ")
    lines = lines.replace("response_header_timeout 120s", "response_header_timeout 1s")
    lines = lines.replace("feedback.example.com {", f"http://feedback.example.com:{port} {{")
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + lines)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


class Front:
    def __init__(self, port: int, *, is_tls: bool) -> None:
        self._port, self._is_tls = port, is_tls

    def ask(self, method: str, path: str, content: bytes = b"") -> tuple[int, dict[str, str], str]:
        """Status, headers and text. The headers and what of the body is taken are sent before the answer is read."""
        trusting = ssl._create_unverified_context()
        connection = (
            http.client.HTTPSConnection("127.0.0.1", self._port, timeout=60, context=trusting)
            if self._is_tls
            else http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        )
        with contextlib.closing(connection):
            with contextlib.suppress(ConnectionError, ssl.SSLEOFError):  # refused before the whole of it was sent
                connection.request(method, path, content, {"Host": "feedback.example.com"})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def program_port() -> int:
    return relays.free_port()


@pytest.fixture(scope="module", params=["nginx", "nginx before hosts", "caddy"])
def front(
    request: pytest.FixtureRequest, program_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    kind: str = request.param
    name = kind.partition(" ")[0]
    if shutil.which(name, path=f"{Path('/usr/sbin')}:{Path('/usr/bin')}") is None:
        pytest.skip(f"{name} is not installed (on Debian: apt install {name})")
    folder, port = tmp_path_factory.mktemp(name), relays.free_port()
    command = {"nginx": _nginx, "nginx before hosts": _nginx_before_hosts, "caddy": _caddy}[kind](
        folder, port, program_port
    )
    homes = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env={"PATH": "/usr/sbin:/usr/bin", **homes})
    try:
        doors.wait_until(lambda: _listens(port))
        yield Front(port, is_tls=name == "nginx")
    finally:
        process.terminate()
        process.wait()


def test_residents_read_in_chinese_first_that_the_program_is_away(front: Front) -> None:
    status, headers, page = front.ask("POST", "/opinions/new", b"words")
    assert (status, headers["Retry-After"]) == (503, "60")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert 0 < page.index("系统正在维护") < page.index("Please try again")


@pytest.fixture
def program(program_port: int) -> Iterator[None]:
    with _program(program_port):
        yield


@pytest.mark.usefixtures("program")
def test_residents_read_that_the_program_does_not_answer(front: Front) -> None:
    status, headers, page = front.ask("GET", SLOW)
    assert (status, headers["Retry-After"]) == (503, "60")
    assert "系统正在维护" in page


@pytest.mark.usefixtures("program")
def test_a_form_as_large_as_may_be_and_one_that_the_program_shows_again_reach_it(front: Front) -> None:
    limit: int = Settings.model_fields["max_message_bytes"].default
    for size in (limit, READ_UP_TO * limit):
        assert front.ask("POST", "/opinions/new", b"x" * size)[::2] == (200, str(size))


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize("size", [111_000_000, 250_000_000])
def test_residents_read_that_a_form_is_much_too_large(front: Front, size: int) -> None:
    status, headers, page = front.ask("POST", "/opinions/new", b"x" * size)
    assert (status, headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert 0 < page.index("附件过大") < page.index("Too large")


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_what_is_for_watchers_is_shut_off(front: Front, path: str) -> None:
    assert front.ask("GET", path)[0] == 404


@pytest.mark.usefixtures("program")
def test_the_program_learns_who_asks_and_under_which_number(front: Front) -> None:
    told = front.ask("GET", "/")[2]
    assert re.search(r"^X-Forwarded-For: 127\.0\.0\.1$", told, re.MULTILINE)
    assert re.search(r"^X-Request-ID: [0-9a-f-]{32,36}$", told, re.MULTILINE | re.IGNORECASE)
