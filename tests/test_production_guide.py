"""docs/production.md shows the very files that lie in deploy/, and the programs that they are for accept them."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from feedback import stopping
from tests import relays
from tests.conftest import ROOT
from tests.mail_ingest import postfixes

DEPLOY = ROOT / "deploy"
GUIDES = [ROOT / "docs" / "production.md", ROOT / "docs" / "postfix.md"]
SHOWN = re.compile(r"^```\w+ (deploy/\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def lacks(program: str) -> bool:
    return shutil.which(program, path=f"{Path('/usr/sbin')}:{Path('/usr/bin')}") is None


def run(*command: str | Path) -> str:
    """What the program says; it must accept what it is given."""
    told = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout + told.stderr


def deployed() -> list[Path]:
    return sorted(path for path in DEPLOY.rglob("*") if path.is_file())


def test_the_guide_shows_files_as_they_are() -> None:
    shown = dict(SHOWN.findall(GUIDES[0].read_text("utf-8")))
    assert len(shown) >= 6
    for name, text in shown.items():
        assert text == (ROOT / name).read_text("utf-8"), name


@pytest.mark.parametrize("name", ["main.cf", "huiyin_recipients", "opendkim.conf"])
def test_the_guide_to_postfix_shows_files_as_they_are(name: str) -> None:
    assert postfixes.documented(name) == (DEPLOY / "postfix" / name).read_text("utf-8")


def test_every_file_is_spoken_of() -> None:
    said = "".join(guide.read_text("utf-8") for guide in GUIDES)
    folders = ("deploy/systemd/. ",)  # copied as a whole
    for path in deployed():
        name = str(path.relative_to(ROOT))
        assert name in said or any(folder in said and name.startswith(folder[:-2]) for folder in folders), name


def test_every_setting_of_the_example_is_one(tmp_path: Path) -> None:
    from feedback.config import Settings

    lines = re.findall(r"^#?([A-Z_]+)=(.*)$", (DEPLOY / "huiyin.env").read_text(), re.MULTILINE)
    given = {name: value for name, value in lines if name != "LANG"}
    assert set(given) <= {field.alias for field in Settings.model_fields.values()}
    settings = Settings.from_env({**given, "FEEDBACK_DATA_DIR": str(tmp_path)})
    assert settings.proxies == 1


@pytest.mark.parametrize("script", ["feedback", "rehearse-upgrade"])
def test_the_scripts_are_executable_and_read_by_the_shell(script: str) -> None:
    path = DEPLOY / script
    assert path.stat().st_mode & 0o111
    run("sh", "-n", path)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The root of a machine with the units, and with files in place of the programs that they start."""
    units = tmp_path / "etc" / "systemd" / "system"
    shutil.copytree(DEPLOY / "systemd", units)
    standing = tmp_path / "usr" / "lib" / "systemd" / "system"
    standing.mkdir(parents=True)
    for unit in Path("/usr/lib/systemd/system").glob("*.target"):
        shutil.copy(unit, standing / unit.name)
    programs = re.findall(r"^Exec\w+=(/\S+)", "".join(one.read_text() for one in units.glob("*.service")), re.M)
    assert len(programs) >= 5
    for program in programs:
        path = tmp_path / program.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o755)
    (tmp_path / "etc" / "huiyin.env").write_text("")
    return tmp_path


needs_systemd = pytest.mark.skipif(
    lacks("systemd-analyze"), reason="systemd is not installed (on Debian: apt install systemd)"
)


@needs_systemd
def test_systemd_accepts_the_units(machine: Path) -> None:
    names = {path.name for path in (DEPLOY / "systemd").iterdir() if path.is_file()}
    assert {"huiyin-filing.service", "tell-failure@.service"} <= names
    assert run("systemd-analyze", "verify", f"--root={machine}", *sorted(names)) == ""


@needs_systemd
@pytest.mark.parametrize("name", ["web", "smtp", "filing", "worker", "backup"])
def test_a_service_that_is_broken_into_can_do_little(machine: Path, name: str) -> None:
    """By systemd's own measure, of 100: a service without any such lines has 96."""
    run(
        "systemd-analyze",
        "security",
        "--offline=true",
        f"--root={machine}",
        "--threshold=20",
        f"huiyin-{name}.service",
    )


def told_by(folder: Path, *, with_mail: bool) -> list[str]:
    """What the unit that tells of a failure hands to the programs in `folder`: words, then standard input."""
    for name in ("sh", "cat"):
        (folder / name).symlink_to(f"/bin/{name}")
    for name in ["logger", "sendmail"][: 1 + with_mail]:
        (folder / name).write_text(f'#!/bin/sh\n(echo {name} "$*"; [ {name} = logger ] || cat) >>{folder}/said\n')
        (folder / name).chmod(0o755)
    unit = (DEPLOY / "systemd" / "tell-failure@.service").read_text("utf-8")
    for line in re.findall(r"^ExecStart=-?/\S+/(.*)$", unit, re.MULTILINE):
        for sign, meant in (("%i", "huiyin-backup"), ("%H", "host-1"), ("%%", "%")):
            line = line.replace(sign, meant)
        run("/usr/bin/env", f"PATH={folder}", *shlex.split(line))
    return (folder / "said").read_text("utf-8").splitlines()


@pytest.mark.parametrize("with_mail", [True, False])
def test_a_backup_that_fails_is_told_in_the_log_and_by_mail(tmp_path: Path, *, with_mail: bool) -> None:
    assert "OnFailure=tell-failure@%N.service" in (DEPLOY / "systemd" / "huiyin-backup.service").read_text()
    said = told_by(tmp_path, with_mail=with_mail)
    assert said[0].startswith("logger --priority daemon.err")
    assert "huiyin-backup has failed on host-1" in said[0]
    if with_mail:
        assert said[1:4] == [
            "sendmail root@localhost",
            "Subject: huiyin-backup has failed on host-1",
            "Content-Type: text/plain; charset=utf-8",
        ]
        assert (said[4], "主机 host-1 上的 huiyin-backup 未能完成" in said[5]) == ("", True)
    else:
        assert len(said) == 1


@pytest.mark.parametrize("name", ["web", "smtp", "filing", "worker"])
def test_systemd_kills_only_what_did_not_end_by_itself(name: str) -> None:
    unit = (DEPLOY / "systemd" / f"huiyin-{name}.service").read_text()
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert stopping.SECONDS_TO_FINISH < stopping.SECONDS_UNTIL_KILLED < int(seconds)


@pytest.mark.skipif(lacks("nginx"), reason="nginx is not installed (on Debian: apt install nginx)")
def test_nginx_accepts_its_lines(tmp_path: Path) -> None:
    certificate, key = relays.certificate(tmp_path)
    lines = (DEPLOY / "nginx.conf").read_text()
    lines = lines.replace("/etc/ssl/huiyin/feedback.pem", str(certificate))
    lines = lines.replace("/etc/ssl/huiyin/feedback.key", str(key))
    lines = re.sub(r"(listen (?:\[::\]:)?)(?:443|80)\b", lambda found: f"{found[1]}{relays.free_port()}", lines)
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/log;\nevents {{}}\nhttp {{\naccess_log off;\n{lines}}}\n"
    )
    said = run("nginx", "-t", "-p", tmp_path, "-c", whole)
    assert "warn" not in said


@pytest.mark.skipif(lacks("caddy"), reason="Caddy is not installed (on Debian: apt install caddy)")
def test_caddy_accepts_its_lines() -> None:
    said = run("caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile")
    assert "Valid configuration" in said
    assert '"warn"' not in said
