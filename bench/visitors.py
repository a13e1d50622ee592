"""Visitors of a web server, as a process of their own: `python -m bench.visitors` with the work as JSON on its input.

Each of them keeps one connection and asks again as soon as it has its answer. The output is JSON, too: the seconds
that each answer took, one list for all, and those of the whole.
"""

import http.client
import json
import random
import re
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field

BOUNDARY = "---------------------------bench"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Errand:
    """Asking for `path`, or posting `fields` there, by `visitors` for `seconds`; anything but `status` is a fault."""

    port: int
    path: str
    visitors: int
    seconds: float
    status: int = 200
    fields: dict[str, str] = field(default_factory=dict)
    # As through a proxy, each from an address of its own, another one in each walk: limits count by address.
    is_forwarded: bool = False


@dataclass(frozen=True)
class Walked:
    """`took` are the seconds of each answer, in rising order."""

    took: list[float]
    whole: float

    @property
    def rate(self) -> float:
        return len(self.took) / self.whole

    def slowest(self, share: float) -> float:
        """The seconds within which all but this share of the answers came."""
        return self.took[min(len(self.took) - 1, int(len(self.took) * (1 - share)))]


def walk(errand: Errand) -> Walked:
    """Send the visitors out. Raises CalledProcessError where one of them met with another status."""
    asked = json.dumps(asdict(errand))
    ended = subprocess.run(
        [sys.executable, "-m", "bench.visitors"], input=asked, stdout=subprocess.PIPE, text=True, check=True
    )
    return Walked(**json.loads(ended.stdout))


def main() -> None:
    errand = Errand(**json.loads(sys.stdin.read()))
    took: list[float] = []
    faults: list[str] = []
    network = f"10.{random.randrange(256)}.{random.randrange(256)}"
    requests = [_request(errand, f"{network}.{number + 1}") for number in range(errand.visitors)]
    begin = threading.Barrier(errand.visitors + 1)
    visitors = [
        threading.Thread(target=_visit, args=(errand, request, begin, took, faults), daemon=True)
        for request in requests
    ]
    for visitor in visitors:
        visitor.start()
    begin.wait()
    started = time.perf_counter()
    for visitor in visitors:
        visitor.join()
    whole = time.perf_counter() - started
    if faults:
        sys.exit(faults[0])
    json.dump(asdict(Walked(sorted(took), whole)), sys.stdout)


def _request(errand: Errand, address: str) -> bytes:
    """The bytes that one visitor sends again and again: with the cookie and token of a form fetched before."""
    head = f"Host: 127.0.0.1:{errand.port}\r\n"
    if errand.is_forwarded:
        head += f"X-Forwarded-For: {address}\r\n"
    if not errand.fields:
        return f"GET {errand.path} HTTP/1.1\r\n{head}\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", errand.port, timeout=30)
    connection.request("GET", errand.path)
    answer = connection.getresponse()
    cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
    token = TOKEN.search(answer.read().decode())
    connection.close()
    assert token, "no form to post"
    fields = {"csrf_token": token[1], **errand.fields}
    parts = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    body = ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()
    head += f"Cookie: {cookie}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
    return f"POST {errand.path} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _visit(errand: Errand, request: bytes, begin: threading.Barrier, took: list[float], faults: list[str]) -> None:
    with socket.create_connection(("127.0.0.1", errand.port), timeout=60) as connection:
        begin.wait()
        until = time.perf_counter() + errand.seconds
        while (started := time.perf_counter()) < until and not faults:
            connection.sendall(request)
            status = _status(connection)
            took.append(time.perf_counter() - started)
            if status != errand.status:
                faults.append(f"{errand.path} answered {status} instead of {errand.status}")


def _status(connection: socket.socket) -> int:
    """Read one whole answer."""
    read = bytearray()
    while (end := read.find(b"\r\n\r\n")) < 0:
        read += _some(connection)
    head = bytes(read[:end]).lower()
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    missing = end + 4 + length - len(read)
    while missing > 0:
        missing -= len(_some(connection))
    return int(head.split(b" ", 2)[1])


def _some(connection: socket.socket) -> bytes:
    received = connection.recv(1 << 18)
    if not received:
        raise ConnectionError("the server hung up")
    return received


if __name__ == "__main__":
    main()
