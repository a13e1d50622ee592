"""/readyz says no soon after a fault and yes soon after its end, and holds no thread meanwhile."""

import resource
import threading
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest
import sqlalchemy as sa

from feedback.db import Database
from tests import factories
from tests.faults import houses, servers
from tests.faults.houses import House, wait_until
from tests.faults.test_locked_database import SOON, held

POLLERS = 20
# The look, the time for which it is remembered, and as much again for a machine with other work to do.
WITHIN = 30.0


def said(house: House) -> tuple[int, str]:
    """What /readyz answers."""
    try:
        with urllib.request.urlopen(f"{house.address}/readyz", timeout=30) as given:
            return given.status, given.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def is_ready(house: House) -> bool:
    return said(house)[0] == 200


@pytest.mark.sqlite_only
def test_while_another_program_holds_the_database_watchers_park_no_threads(house: House, database: Database) -> None:
    assert database.file is not None
    house.open("web")
    wait_until(lambda: is_ready(house), WITHIN, "being ready")
    is_over = threading.Event()

    def poll() -> None:
        while not is_over.wait(0.2):
            said(house)

    pollers = [threading.Thread(target=poll) for _poller in range(POLLERS)]
    for poller in pollers:
        poller.start()
    try:
        with held(database.file):
            wait_until(lambda: not is_ready(house), WITHIN, "being not ready")
            for path in ("/healthz", "/", "/healthz", "/"):
                began = time.monotonic()
                assert houses.answer(f"{house.address}{path}") == 200
                assert time.monotonic() - began < SOON
        wait_until(lambda: is_ready(house), WITHIN, "being ready again")
    finally:
        is_over.set()
        for poller in pollers:
            poller.join()


@pytest.mark.sqlite_only
def test_a_row_that_cannot_be_written_to_the_log_is_noticed(house: House, database: Database) -> None:
    """Its file is small enough for the limit, the log is not: only a commit finds that out."""
    house.open("web")
    wait_until(lambda: is_ready(house), WITHIN, "being ready")
    with database.writing() as session:
        for _opinion in range(20):
            factories.receipt(session)
    _limit(house, 8192)
    wait_until(lambda: not is_ready(house), WITHIN, "being not ready")
    assert said(house) == (503, "the database cannot be written\n")
    _limit(house, resource.RLIM_INFINITY)
    wait_until(lambda: is_ready(house), WITHIN, "being ready again")


def _limit(house: House, octets: int) -> None:
    for pid in house.pids("web"):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (octets, resource.RLIM_INFINITY))


@pytest.mark.postgresql_only
def test_a_commit_that_waits_for_a_standby_for_ever_is_noticed(engine: str, tmp_path: Path) -> None:
    with servers.running() as server, houses.standing(servers.house_on(server, tmp_path), tmp_path) as house:
        house.open("web")
        wait_until(lambda: is_ready(house), WITHIN, "being ready")
        _tell(server.url, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        wait_until(lambda: not is_ready(house), WITHIN, "being not ready")
        assert said(house) == (503, "the database cannot be written\n")
        _tell(server.url, "ALTER SYSTEM RESET synchronous_standby_names")
        wait_until(lambda: is_ready(house), WITHIN, "being ready again")


def _tell(url: sa.URL, statement: str) -> None:
    administrator = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(sa.text(statement))
        connection.execute(sa.text("SELECT pg_reload_conf()"))
    administrator.dispose()
