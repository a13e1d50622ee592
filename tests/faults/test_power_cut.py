"""The power goes at any moment: what was acknowledged before is on the disk, and the house opens on what is left.

No test can cut the power of this machine. This one takes the order of writes and syncs from the processes' own system
calls and lays out what a disk would have kept that forgets, or half forgets, all that was not synced.
"""

import random
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import db, mailroom, upkeep
from feedback.config import Settings
from feedback.db import Database
from feedback.models import Opinion, RawMessage
from tests.faults import senders, traces
from tests.faults.books import Book
from tests.faults.conftest import LONG
from tests.faults.houses import House
from tests.faults.power_cuts import Disk
from tests.faults.senders import FormSender, MailSender
from tests.faults.traces import Call

CUTS = 400 if LONG else 16
EACH = 12 if LONG else 2
# So that what was written stands in the record whole.
LONGEST = 4_000_000
TOKEN = re.compile(rb"(?:mail|form)-\d+")
ACKNOWLEDGED = (b"250 2.0.0 Kept", b"HTTP/1.1 303")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("door", ["smtp", "web"])
def test_what_was_acknowledged_survives_a_power_cut(
    house: House, environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory, door: str
) -> None:
    book, elsewhere = Book(), tmp_path_factory.mktemp("cut")
    disk = Disk(Path(environ["FEEDBACK_DATA_DIR"]))
    house.open(door, prefix=traces.recorder(elsewhere / "record", longest=LONGEST))
    _write(house, book, door)
    house.stop(door)
    # Promised is what begins to be told; all else has happened when it has ended.
    calls = sorted(traces.read(elsewhere / "record"), key=lambda call: call.began if _tells(call) else call.ended)
    promised: set[str] = set()
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    at = _moments(calls, chance)
    print(f"seed {seed}: {len(at)} cuts among {len(calls)} calls, {len(book.acknowledged)} acknowledged")
    for number, (_call, token) in enumerate(zip(disk.play(calls), _told(calls), strict=True)):
        promised |= {token} - {""}
        if number in at:
            disk.cut(elsewhere / "left", at[number])
            _assert_whole(environ, elsewhere / "left", promised, f"cut after call {number}, seed {seed}")
    assert promised == {one.token for one in book.acknowledged}


def test_of_two_syncs_the_one_that_ends_last_takes_no_name_away(tmp_path: Path) -> None:
    """It began before the name was there; the other one began after that, and had ended already."""
    folder = tmp_path / "house"
    folder.mkdir()
    place, paper = str(folder), str(folder / "paper")
    calls = [
        Call("openat", 2, 3, (paper,), (b"paper",), "O_CREAT", 4),
        Call("fsync", 4, 5, (place,), (), "", 0),
        Call("fsync", 1, 6, (place,), (), "", 0),
    ]
    disk = Disk(folder)
    assert len(list(disk.play(calls))) == len(calls)
    disk.cut(tmp_path / "left")
    assert (tmp_path / "left" / "paper").exists()


def test_what_is_told_slowly_hides_no_write_from_a_sync_that_began_after_it(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    folder.mkdir()
    paper = str(folder / "paper")
    calls = [
        Call("openat", 0, 0, (paper,), (b"paper",), "O_CREAT", 4),
        Call("fsync", 1, 1, (str(folder),), (), "", 0),
        Call("sendto", 2, 9, ("socket:[1]",), (b"250 2.0.0 Kept",), "", 14),
        Call("pwrite64", 3, 4, (paper,), (b"words",), "5, 0", 5),
        Call("fdatasync", 5, 6, (paper,), (), "", 0),
    ]
    disk = Disk(folder)
    assert len(list(disk.play(calls))) == len(calls)
    disk.cut(tmp_path / "left")
    assert (tmp_path / "left" / "paper").read_bytes() == b"words"


def _write(house: House, book: Book, door: str) -> None:
    """Several at once, so that one's writes lie between another's."""
    if door == "smtp":
        crowd = [
            *(MailSender(house, book, pause=0.1) for _one in range(2)),
            MailSender(house, book, senders.LARGE, pause=3),
        ]
    else:
        crowd = [FormSender(house, book), FormSender(house, book, senders.PAPER)]
    with senders.writing(crowd):
        senders.wait_for_acknowledged(book, EACH * len(crowd))


def _tells(call: Call) -> bool:
    return call.name == "sendto" and call.data.startswith(ACKNOWLEDGED)


def _told(calls: list[Call]) -> Iterator[str]:
    """For each call the token of the opinion that it acknowledges, or nothing."""
    heard: dict[str, str] = {}
    for call in calls:
        place = call.places[0] if call.places else ""
        if call.name == "recvfrom" and (found := TOKEN.search(call.data)):
            heard[place] = found[0].decode()
        yield heard.pop(place) if _tells(call) else ""


def _moments(calls: list[Call], chance: random.Random) -> dict[int, random.Random | None]:
    """After each acknowledgement, with nothing else left on the disk; and at any moment, with anything left."""
    told = [number for number, call in enumerate(calls) if _tells(call)]
    anywhere = chance.choices(range(len(calls)), k=CUTS)
    return dict.fromkeys(anywhere, chance) | dict.fromkeys(chance.sample(told, min(len(told), CUTS)), None)


def _assert_whole(environ: dict[str, str], folder: Path, promised: set[str], moment: str) -> None:
    with sqlite3.connect(folder / "huiyin.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], moment
    connection.close()
    url = f"sqlite:///{folder / 'huiyin.sqlite3'}"
    database = db.connect(Settings.from_env({**environ, "FEEDBACK_DATA_DIR": str(folder), "DATABASE_URL": url}))
    try:
        assert promised <= _kept(database), moment
        found = upkeep.check(database)
        assert (found.missing, found.damaged) == ((), ()), moment
    finally:
        database.engine.dispose()


def _kept(database: Database) -> set[str]:
    with database.reading() as session:
        contents = [mailroom.content(session, raw) for raw in session.scalars(sa.select(RawMessage))]
        subjects = set(session.scalars(sa.select(Opinion.subject)))
    return subjects | {found[0].decode() for content in contents if (found := TOKEN.search(content))}
