"""Messages whose structure is broken are read as far as a person could read them."""

import pytest

from mail_ingest.parse import parse_to_dict
from tests.mail_ingest.messages import OPINION, message, plain

PART = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{OPINION}\r\n"
STRUCTURES = {
    "boundary parameter missing": ("multipart/mixed", f"--x\r\n{PART}--x--\r\n"),
    "another boundary than announced": ("multipart/mixed; boundary=y", f"--x\r\n{PART}--x--\r\n"),
    "closing delimiter missing": ("multipart/mixed; boundary=x", f"--x\r\n{PART}"),
    "no part at all": ("multipart/mixed; boundary=x", OPINION),
    "blank behind the boundary": ("multipart/mixed; boundary=x", f"--x \t\r\n{PART}--x-- \r\n"),
    "boundary with blanks in quotes": ('multipart/mixed; boundary="a b"', f"--a b\r\n{PART}--a b--\r\n"),
    "type without subtype": ("text", OPINION),
    "type in capitals": ("TEXT/PLAIN; CHARSET=UTF-8", OPINION),
    "two semicolons": ("multipart/mixed;; boundary=x", f"--x\r\n{PART}--x--\r\n"),
    "nonsense as type": ("=?!", OPINION),
    "inner boundary that begins with the outer": (
        "multipart/mixed; boundary=x",
        f"--x\r\nContent-Type: multipart/alternative; boundary=xx\r\n\r\n--xx\r\n{PART}--xx--\r\n--x--\r\n",
    ),
    "inner part not closed": (
        "multipart/mixed; boundary=x",
        f"--x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n--y\r\n{PART}--x--\r\n",
    ),
    "unknown transfer encoding": ("text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 9bit", OPINION),
    "base64 announced, plain text sent": ("text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64", OPINION),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_text_is_found(name: str) -> None:
    content_type, body = STRUCTURES[name]
    raw = message(body, content_type=content_type)
    if "Transfer" in content_type:
        raw = raw.replace(b"Content-Transfer-Encoding: 8bit\r\n", b"")
    found = parse_to_dict(raw)
    assert plain(found["opinion"]["text"]) == plain(OPINION)
    assert found["author"]["address"] == "wang@example.com"


@pytest.mark.parametrize("ending", [b"\n", b"\r", b"\r\n"])
def test_any_line_end(ending: bytes) -> None:
    raw = message(OPINION.replace("\n", "\r\n")).replace(b"\r\n", ending)
    found = parse_to_dict(raw)
    assert (found["subject"], plain(found["text"])) == ("反映问题", plain(OPINION))


def test_mbox_line_on_top() -> None:
    assert (
        parse_to_dict(b"From a@example.com Mon Nov 10 2025\n" + message("x"))["from"]["address"] == "wang@example.com"
    )


def test_header_folded_without_a_blank() -> None:
    raw = (
        "From: a@example.com\r\nSubject: 很长的主题\r\n第二行\r\nDate: Mon, 10 Nov 2025 09:12:05 +0800\r\n\r\nx"
    ).encode()
    found = parse_to_dict(raw)
    assert found["date"] == "2025-11-10T09:12:05+08:00"
    assert found["defects"]


def test_body_without_a_blank_line_above() -> None:
    found = parse_to_dict("From: a@example.com\r\nSubject: x\r\n请公布账目。\r\n谢谢。".encode())
    assert found["text"] == "请公布账目。\n谢谢。"


def test_repeated_headers_count_once() -> None:
    found = parse_to_dict(message("x", headers=["Subject: second", "From: other@example.org"]))
    assert (found["subject"], found["from"]["address"]) == ("反映问题", "wang@example.com")
    assert {"repeated header: from", "repeated header: subject"} <= set(found["defects"])


def test_line_breaks_inside_encoded_words_stay_one_line() -> None:
    raw = message("x").replace(b"=?utf-8?b?5Y+N5pig6Zeu6aKY?=", b"=?utf-8?Q?a=0D=0ABcc:_x@example.net=00?=")
    assert parse_to_dict(raw)["subject"] == "a Bcc: x@example.net"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"张,三" <a@example.net>', ("张,三", "a@example.net")),
        ("a@example.net (李四)", ("李四", "a@example.net")),
        ("<a@example.net>", ("", "a@example.net")),
        ('"a@example.net" <a@example.net>', ("", "a@example.net")),
        ("张三<a@example.net>", ("张三", "a@example.net")),
        ("=?utf-8?B?5byg5LiJPGFAZXhhbXBsZS5uZXQ+?=", ("张三", "a@example.net")),
        ('"=?utf-8?B?5byg5LiJ?=" <a@example.net>', ("张三", "a@example.net")),
        ("=?utf-8?B?5byg?=\r\n =?utf-8?B?5LiJ?= <a@example.net>", ("张三", "a@example.net")),
        ('"\\"张三\\"" <a@example.net>', ("张三", "a@example.net")),
        ("'张三' <a@example.net>", ("张三", "a@example.net")),
        ("张三 <a@example.net", ("张三", "a@example.net")),
        ("<@route.example:a@example.net>", ("", "a@example.net")),
        ("张三 <mailto:a@example.net>", ("张三", "a@example.net")),
        ("a@example.net, b@example.net", ("", "a@example.net")),
        ("组: a@example.net, b@example.net;", ("", "a@example.net")),
        ("张三", ("张三", "")),
    ],
)
def test_mailboxes_of_all_shapes(value: str, expected: tuple[str, str]) -> None:
    found = parse_to_dict(f"From: {value}\r\n\r\nx".encode())["from"]
    assert (found["name"], found["address"]) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Sat, 22 Nov 2025 07:18:00 +0800 (CST)", "2025-11-22T07:18:00+08:00"),
        ("22 Nov 2025 07:18 GMT", "2025-11-22T07:18:00+00:00"),
        ("2025-11-22 07:18:00", "2025-11-22T07:18:00+08:00"),
        ("2025年11月22日 下午7:18", "2025-11-22T19:18:00+08:00"),
        ("Sat Nov 22 07:18:00 2025", "2025-11-22T07:18:00+08:00"),
        ("Sat, 22 Nov 2025 07:18:00 -0000", "2025-11-22T07:18:00+00:00"),
        ("Sat, 32 Nov 2025 07:18:00 +0800", None),
        ("no date", None),
        ("", None),
    ],
)
def test_dates_of_all_shapes(value: str, expected: str | None) -> None:
    assert parse_to_dict(f"Date: {value}\r\n\r\nx".encode())["date"] == expected
