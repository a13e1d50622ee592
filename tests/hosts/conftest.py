"""Two hosts that share a PostgreSQL server and a bucket, and nothing else."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback import db
from feedback.config import Settings
from feedback.db import Database
from tests import buckets
from tests.conftest import ROOT, environment
from tests.faults.houses import House, answer, greets, wait_until
from tests.hosts import networks, servers
from tests.hosts.networks import Network, Place
from tests.hosts.servers import Balancer

# Instead of the minute of feedback.patience, so that what a host had locked when it was cut off is free in seconds.
SOON = {
    "options": "-c tcp_keepalives_idle=1 -c tcp_keepalives_interval=1 -c tcp_user_timeout=4000",
    "keepalives_idle": "1",
    "keepalives_interval": "1",
    "tcp_user_timeout": "4000",
    "connect_timeout": "3",
}
NAMESPACES, PROCESSES = "namespaces", "processes"


class Host(House):
    """A house of which only the database and the files are shared with others."""

    def __init__(self, environ: dict[str, str], folder: Path, place: Place) -> None:
        folder.mkdir()
        super().__init__(environ, folder)
        self.place = place
        own = {"FEEDBACK_DATA_DIR": str(folder), "FEEDBACK_HOST": place.address, "FEEDBACK_SMTP_HOST": place.address}
        self.environ |= own

    def start(self, *names: str, prefix: object = (), **changes: str) -> None:
        super().start(*names, prefix=self.place.prefix, **changes)

    @property
    def address(self) -> str:
        return f"http://{self.place.address}:{self.web}"

    def serves(self, name: str) -> bool:
        if name == "smtp":
            return greets(self.smtp, self.place.address)
        return super().serves(name)


class Pair:
    """The two behind their balancers: who writes to them knows only `web` and `smtp`."""

    def __init__(self, hosts: "Hosts", web: Balancer, smtp: Balancer) -> None:
        self.hosts = hosts
        self._web, self._smtp = web, smtp
        self.web, self.smtp = web.port, smtp.port

    def cut_off(self, host: Host) -> None:
        """Its cable is pulled; where it has none, all its processes are killed."""
        if host.place.plug:
            host.place.pull()
        else:
            for name in ("web", "smtp", "worker"):
                for which in reversed(range(len(host.pids(name)))):
                    host.kill(name, which)
        self._web.drop((host.place.address, host.web))
        self._smtp.drop((host.place.address, host.smtp))

    def bring_back(self, host: Host) -> None:
        if host.place.plug:
            host.place.plug_in()
        else:
            host.start("web", "smtp", "worker")
        wait_until(lambda: answer(f"{host.address}/readyz") == 200, what="ready again")
        host.wait_for("smtp")
        self._web.take_back((host.place.address, host.web))
        self._smtp.take_back((host.place.address, host.smtp))


Hosts = tuple[Host, Host]


def pytest_report_header() -> str:
    if networks.may_be_made():
        return "hosts: network namespaces, and sets of processes"
    return "hosts: sets of processes only, for network namespaces may not be made here"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "network" in metafunc.fixturenames:
        ways = [NAMESPACES, PROCESSES] if networks.may_be_made() else [PROCESSES]
        metafunc.parametrize("network", ways, indirect=True, scope="module")


@pytest.fixture(scope="module")
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    if request.param == PROCESSES:
        yield networks.same_machine(2)
        return
    with networks.bridged(2) as made:
        yield made


@pytest.fixture(scope="module")
def shared(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings that both hosts have."""
    with servers.postgresql(network.address) as url, buckets.serving(network.address) as bucket:
        told = url.update_query_dict(SOON).set(drivername="postgresql").render_as_string()
        yield {**environment(tmp_path_factory.mktemp("observer"), told), **bucket.environ("house")}


@pytest.fixture(scope="module")
def hosts(shared: dict[str, str], network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    with standing(shared, network, tmp_path_factory.mktemp("hosts")) as made:
        assert made[0].command("init").returncode == 0
        for host in made:
            host.start("web", "smtp", "worker")
        for name in ("web", "smtp", "worker"):
            for host in made:
                host.wait_for(name)
        yield made


@contextlib.contextmanager
def standing(shared: dict[str, str], network: Network, folder: Path, **changes: str) -> Iterator[Hosts]:
    """Nothing runs on them yet."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "", "LC_ALL": "C.UTF-8", **shared, **changes}
    first, second = [Host(environ, folder / f"host{number}", place) for number, place in enumerate(network.places)]
    try:
        yield first, second
    finally:
        for host in (first, second):
            host.close()


@contextlib.contextmanager
def balanced(hosts: Hosts) -> Iterator[Pair]:
    web = Balancer([(host.place.address, host.web) for host in hosts])
    smtp = Balancer([(host.place.address, host.smtp) for host in hosts])
    with web, smtp:
        yield Pair(hosts, web, smtp)


@pytest.fixture
def pair(hosts: Hosts) -> Iterator[Pair]:
    with balanced(hosts) as made:
        yield made


@pytest.fixture
def observer(shared: dict[str, str]) -> Iterator[Database]:
    """The database, looked at from where no cable is pulled."""
    connected = db.connect(Settings.from_env(shared))
    yield connected
    connected.engine.dispose()
