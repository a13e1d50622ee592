"""Which files may be added is told by their content; names are made safe."""

import time
import unicodedata

import pytest

from feedback import filetypes
from feedback.errors import Refusal
from tests import samples_of_files as samples

WIDE = "\ufeff过渡安置费".encode("utf-16-le")
ACCEPTED = {
    "image/png": samples.PNG,
    "image/jpeg": samples.JPEG,
    "image/gif": b"GIF89a" + bytes(50),
    "image/webp": b"RIFF\x24\0\0\0WEBPVP8 " + bytes(50),
    "image/heif": b"\0\0\0\x20ftypheic\0\0\0\0mif1heic" + bytes(50),
    "application/pdf": samples.PDF,
    filetypes.WORD: samples.office(samples.WORD),
    filetypes.SHEET: samples.office(samples.SHEET),
    filetypes.SLIDES: samples.office(samples.SLIDES),
    "application/msword": samples.old_office("Root Entry", "WordDocument"),
    "application/vnd.ms-excel": samples.old_office("Root Entry", "Workbook"),
    "application/vnd.ms-powerpoint": samples.old_office("Root Entry", "PowerPoint Document"),
    "application/vnd.oasis.opendocument.text": samples.archive(mimetype="application/vnd.oasis.opendocument.text"),
    "application/ofd": samples.archive(**{"OFD.xml": "<ofd/>"}),
    "audio/mpeg": b"\xff\xf3\x90\x44" + bytes(100),
    "audio/wav": b"RIFF\x24\0\0\0WAVEfmt " + bytes(50),
    "audio/mp4": b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom" + bytes(50),
    "audio/amr": b"#!AMR\n" + bytes(50),
    "text/plain": "过渡安置费还没有发。\r\n".encode("gb18030"),
}
REFUSED = {
    "empty": b"",
    "html": b"<!DOCTYPE html><html><body>1</body></html>",
    "html in utf-16": "\ufeff<html><script>1</script>".encode("utf-16-le"),
    "script inside plain words": "您好 <script src=//x></script>".encode(),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="1"></svg>',
    "svg with declaration": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "windows program": b"MZ\x90\0\x03\0" + bytes(60),
    "linux program": b"\x7fELF\x02\x01\x01" + bytes(60),
    "shell script": b"#!/bin/sh\necho 1\n",
    "archive": samples.archive(**{"a.txt": "1"}),
    "word with macros": samples.office("application/vnd.ms-word.document.macroEnabled.12"),
    "word with hidden macros": samples.office(samples.WORD, **{"word/vbaProject.bin": "1"}),
    "word with activex": samples.office(samples.WORD, **{"word/activeX/activeX1.xml": "1"}),
    "old word with macros": samples.old_office("WordDocument", "_VBA_PROJECT"),
    "installer": samples.old_office("Root Entry", "!Property"),
    "broken archive": b"PK\x03\x04" + bytes(60),
    "pdf with script": samples.PDF + b"<</S/JavaScript/JS(app.alert(1))>>",
    "pdf that starts a program": samples.PDF + b"<</S /Launch /F(a.exe)>>",
    "rich text": b"{\\rtf1\\ansi hello}",
    "video": b"\0\0\0\x20ftypisom\0\0\0\0isommp41" + bytes(50),
    "noise": bytes(range(256)),
}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_a_file_is_known_by_its_content(kind: str) -> None:
    assert filetypes.examine(ACCEPTED[kind], "无名") == kind


def test_text_in_each_usual_encoding_is_text() -> None:
    for content in (WIDE, "过渡".encode(), "\ufeff过渡".encode(), "2026-03-02 收据\t12.50 元\n".encode("gbk")):
        assert filetypes.examine(content, "说明.txt") == "text/plain"


@pytest.mark.parametrize("kind", REFUSED)
def test_what_can_act_or_is_nothing_is_refused(kind: str) -> None:
    with pytest.raises(Refusal) as refused:
        filetypes.examine(REFUSED[kind], "照片.jpg")
    assert refused.value.field == "attachments"
    assert "照片.jpg" in str(refused.value)


@pytest.mark.parametrize("name", ["a.bat", "a.PS1", "a.vbs", "a.html", "a.js", "a.lnk"])
def test_plain_text_whose_name_makes_it_a_program_is_refused(name: str) -> None:
    with pytest.raises(Refusal):
        filetypes.examine(b"del /q *", name)


@pytest.mark.parametrize(
    ("given", "kind", "safe"),
    [
        ("照片.jpg", "image/jpeg", "照片.jpg"),
        ("照片.JPG", "image/jpeg", "照片.JPG"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\用户\\桌面\\收据.pdf", "application/pdf", "收据.pdf"),
        ("photo\u202egpj.exe", "image/jpeg", "photogpj.exe.jpg"),
        ("a\x00b\r\nc\x7f.png", "image/png", "abc.png"),
        ('<a>:"|?*.txt', "text/plain", "_a______.txt"),
        ("  ..hidden.. ", "image/png", "hidden.png"),
        ("", "application/pdf", "附件.pdf"),
        ("...", "application/pdf", "附件.pdf"),
        ("CON.txt", "text/plain", "_CON.txt"),
        ("发票.v1.2", "application/pdf", "发票.v1.2.pdf"),
    ],
)
def test_names_are_made_safe(given: str, kind: str, safe: str) -> None:
    assert filetypes.safe_name(given, kind) == safe


def test_a_long_name_is_cut_between_characters_and_keeps_its_ending() -> None:
    name = filetypes.safe_name("很" * 300 + ".docx", filetypes.WORD)
    assert name.endswith("很.docx")
    assert len(name.encode()) <= 180


@pytest.mark.parametrize("content", [b"<" + b" " * 20_000_000, b"<" * 20_000_000], ids=["blanks", "signs"])
def test_looking_at_a_large_text_takes_a_few_seconds_at_most(content: bytes) -> None:
    began = time.process_time()
    assert filetypes.examine(content, "意见.txt") == filetypes.TEXT
    assert time.process_time() - began < 4  # of the processor, on a busy machine


def test_control_signs_are_those_of_unicode() -> None:
    control = {chr(place) for place in range(0x3000) if unicodedata.category(chr(place)) == "Cc"} - set("\t\n\r\f")
    assert {chr(place) for place in range(0x3000) if filetypes._CONTROL_SIGN.search(chr(place))} == control
