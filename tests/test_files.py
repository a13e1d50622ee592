"""The file store and the key beside it: what was promised is on the disk, and what is damaged is not trusted."""

import os
from pathlib import Path

import pytest

from feedback.config import Settings
from feedback.files import Files

WORDS = "照片".encode() * 100


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
    files = Files(tmp_path)
    sha256 = files.store(WORDS)
    files.path(sha256).write_bytes(damaged)
    assert files.store(WORDS) == sha256
    assert files.read(sha256) == WORDS


def test_a_whole_file_is_left_alone_and_its_name_is_synced_all_the_same(tmp_path: Path, synced: list[str]) -> None:
    files = Files(tmp_path)
    path = files.path(files.store(WORDS))
    before = path.stat().st_mtime_ns
    synced.clear()
    files.store(WORDS)
    assert path.stat().st_mtime_ns == before
    assert synced == [path.parent.name, tmp_path.name]


def test_the_keys_are_synced_before_anything_is_sealed_with_them(tmp_path: Path, synced: list[str]) -> None:
    settings = Settings.from_env({"FEEDBACK_DATA_DIR": str(tmp_path)})
    assert (tmp_path / "identity_key").read_text() == settings.identity_key
    assert (tmp_path / "identity_key").stat().st_mode & 0o777 == 0o600
    assert [name.startswith(".identity_key") for name in synced][-2:] == [True, False]
    assert synced[-1] == tmp_path.name
    assert Settings.from_env({"FEEDBACK_DATA_DIR": str(tmp_path)}).identity_key == settings.identity_key
