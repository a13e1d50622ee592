"""Scanners for tests: a small one that speaks clamd's protocol, and the real one where it is installed."""

import contextlib
import hashlib
import shutil
import socket
import socketserver
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

# The harmless file that all scanners take for a virus, put together here lest one of them takes this file for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CONFIGURATION = """\
Foreground yes
LocalSocket {folder}/clamd.sock
DatabaseDirectory {folder}/signatures
StreamMaxLength 1M
"""


class _Scanner(socketserver.StreamRequestHandler):
    """As clamd: a command up to its NUL, pieces with their length in front, a reply up to its NUL."""

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        assert command == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
            if len(content) > 1024 * 1024:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        is_virus = content == EICAR
        self.wfile.write(b"stream: Eicar-Test-Signature.UNOFFICIAL FOUND\0" if is_virus else b"stream: OK\0")


@contextlib.contextmanager
def small() -> Iterator[str]:
    """Its address, host:port."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Scanner) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def is_installed() -> bool:
    return shutil.which("clamd") is not None or Path("/usr/sbin/clamd").exists()


@contextlib.contextmanager
def real() -> Iterator[str]:
    """The path of the socket of a real clamd that knows one virus."""
    with tempfile.TemporaryDirectory(prefix="huiyin-clamd-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "signatures").mkdir()
        digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
        (folder / "signatures" / "test.hdb").write_text(f"{digest}:{len(EICAR)}:Eicar-Test-Signature\n")
        (folder / "clamd.conf").write_text(CONFIGURATION.format(folder=folder))
        command = [shutil.which("clamd") or "/usr/sbin/clamd", "-c", str(folder / "clamd.conf")]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(folder / "clamd.sock", running)
            yield str(folder / "clamd.sock")
        finally:
            running.terminate()
            running.wait(timeout=20)


def _wait_for(path: Path, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while running.poll() is None and time.monotonic() < until:
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.connect(str(path))
            return
        time.sleep(0.1)
    raise AssertionError("clamd did not start")
