"""What is read in files of each kind that the intake lets in, by a process of its own."""

import signal
from collections.abc import Iterator

import psutil
import pytest

from feedback.file_texts import reading
from feedback.file_texts.reading import Reader
from feedback.legibility import Legibility
from feedback.legible.limits import LONGEST
from tests import samples_of_files as samples
from tests.file_texts import papers

WORDS = "过渡安置费还没有发"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as begun:
        yield begun


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(WORDS.encode(), id="UTF-8"),
        pytest.param(WORDS.encode("gb18030"), id="GB 18030"),
        pytest.param(WORDS.encode("utf-16"), id="UTF-16"),
        pytest.param(f"<html><body><p>{WORDS[:3]}<b>{WORDS[3:]}</b></p></body></html>".encode(), id="HTML"),
        pytest.param(papers.docx(WORDS), id="docx"),
        pytest.param(
            papers.docx("一", **{"word/footnotes.xml": f"<w:p {papers.W}><w:t>{WORDS}</w:t></w:p>"}), id="note"
        ),
        pytest.param(papers.pptx("一", WORDS), id="pptx"),
        pytest.param(papers.xlsx(("序号", 1), ("意见", WORDS)), id="xlsx"),
        pytest.param(papers.odt(WORDS), id="odt"),
        pytest.param(papers.ods("一", WORDS), id="ods"),
        pytest.param(papers.ofd(WORDS), id="ofd"),
        pytest.param(papers.pdf("一", WORDS), id="pdf"),
        pytest.param(papers.locked(papers.pdf(WORDS), password=""), id="PDF that forbids printing"),
        pytest.param(papers.doc(WORDS), id="doc"),
        pytest.param(papers.ppt(WORDS), id="ppt"),
        pytest.param(papers.xls(WORDS, 3600.0), id="xls"),
    ],
)
def test_the_words_of_a_file_are_read(reader: Reader, content: bytes) -> None:
    read = reader.read(content)
    assert (read.legibility, read.reason) == (Legibility.READ, "")
    assert WORDS in read.text


def test_numbers_of_a_table_are_read(reader: Reader) -> None:
    assert "3600" in reader.read(papers.xls(WORDS, 3600.0)).text
    assert "李女士 3600.5" in reader.read(papers.xlsx(("李女士", 3600.5))).text


@pytest.mark.parametrize(
    "content", [samples.PNG, samples.JPEG, papers.pdf("", ""), samples.archive(**{"a.txt": "x"})]
)
def test_what_has_no_text_is_said_to_have_none(reader: Reader, content: bytes) -> None:
    assert reader.read(content).legibility is Legibility.WORDLESS


@pytest.mark.parametrize(
    "content",
    [
        papers.locked(papers.pdf(WORDS)),
        papers.doc(WORDS, is_encrypted=True),
        papers.compound({"EncryptedPackage": b""}),
    ],
)
def test_what_is_locked_with_a_password_is_left_alone(reader: Reader, content: bytes) -> None:
    assert reader.read(content).legibility is Legibility.LOCKED


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"%PDF-1.7 and nothing else", id="broken PDF"),
        pytest.param(papers.docx(WORDS)[:-60], id="broken docx"),
        pytest.param(papers.bomb(), id="bomb"),
        pytest.param(
            papers.docx("", **{"word/document.xml": f"<!DOCTYPE a [<!ENTITY b 'c'>]><a {papers.W}/>"}), id="DTD"
        ),
        pytest.param(samples.old_office("WordDocument"), id="broken doc"),
    ],
)
def test_what_is_damaged_or_a_bomb_is_unreadable(reader: Reader, content: bytes) -> None:
    read = reader.read(content)
    assert (read.legibility, read.text) == (Legibility.UNREADABLE, "")
    assert read.reason


def test_a_long_text_is_cut(reader: Reader) -> None:
    assert len(reader.read(papers.docx("甲" * 3 * LONGEST)).text) == LONGEST


def test_no_database_chokes_on_what_is_read(reader: Reader) -> None:
    text = reader.read(papers.ppt("甲\0乙\ud800丙")).text
    assert "\0" not in text
    assert "丙" in text.encode().decode()


@pytest.mark.parametrize(
    ("limit", "reason"), [("SECONDS_OF_WORK = 1e-6", "too-slow"), ("MOST_MEMORY = 1 << 20", "out-of-memory")]
)
def test_what_ends_the_process_is_unreadable_and_the_next_file_is_read(
    monkeypatch: pytest.MonkeyPatch, limit: str, reason: str
) -> None:
    """Of limits that are too low for any file."""
    code = f"from feedback.legible import limits; limits.{limit}\nfrom feedback.legible.child import main; main()"
    with Reader() as reader:
        with monkeypatch.context() as lower:
            lower.setattr(reading, "COMMAND", (*reading.COMMAND[:1], "-c", code))
            assert reader.read(papers.pdf(WORDS) + bytes(5_000_000)).reason == reason
        assert WORDS in reader.read(papers.docx(WORDS)).text


def test_it_is_told_no_secret_and_writes_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDBACK_IDENTITY_KEY", "secret")
    others = set(psutil.Process().children())
    with Reader() as reader:
        reader.read(b"x")
        (child,) = set(psutil.Process().children()) - others
        assert "FEEDBACK_IDENTITY_KEY" not in child.environ()
        assert child.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert reader.read(b"x" * 1_000_000).reason.startswith("ended-with-")
        assert reader.read(b"x").legibility is Legibility.READ
