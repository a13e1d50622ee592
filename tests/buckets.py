"""A real server of the S3 protocol on the loopback, as a process of its own."""

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from obstore.store import S3Store

from tests.mail_ingest.doors import wait_until

KEY, SECRET = "a-key-for-tests", "a-secret-for-tests"


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def endpoint(self) -> str:
        return f"http://{self.host}:{self.port}"

    def environ(self, bucket: str, **options: str) -> dict[str, str]:
        """The settings of a house whose files lie in `bucket`, which is made."""
        self.make(bucket)
        more = "".join(f"&{name}={value}" for name, value in options.items())
        return {
            "FEEDBACK_FILES_URL": f"s3://{bucket}/house?endpoint={self.endpoint}{more}",
            "FEEDBACK_FILES_KEY": KEY,
            "FEEDBACK_FILES_SECRET": SECRET,
        }

    def make(self, bucket: str) -> None:
        self.ask("PUT", bucket)

    def overwrite(self, bucket: str, path: str, content: bytes) -> None:
        keys = {"access_key_id": KEY, "secret_access_key": SECRET}
        S3Store(bucket, endpoint=self.endpoint, client_options={"allow_http": True}, **keys).put(path, content)

    def ask(self, method: str, path: str) -> bytes:
        """A plain request; for buckets as such this server lets anybody in."""
        request = urllib.request.Request(f"{self.endpoint}/{path}", method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", host, "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server = Server(host, port, process)
        wait_until(lambda: _answers(server))
        yield server
    finally:
        process.kill()
        process.wait()


def _answers(server: Server) -> bool:
    try:
        return bool(server.ask("GET", "moto-api/data.json"))
    except OSError:
        return False
