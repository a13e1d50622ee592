"""A Postfix of the test's own, from Debian's package: nothing of the machine's own mail system is touched."""

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests import relays
from tests.conftest import ROOT
from tests.mail_ingest import doors
from tests.mail_ingest.doors import Door

DAEMONS = Path("/usr/lib/postfix/sbin")
# What Debian's own main.cf and master.cf say, with folders of the test's own and nothing that leaves the machine.
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.feedback.example.com
mydestination =
mynetworks = 127.0.0.1/32
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
postscreen_greet_wait = 2s
alias_maps =
alias_database =
default_transport = error:nothing leaves this test
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
tlsmgr unix - - n 1000? 1 tlsmgr
smtp unix - - n - - smtp
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def why_not() -> str:
    """Why no Postfix can be started here; empty where one can."""
    if not shutil.which("postfix") or not DAEMONS.is_dir():
        return "Postfix is not installed (on Debian: apt install postfix)"
    return "" if os.geteuid() == 0 else "Postfix must be started as root"


def documented(name: str) -> str:
    """The lines that docs/postfix.md gives for one of Postfix's files."""
    page = (ROOT / "docs" / "postfix.md").read_text("utf-8")
    (lines,) = re.findall(rf"^```{re.escape(name)}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return str(lines)


def as_documented(port: int, command: str) -> list[str]:
    """The words of a `postconf` command of docs/postfix.md, for this port and without a root of its own."""
    page = (ROOT / "docs" / "postfix.md").read_text("utf-8")
    (line,) = re.findall(rf"^postconf {command} .*$", page, re.MULTILINE)
    return [
        word.replace(" y ", " n ").replace("smtp/inet=smtp inet", f"127.0.0.1:{port}/inet=127.0.0.1:{port} inet")
        for word in shlex.split(line)[1:]
    ]


class Postfix(Door):
    def __init__(self, port: int, folder: Path) -> None:
        super().__init__(port)
        self._folder = folder
        self.certificate = folder / "mx.pem"

    def warnings(self) -> str:
        """What Postfix has to say against its own settings."""
        told = [self._told("postconf", "-n"), self._told("postconf", "-M"), self._told("postfix", "check")]
        return "".join(one.stderr for one in told)

    @property
    def log(self) -> str:
        return (self._folder / "log" / "mail.log").read_text()

    def waiting(self) -> int:
        """How many messages stand in the queue. One that is put off while it is listed stands in the list twice."""
        return len({json.loads(line)["queue_id"] for line in self._run("postqueue", "-j").splitlines()})

    def bring_all(self) -> None:
        """What an operator does when the listener is back: try all that waits at once."""
        self._run("postqueue", "-f")

    def _run(self, *command: str) -> str:
        return self._told(*command).stdout

    def _told(self, *command: str) -> subprocess.CompletedProcess[str]:
        name, *options = command
        return subprocess.run(
            [name, "-c", str(self._folder / "etc"), *options], check=True, capture_output=True, text=True
        )


@contextlib.contextmanager
def running(lmtp_port: int, signer_port: int | None = None, **settings: str) -> Iterator[Postfix]:
    """A Postfix that hands mail for intake@feedback.example.com to `lmtp_port`; `settings` over those."""
    # Not below pytest's own folders: Postfix's programs run as another user, who may not enter those.
    folder = Path(tempfile.mkdtemp(prefix="huiyin-postfix-"))
    folder.chmod(0o755)
    port = relays.free_port()
    for name in ("etc", "queue", "data", "log"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    _configure(folder, port, {":8026 ": f":{lmtp_port} ", ":8891": f":{signer_port or relays.free_port()}"})
    postfix = ["postfix", "-c", str(folder / "etc")]
    given = [f"{name}={value}" for name, value in settings.items()]
    try:
        for words in (as_documented(port, "-M"), ["-e", *given] if given else []):
            subprocess.run(
                ["postconf", "-c", str(folder / "etc"), *words], check=True, capture_output=True, text=True
            )
        subprocess.run([*postfix, "start"], check=True, capture_output=True, text=True, timeout=60)
        doors.wait_until(lambda: doors.answers(port))
        yield Postfix(port, folder)
    finally:
        subprocess.run([*postfix, "stop"], check=False, capture_output=True, timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _configure(folder: Path, port: int, changed: dict[str, str]) -> None:
    certificate, key = relays.certificate(folder)
    certificate.rename(folder / "mx.pem")
    key.rename(folder / "mx.key")
    added = documented("main.cf")
    for old, new in {"/etc/postfix": f"{folder}/etc", "/etc/ssl/huiyin": str(folder), **changed}.items():
        assert old in added
        added = added.replace(old, new)
    (folder / "etc" / "main.cf").write_text(MAIN.format(folder=folder, daemons=DAEMONS) + added)
    (folder / "etc" / "huiyin_recipients").write_text(documented("huiyin_recipients"))
    (folder / "etc" / "master.cf").write_text(MASTER.format(port=port))
