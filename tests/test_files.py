"""The file store and the key beside it: what was promised is on the disk, and what is damaged is not trusted."""

import hashlib
import os
import signal
import subprocess
from pathlib import Path

import pytest

from feedback.config import Settings
from feedback.files import Damaged, Folder
from tests.conftest import ROOT

WORDS = "照片".encode() * 100


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the files and folders lay that were synced, in order."""
    seen: list[str] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        seen.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    return seen


@pytest.mark.parametrize("damaged", [b"", WORDS[:-1], bytes(len(WORDS))])
def test_a_damaged_file_is_written_anew_when_its_bytes_come_again(tmp_path: Path, damaged: bytes) -> None:
    files = Folder(tmp_path)
    sha256 = files.store(WORDS)
    files.path(sha256).write_bytes(damaged)
    assert files.store(WORDS) == sha256
    assert files.read(sha256) == WORDS


def test_a_whole_file_is_left_alone_and_its_name_is_synced_all_the_same(tmp_path: Path, synced: list[str]) -> None:
    files = Folder(tmp_path)
    path = files.path(files.store(WORDS))
    before = path.stat().st_mtime_ns
    synced.clear()
    files.store(WORDS)
    assert path.stat().st_mtime_ns == before
    assert synced == [path.parent.name, tmp_path.name]


def test_a_draft_that_is_adopted_is_synced_with_its_name_and_gone_as_a_draft(
    tmp_path: Path, synced: list[str]
) -> None:
    files = Folder(tmp_path)
    draft = files.draft()
    draft.write_bytes(WORDS)
    files.adopt(draft, sha256_of(WORDS))
    assert synced == [draft.name, sha256_of(WORDS)[:2], tmp_path.name, tmp_path.parent.name]
    assert files.read(sha256_of(WORDS)) == WORDS
    assert (draft.exists(), list(files)) == (False, [sha256_of(WORDS)])


def test_a_draft_that_was_counted_wrong_is_never_taken_for_whole(tmp_path: Path) -> None:
    files = Folder(tmp_path)
    draft = files.draft()
    draft.write_bytes(WORDS[:-1])
    files.adopt(draft, sha256_of(WORDS))
    with pytest.raises(Damaged):
        files.read(sha256_of(WORDS))


def test_drafts_that_a_crash_left_are_swept_and_young_ones_stay(tmp_path: Path) -> None:
    files = Folder(tmp_path)
    old, young = files.draft(), files.draft()
    for draft in (old, young):
        draft.write_bytes(WORDS)
    os.utime(old, (0, 0))
    assert files.sweep_drafts(older_than=3600) == 1
    assert (old.exists(), young.exists()) == (False, True)


def test_drafts_of_a_process_that_died_are_swept_at_once_and_those_of_the_living_stay(
    tmp_path: Path, python: str
) -> None:
    files = Folder(tmp_path)
    mine = files.draft()
    mine.write_bytes(WORDS)
    dying = (
        "import os, pathlib, signal, sys; from feedback.files import Folder;"
        "Folder(pathlib.Path(sys.argv[1])).draft().write_bytes(b'half a mail');"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    died = subprocess.run([python, "-c", dying, str(tmp_path)], cwd=ROOT)
    assert died.returncode == -signal.SIGKILL
    assert sorted((draft.size, draft.is_left) for draft in files.drafting()) == [(11, True), (len(WORDS), False)]
    assert files.sweep_left() == 1
    assert [draft.name for draft in files.drafting()] == [mine.name]
    assert files.sweep_left() == 0


def test_files_are_listed_in_order_with_size_and_age(tmp_path: Path) -> None:
    files = Folder(tmp_path)
    stored = sorted(files.store(bytes(number)) for number in range(40))
    os.utime(files.path(stored[0]), (5, 5))
    listed = list(files.listed())
    assert [file.sha256 for file in listed] == stored == list(files)
    assert sorted(file.size for file in listed) == list(range(40))
    assert listed[0].touched_at == 5
    files.touch(stored[0])
    assert next(files.listed()).touched_at > 5


def test_the_keys_are_synced_before_anything_is_sealed_with_them(tmp_path: Path, synced: list[str]) -> None:
    settings = Settings.from_env({"FEEDBACK_DATA_DIR": str(tmp_path)})
    assert (tmp_path / "identity_key").read_text() == settings.identity_key
    assert (tmp_path / "identity_key").stat().st_mode & 0o777 == 0o600
    assert [name.startswith(".identity_key") for name in synced][-2:] == [True, False]
    assert synced[-1] == tmp_path.name
    assert Settings.from_env({"FEEDBACK_DATA_DIR": str(tmp_path)}).identity_key == settings.identity_key
