"""An empty mail with a letter attached: the letter is the opinion, and stays attached."""

import io
import time
import zipfile
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from feedback.db import Database
from feedback.office_words import NotReadable
from mail_ingest.parse import parse
from mail_ingest.word_documents import words_of
from tests.mail_ingest import doors, ledger
from tests.mail_ingest.doors import Door

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
WORDS = "过渡费还没有发。\n请回复。"
PARAGRAPHS = (
    "<w:p><w:r><w:t>过渡费</w:t></w:r><w:r><w:t>还没有发。</w:t></w:r></w:p><w:p><w:r><w:t>请回复。</w:t></w:r></w:p>"
)


def document(body: str = PARAGRAPHS, head: str = "") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"{head}<w:document {SPACE}><w:body>{body}</w:body></w:document>")
    return written.getvalue()


def mail(filename: str, content: bytes, text: str = "", subtype: str = "octet-stream") -> bytes:
    made = message_from_bytes(doors.message(text), policy=policy.SMTP)
    assert isinstance(made, EmailMessage)
    made.add_attachment(content, "application", subtype, filename=filename)
    return made.as_bytes()


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("意见.docx", document()),
        ("意见.txt", WORDS.encode("gb18030")),
        ("意见.md", WORDS.encode()),
        ("意见.csv", ("\N{BYTE ORDER MARK}" + WORDS).encode()),
    ],
)
def test_the_words_of_an_attached_file_are_the_opinion(filename: str, content: bytes) -> None:
    read = parse(mail(filename, content))
    assert read.opinion.text == WORDS
    assert [file.filename for file in read.attachments] == [filename]


def test_words_in_the_mail_itself_come_first() -> None:
    assert parse(mail("意见.docx", document(), "见附件，请尽快处理。")).opinion.text == "见附件，请尽快处理。"


def test_an_attached_letter_arrives_as_the_opinion(door: Door, database: Database) -> None:
    assert door.send(mail("意见.docx", document()))[0] == 250
    (opinion,) = ledger.opinions(database)
    assert opinion.text == WORDS
    assert [file.filename for file in opinion.attachments] == ["意见.docx"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<w:p><w:r><w:t>一</w:t><w:br/><w:t>二</w:t><w:tab/><w:t>三</w:t></w:r></w:p>", "一\n二\t三"),
        ("<w:p><w:del><w:r><w:delText>删</w:delText></w:r></w:del><w:ins><w:t>留</w:t></w:ins></w:p>", "留"),
        ("<w:tbl><w:tr><w:tc><w:p><w:r><w:t>甲</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>乙</w:t></w:r></w:p></w:tc>"
         "</w:tr></w:tbl>", "甲 \t乙"),
        ("<w:p><w:r><w:instrText>PAGE</w:instrText><w:t>页</w:t></w:r></w:p>", "页"),
    ],
)  # fmt: skip
def test_a_document_is_read_as_its_reader_sees_it(body: str, words: str) -> None:
    assert words_of(document(body)) == words


LAUGHS = '<!DOCTYPE x [<!ENTITY a "哈哈"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 cut off",
        document()[:-40],
        document("<w:p>"),
        document("<w:p><w:r><w:t>&b;</w:t></w:r></w:p>", LAUGHS),
        document('<w:p><w:r><w:t>&c;</w:t></w:r></w:p>', '<!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/passwd">]>'),
        document("<w:p/>" * 3_000_000),
    ],
    ids=["empty", "not zip", "cut", "broken xml", "laughs", "outside", "bomb"],
)  # fmt: skip
def test_a_document_that_is_broken_or_a_trap_is_not_read_and_the_mail_comes_in(content: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(NotReadable):
        words_of(content)
    read = parse(mail("意见.docx", content))
    assert read.opinion.text == ""
    assert len(read.attachments) == 1
    assert time.monotonic() - began < 5


def test_an_endless_document_is_cut() -> None:
    assert len(words_of(document(f"<w:p><w:r><w:t>{'长' * 1000}</w:t></w:r></w:p>" * 2000))) < 210_000
