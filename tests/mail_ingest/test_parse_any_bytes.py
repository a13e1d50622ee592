"""Any bytes at all give an answer of the contract's shape: no exception, valid JSON, soon."""

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mail_ingest.parse import parse, parse_to_dict
from tests.mail_ingest.labelled_samples import samples
from tests.mail_ingest.messages import OPINION, forward, message
from tests.mail_ingest.test_parse_forwards_of_clients import HTML_BLOCKS, PLAIN_BLOCKS

LONG = os.environ.get("FEEDBACK_LONG_TESTS") == "1"
KEYS = {
    "message_id",
    "date",
    "from",
    "to",
    "cc",
    "reply_to",
    "subject",
    "text",
    "html",
    "attachments",
    "forwarded",
    "author",
    "opinion",
    "automatic",
    "defects",
}
TOKENS = [
    b"From: ",
    b"To: ",
    b"Subject: ",
    b"Date: ",
    b"Content-Type: ",
    b"multipart/mixed",
    b"multipart/alternative; boundary=b",
    b"; boundary=",
    b"\r\n",
    b"\n",
    b"--b",
    b"--b--",
    b"text/plain",
    b"text/html",
    b"message/rfc822",
    b"; charset=",
    b"gbk",
    b"utf-7",
    b"\xb0\xb2",
    b"\xe5\xae\x89",
    b"=?utf-8?B?",
    b"?=",
    b"=?gbk?Q?=B0",
    b"Content-Transfer-Encoding: ",
    b"base64",
    b"quoted-printable",
    b"application/ms-tnef",
    b"\x78\x9f\x3e\x22",
    b"<div style='display:none'>",
    b"</div>",
    b"<blockquote>",
    b"<table><td>",
    b"> ",
    "发件人：".encode(),
    "-------- 转发邮件信息 --------".encode(),
    b"<a@b.example>",
    "写道：".encode(),
    b"begin 644 x\n",
    b"=",
    b"\x00",
    b"\xff",
    b'"',
    b"(",
    b";",
    b"*0*=",
    b"-- \n",
]


def check(raw: bytes) -> dict[str, Any]:
    found = parse_to_dict(raw)
    assert set(found) == KEYS
    assert "not readable" not in found["defects"], "the last resort was needed"
    json.dumps(found, ensure_ascii=False).encode("utf-8")
    assert not any(character in found["subject"] for character in "\r\n\x00")
    return found


@given(st.binary(max_size=2_000))
@settings(max_examples=5_000 if LONG else 200, deadline=None)
def test_any_bytes(raw: bytes) -> None:
    check(raw)


@given(st.lists(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=8)), max_size=60))
@settings(max_examples=10_000 if LONG else 300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_row_of_tokens(tokens: list[bytes]) -> None:
    check(b"".join(tokens))


@given(st.text(max_size=300), st.text(max_size=60))
@settings(max_examples=2_000 if LONG else 100, deadline=None)
def test_any_text_comes_back(body: str, subject: str) -> None:
    kept = body.replace("\r", " ").encode("utf-8", "replace")
    check(message(kept, subject=subject.encode("utf-8", "replace").decode()))


def originals() -> list[bytes]:
    own = [forward(block + OPINION) for block in PLAIN_BLOCKS.values()]
    own += [message(block, content_type="text/html; charset=utf-8") for block in HTML_BLOCKS.values()]
    return own + [path.read_bytes() for path in samples()]


def damages() -> list[Callable[[bytes, random.Random], bytes]]:
    def flip(raw: bytes, chance: random.Random) -> bytes:
        changed = bytearray(raw)
        for _ in range(chance.randint(1, 20)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        return bytes(changed)

    def cut(raw: bytes, chance: random.Random) -> bytes:
        start = chance.randrange(len(raw))
        return raw[:start] + raw[start + chance.randint(1, 200) :]

    def repeat(raw: bytes, chance: random.Random) -> bytes:
        start = chance.randrange(len(raw))
        piece = raw[start : start + chance.randint(1, 80)]
        return raw[:start] + piece * chance.randint(2, 50) + raw[start:]

    def swap_lines(raw: bytes, chance: random.Random) -> bytes:
        lines = raw.split(b"\n")
        chance.shuffle(lines[: chance.randint(2, 30)])
        first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[first], lines[second] = lines[second], lines[first]
        return b"\n".join(lines)

    def insert(raw: bytes, chance: random.Random) -> bytes:
        start = chance.randrange(len(raw))
        return raw[:start] + b"".join(chance.choices(TOKENS, k=chance.randint(1, 6))) + raw[start:]

    return [flip, cut, repeat, swap_lines, insert]


def damaged(count: int) -> Iterator[bytes]:
    chance = random.Random(20251110)
    sources = originals()
    for _ in range(count):
        raw = chance.choice(sources)
        for _ in range(chance.randint(1, 4)):
            raw = chance.choice(damages())(raw, chance) or b"\n"
        yield raw


def test_damaged_messages() -> None:
    for raw in damaged(2_000 if LONG else 300):
        started = time.perf_counter()
        check(raw)
        assert time.perf_counter() - started < 10


HOSTILE = {
    "nested parts": b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(10_000)
    ),
    "nested messages": b"Content-Type: message/rfc822\r\n\r\n" * 10_000,
    "many parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000,
    "many headers": b"X-A: b\r\n" * 1_000_000 + b"From: a@example.com\r\n\r\nx",
    "long subject": b"Subject: " + b"x" * 5_000_000 + b"\r\n\r\nx",
    "encoded words": b"Subject: " + b"=?utf-8?B?5a6J?= " * 300_000 + b"\r\n\r\nx",
    "nested tags": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000 + b"x",
    "quotes": b"\r\n" + b"> x\n" * 500_000,
    "clear signed": b"\r\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\n" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_message_is_answered_soon(name: str) -> None:
    started = time.perf_counter()
    check(HOSTILE[name])
    # Ten times what it takes, for machines that are busy; bench/parse.py measures exactly.
    assert time.perf_counter() - started < 30


def test_caps_are_told_as_defects() -> None:
    assert "too many parts: the rest was not read" in parse(HOSTILE["many parts"]).defects
    assert "header cut: subject" in parse(HOSTILE["long subject"]).defects


def test_sender_behind_a_million_headers_is_found() -> None:
    found = parse_to_dict(HOSTILE["many headers"])
    assert found["from"] == {"name": "", "address": "a@example.com"}
