"""A clock for the processes of a house that a test can move while they run. What counts seconds goes on evenly."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("moved_clock.c")


class Clock:
    """Only the time of day moves, as when somebody sets it."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            pytest.skip("no C compiler is installed")
        library = folder / "moved_clock.so"
        made = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE)]
        subprocess.run(made, check=True, capture_output=True)
        self._file = folder / "clock"
        self._file.write_bytes(struct.pack("q", 0))
        self.environ = {"LD_PRELOAD": str(library), "CLOCK_FILE": str(self._file)}

    def set(self, hours: float) -> None:
        """So many hours ahead of this machine's clock, or behind it."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("q", round(hours * 3600)))
