"""The drill of docs/production.md and deploy/rehearse-upgrade work on a copy, and leave the house's bucket alone."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from obstore.store import S3Store

from feedback import db
from feedback.config import Settings
from feedback.submissions import StoredFile
from tests import buckets, factories
from tests.conftest import ROOT, for_process

FOLDERS = ("/opt/huiyin", "/var/lib/huiyin", "/var/backups/huiyin", "/run/huiyin-", "/etc/huiyin")
# Does what deploy/feedback asks of systemd: the settings of each file, a later one over an earlier one.
SYSTEMD_RUN = """\
#!/bin/sh
while :; do
    case "$1" in
    --property=EnvironmentFile=*)
        while IFS= read -r line; do export "${line?}"; done <"${1#--property=EnvironmentFile=}" ;;
    --*) ;;
    *) exec "$@" ;;
    esac
    shift
done
"""

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def server() -> Iterator[buckets.Server]:
    with buckets.serving() as started:
        yield started


def moved(text: str, root: Path) -> str:
    """A script for a machine whose root lies in `root`, and which has no user of the name huiyin."""
    for folder in FOLDERS:
        text = text.replace(folder, f"{root}{folder}")
    return text.replace("-o huiyin -g huiyin ", "")


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def house(environ: dict[str, str], server: buckets.Server, tmp_path: Path) -> Iterator[db.Database]:
    """A house with two opinions and a file, which lies in a bucket; its settings stand in /etc/huiyin.env."""
    root = tmp_path / "machine"
    for folder in ("run", "etc", "var/lib/huiyin", "var/backups/huiyin"):
        (root / folder).mkdir(parents=True)
    given = {**environ, **server.environ("house")}
    (root / "etc" / "huiyin.env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    for version in ("current", "2"):
        python = f'#!/bin/sh\ncd {ROOT} && exec {sys.executable} -m feedback.cli "$@"\n'
        program(root / "opt" / "huiyin" / version / "bin" / "feedback", python)
    program(root / "bin" / "feedback", moved((ROOT / "deploy" / "feedback").read_text(), root))
    program(root / "bin" / "systemd-run", SYSTEMD_RUN)
    connected = db.connect(Settings.from_env(given))
    sha256 = connected.files.store(b"words")
    with connected.writing() as session:
        factories.receipt(session, attachments=(StoredFile("a.txt", "text/plain", 5, sha256),))
        factories.receipt(session)
    yield connected
    connected.engine.dispose()


@pytest.fixture
def root(house: db.Database, tmp_path: Path) -> Callable[[str], str]:
    """Whoever sits at that machine as root: runs a script and returns what it says."""
    machine = tmp_path / "machine"
    environ = for_process({})
    environ["PATH"] = f"{machine / 'bin'}:{environ['PATH']}"

    def ran(script: str) -> str:
        command = ["sh", "-eu", "-c", moved(script, machine)]
        told = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120)
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout + told.stderr

    return ran


def objects(server: buckets.Server) -> dict[str, object]:
    """When each object of the bucket was last written."""
    keys = {"access_key_id": buckets.KEY, "secret_access_key": buckets.SECRET}
    store = S3Store("house", endpoint=server.endpoint, client_options={"allow_http": True}, **keys)
    return {found["path"]: found["last_modified"] for found in store.list().collect()}


def test_the_rehearsal_of_an_upgrade_leaves_the_bucket_alone(
    house: db.Database, root: Callable[[str], str], server: buckets.Server, tmp_path: Path
) -> None:
    server.overwrite("house", f"house/files/ab/ab{'0' * 62}", b"came in after the backup")
    before = objects(server)
    said = root((ROOT / "deploy" / "rehearse-upgrade").read_text().replace("$1", "2"))
    assert "The upgrade can be done." in said
    assert objects(server) == before
    assert (tmp_path / "machine/var/backups/huiyin/before-2/manifest.json").exists()
    assert list((tmp_path / "machine/var/lib/huiyin").iterdir()) == []
    assert list((tmp_path / "machine/run").iterdir()) == []


def test_the_drill_needs_no_bucket_at_all(
    house: db.Database, root: Callable[[str], str], server: buckets.Server
) -> None:
    guide = (ROOT / "docs" / "production.md").read_text("utf-8")
    (drill,) = re.findall(r"^### The drill\n.*?```sh\n(.*?)```", guide, re.MULTILINE | re.DOTALL)
    root("feedback backup /var/backups/huiyin/2026-03-02-023000")
    server.process.kill()
    server.process.wait()
    said = root(drill)
    assert said.splitlines()[-1].strip() == "2", said
