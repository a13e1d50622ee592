"""Outlook's winmail.dat: its files are listed under their Chinese names, its text is read where there is no other."""

import struct

from mail_ingest.containers import open_tnef
from mail_ingest.parse import parse
from tests.mail_ingest.messages import message


def attribute(level: int, identifier: int, content: bytes) -> bytes:
    """One attribute of MS-OXTNEF section 2.1.3: level, id, length, content, checksum."""
    return struct.pack("<BII", level, identifier, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)


def winmail(name: bytes, content: bytes, body: bytes = b"") -> bytes:
    attributes = [
        attribute(1, 0x00089006, struct.pack("<I", 0x00010000)),
        attribute(1, 0x00069007, struct.pack("<II", 936, 0)),
        attribute(1, 0x0002800C, body) if body else b"",
        attribute(2, 0x00069002, b"\x01\x00" + b"\xff" * 4 + b"\x00" * 8),
        attribute(2, 0x00018010, name + b"\x00"),
        attribute(2, 0x0006800F, content),
    ]
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes)


def wrapped(tnef: bytes) -> bytes:
    head = message("", content_type="multipart/mixed; boundary=b")
    return head + b'--b\r\nContent-Type: application/ms-tnef; name="winmail.dat"\r\n\r\n' + tnef + b"\r\n--b--\r\n"


def test_files_keep_their_chinese_names() -> None:
    found = parse(wrapped(winmail("补偿明细表.xls".encode("gbk"), b"xls")))
    assert [(item.filename, item.content) for item in found.attachments] == [("补偿明细表.xls", b"xls")]


def test_text_inside_is_read() -> None:
    found = parse(wrapped(winmail(b"a.txt", b"x", "请公布账目。".encode("gbk"))))
    assert found.opinion.text == "请公布账目。"


def test_damaged_file_stays_an_attachment() -> None:
    found = parse(wrapped(winmail(b"a.txt", b"x")[:30]))
    assert [item.filename for item in found.attachments] in (["winmail.dat"], [])
    assert open_tnef(b"no tnef") is None
