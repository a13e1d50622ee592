"""The doctor on the data folder, its keys and its disk."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback.doctor import Grade
from tests.conftest import environment
from tests.doctor.visits import called, only

pytestmark = pytest.mark.sqlite_only


def test_a_whole_folder_is_good(environ: dict[str, str], tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    report = called(environ)
    for topic in ("Data folder", "Secret keys", "Disk", "Disk space"):
        assert only(report, topic)[0] is Grade.GOOD, report[topic]


def test_where_there_is_no_house_none_is_made(tmp_path: Path) -> None:
    nowhere = {"FEEDBACK_DATA_DIR": str(tmp_path / "nowhere")}
    assert list(called(nowhere)) == ["Data folder"]
    assert "There is no house" in only(called(nowhere), "Data folder")[1]
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_others_may_enter_is_bad(environ: dict[str, str], tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    grade, said = only(called(environ), "Data folder")
    assert (grade, f"chmod 700 {tmp_path}" in said) == (Grade.BAD, True)


def test_a_key_that_others_may_read_is_bad(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "identity_key").write_text("x")
    (tmp_path / "identity_key").chmod(0o640)
    grade, said = only(called(environ), "Secret keys")
    assert (grade, f"chmod 600 {tmp_path}/identity_key" in said) == (Grade.BAD, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_that_a_command_of_another_user_left_is_bad(environ: dict[str, str], tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    os.chown(tmp_path / "huiyin.sqlite3", 4711, 4711)
    grade, said = only(called(environ), "Data folder")
    assert grade is Grade.BAD
    assert "huiyin.sqlite3 belongs to 4711" in said
    assert f"chown -R root: {tmp_path}" in said


def test_too_little_room_is_bad_and_says_what_stops(environ: dict[str, str]) -> None:
    grade, said = only(called(environ, FEEDBACK_MIN_FREE_BYTES=str(2**60)), "Disk space")
    assert grade is Grade.BAD
    assert "no new mail and no form is taken" in said


def test_little_room_is_noted(environ: dict[str, str], tmp_path: Path) -> None:
    half = shutil.disk_usage(tmp_path).free // 2
    assert only(called(environ, FEEDBACK_MIN_FREE_BYTES=str(half)), "Disk space")[0] is Grade.NOTE


@pytest.fixture
def in_memory() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="huiyin-", dir="/dev/shm"))
    yield folder
    shutil.rmtree(folder)


def test_a_house_in_memory_is_bad(in_memory: Path, template: str | Path) -> None:
    shutil.copy(template, in_memory / "huiyin.sqlite3")
    house = environment(in_memory, f"sqlite:///{in_memory}/huiyin.sqlite3")
    grade, said = only(called(house), "Disk")
    assert (grade, "lies in memory (tmpfs)" in said) == (Grade.BAD, True)
