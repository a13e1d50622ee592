"""The process in which files are read, `python -m feedback.legible.child`: `reading.Reader` starts it.

Standard input brings the files, each with its length before it; for each of them a line goes out. It knows no key and
no database, has bounded memory and time, and cannot write a file: whatever a file does to it, the next one has a new
one.
"""

import json
import logging
import os
import resource
import struct
import sys
from dataclasses import asdict
from typing import BinaryIO

from feedback import confinement
from feedback.legible import content, limits

# Whatever else is done goes before it.
NICENESS = 10
LENGTH = struct.Struct(">Q")


def main() -> None:
    files, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints is no answer.
    os.dup2(2, 1)
    logging.disable()
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    confinement.confine(limits.MOST_MEMORY)
    try:
        while length := files.read(LENGTH.size):
            _answer(files.read(*LENGTH.unpack(length)), answers)
    except MemoryError:
        os._exit(confinement.OUT_OF_MEMORY)


def _answer(sent: bytes, answers: BinaryIO) -> None:
    with confinement.ends_after(limits.SECONDS, seconds_of_work=limits.SECONDS_OF_WORK):
        found = content.read(sent)
    answers.write(json.dumps(asdict(found)).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
