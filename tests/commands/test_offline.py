"""One office machine without Internet: `feedback run` serves every page, and no page needs anything from outside."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands.test_run import STARTED_WITHIN, House, house
from tests.conftest import ROOT

__all__ = ["house"]
VISITOR = Path(__file__).with_name("offline_visitor.py")
ALONE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
# Loopback is down in a new namespace.
UP = "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 0x49)); "


def why_not() -> str:
    if shutil.which("unshare") is None:
        return "unshare is not installed (on Debian: apt install util-linux)"
    able = subprocess.run([*ALONE, sys.executable, "-c", UP], capture_output=True).returncode == 0
    return "" if able else "network namespaces are not allowed here"


@pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
def test_a_machine_without_a_network_serves_everything(house: House) -> None:
    """The house and its visitor are alone in a network of their own: what they asked of others would fail."""
    both = (
        f"{UP}import subprocess, sys, time, urllib.request\n"
        "house = subprocess.Popen([sys.executable, '-m', 'feedback.cli', 'run'])\n"
        f"until = time.monotonic() + {STARTED_WITHIN}\n"
        "while True:\n"
        "    try:\n"
        f"        urllib.request.urlopen('http://127.0.0.1:{house.web}/readyz', timeout=5); break\n"
        "    except OSError:\n"
        "        assert house.poll() is None and time.monotonic() < until; time.sleep(0.3)\n"
        f"visited = subprocess.run([sys.executable, {str(VISITOR)!r}, '{house.web}', '{house.smtp}']).returncode\n"
        "house.terminate(); house.wait(); sys.exit(visited)\n"
    )
    began = time.monotonic()
    answer = subprocess.run(
        [*ALONE, house.python, "-c", both],
        env={**house.environ, "FEEDBACK_MAIL_DNS": "on"},
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=STARTED_WITHIN + 120,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    fetched = [line for line in answer.stdout.splitlines() if line.startswith("http://127.0.0.1")]
    assert len(fetched) > 8, answer.stdout
    assert any(".css" in one for one in fetched)
    assert any(".js" in one for one in fetched)
    assert time.monotonic() - began < STARTED_WITHIN + 120
