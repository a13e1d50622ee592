"""Stored files in a bucket: the rules of a folder, over real HTTP; and a store that is away is never believed."""

import hashlib
import http.server
import os
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from feedback import bucket, file_store
from feedback.config import Settings
from feedback.files import Away, Damaged, Files
from tests import buckets

WORDS = "照片".encode() * 100


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def server() -> Iterator[buckets.Server]:
    with buckets.serving() as started:
        yield started


@pytest.fixture
def name() -> str:
    return f"bucket-{secrets.token_hex(4)}"


def opened(folder: Path, environ: dict[str, str], room: str = "files") -> Files:
    return file_store.opened(Settings.from_env({"FEEDBACK_DATA_DIR": str(folder), **environ}), room)


@pytest.fixture
def files(tmp_path: Path, server: buckets.Server, name: str) -> Files:
    return opened(tmp_path, server.environ(name))


def test_what_was_stored_is_read_listed_and_removed(files: Files) -> None:
    contents = sorted((bytes(number) for number in range(30)), key=sha256_of)
    assert [files.store(content) for content in contents] == [sha256_of(content) for content in contents]
    listed = list(files.listed())
    assert [(file.sha256, file.size) for file in listed] == [(sha256_of(one), len(one)) for one in contents]
    assert all(abs(time.time() - file.touched_at) < 60 for file in listed)
    assert files.read(sha256_of(contents[3])) == contents[3]
    files.remove(sha256_of(contents[3]))
    files.remove(sha256_of(contents[3]))
    assert not files.has(sha256_of(contents[3]))
    assert files.has(sha256_of(contents[4]))
    assert len(list(files)) == 29


def test_a_listing_goes_on_beyond_what_one_answer_holds(files: Files) -> None:
    stored = sorted(files.store(str(number).encode()) for number in range(1005))
    assert list(files) == stored


def test_a_missing_file_is_missing_and_a_damaged_one_damaged(files: Files, server: buckets.Server, name: str) -> None:
    sha256 = files.store(WORDS)
    server.overwrite(name, f"house/files/{sha256[:2]}/{sha256}", WORDS[:-1])
    with pytest.raises(Damaged):
        files.read(sha256)
    files.store(WORDS)
    assert files.read(sha256) == WORDS
    for ask in (files.read, files.touch):
        with pytest.raises(FileNotFoundError):
            ask(sha256_of(b"never stored"))


def test_a_large_draft_is_adopted_in_parts_and_gone_here(files: Files) -> None:
    content = os.urandom(12 * 1024 * 1024)
    draft = files.draft()
    draft.write_bytes(content)
    files.adopt(draft, sha256_of(content))
    assert (draft.exists(), list(files.drafting())) == (False, [])
    assert files.read(sha256_of(content)) == content


def test_the_probe_leaves_nothing_behind(files: Files, server: buckets.Server, name: str) -> None:
    files.require_writable()
    assert b"<Key>" not in server.ask("GET", f"{name}?list-type=2")


def test_rooms_of_one_house_do_not_see_each_other(tmp_path: Path, server: buckets.Server, name: str) -> None:
    environ = server.environ(name)
    opened(tmp_path, environ, "staged").store(WORDS)
    assert list(opened(tmp_path, environ)) == []


def test_a_touch_makes_an_old_file_young(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = files.store(WORDS)
    before = next(files.listed()).touched_at
    time.sleep(1.1)
    files.touch(sha256)
    assert next(files.listed()).touched_at == before  # young enough
    monkeypatch.setattr(bucket, "SECONDS_YOUNG", 0)
    files.touch(sha256)
    assert next(files.listed()).touched_at > before


def test_a_bucket_that_is_not_there_is_a_fault_and_no_missing_file(tmp_path: Path, server: buckets.Server) -> None:
    environ = server.environ("here")
    files = opened(tmp_path, {**environ, "FEEDBACK_FILES_URL": environ["FEEDBACK_FILES_URL"].replace("here", "gone")})
    reads = (lambda: files.read(sha256_of(WORDS)), lambda: list(files))
    for fail in (*reads, lambda: files.store(WORDS), files.require_writable):
        with pytest.raises(Away):
            fail()


def test_a_store_that_is_away_is_told_soon_and_keeps_the_draft(tmp_path: Path) -> None:
    with buckets.serving() as server:
        files = opened(tmp_path, server.environ("house"))
        files.store(WORDS)
    draft = files.draft()
    draft.write_bytes(WORDS)
    started = time.monotonic()
    for fail in (lambda: files.store(WORDS), lambda: files.adopt(draft, sha256_of(WORDS))):
        with pytest.raises(Away):
            fail()
    assert draft.exists()
    assert time.monotonic() - started < 2 * (bucket.SECONDS_OF_RETRIES + bucket.SECONDS_TO_CONNECT)


def test_a_store_that_no_longer_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "SECONDS_FOR_A_REQUEST", 1)
    with buckets.serving() as server:
        files = opened(tmp_path, server.environ("house"))
        server.process.send_signal(signal.SIGSTOP)
        started = time.monotonic()
        with pytest.raises(Away):
            files.store(WORDS)
        assert time.monotonic() - started < 15
        server.process.send_signal(signal.SIGCONT)
        files.store(WORDS)


@contextmanager
def noting() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A server that takes everything; the second part has the method and path of each request."""
    asked: list[tuple[str, str]] = []

    class Taking(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            asked.append((self.headers["Authorization"].split("/")[2], self.path))
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("ETag", '"x"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("style", "path"), [("path", "/house/files/"), ("virtual", "/files/")])
def test_region_and_style_are_those_of_the_setting(tmp_path: Path, style: str, path: str) -> None:
    with noting() as (endpoint, asked):
        url = f"s3://house?endpoint={endpoint}&region=cn-north-1&style={style}"
        credentials = {"FEEDBACK_FILES_KEY": "key", "FEEDBACK_FILES_SECRET": "secret"}
        sha256 = opened(tmp_path, {"FEEDBACK_FILES_URL": url, **credentials}).store(WORDS)
    assert asked == [("cn-north-1", f"{path}{sha256[:2]}/{sha256}")]
