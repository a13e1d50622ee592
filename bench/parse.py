"""Measures the mail parser: python bench/parse.py [folder of .eml]

Prints the throughput of ``parse_to_dict`` next to the standard library's own full parse of the same bytes, taken in
alternating rounds of one run, and then time and peak memory for messages made to hurt.
"""

import contextlib
import email
import email.policy
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
DEFAULT_FOLDERS = (
    ROOT.parent / "shared" / "mail-samples",
    ROOT.parents[1] / "shared" / "mail-samples",
    ROOT / "tests" / "samples",
)
ROUNDS = 9
HEAD = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def nested_parts(count: int = 10_000) -> bytes:
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(count)
    )
    return HEAD + opened + b"Content-Type: text/plain\r\n\r\nx\r\n"


def nested_one_boundary(count: int = 10_000) -> bytes:
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' * count + b"\r\nx\r\n"


def nested_messages(count: int = 10_000) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * count + b"Subject: y\r\n\r\nx\r\n"


def many_parts(count: int = 100_000) -> bytes:
    return (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * count
        + b"--b--\r\n"
    )


def many_text_parts(count: int = 100_000) -> bytes:
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * count + b"--b--\r\n"


def many_headers(count: int = 1_000_000) -> bytes:
    return b"X-A: b\r\n" * count + HEAD + b"\r\nx\r\n"


def many_known_headers(count: int = 1_000_000) -> bytes:
    return HEAD + b"To: a@example.com\r\n" * count + b"\r\nx\r\n"


def folded_header(count: int = 1_000_000) -> bytes:
    return HEAD + b"X-A: b\r\n" + b" b\r\n" * count + b"\r\nx\r\n"


def long_subject() -> bytes:
    return b"From: a@example.com\r\nSubject: " + b"x" * 5_000_000 + b"\r\n\r\nx\r\n"


def long_subject_gbk() -> bytes:
    return b"From: a@example.com\r\nSubject: " + "安置房".encode("gbk") * 900_000 + b"\r\n\r\nx\r\n"


def encoded_words(count: int = 300_000) -> bytes:
    return b"From: a@example.com\r\nSubject: " + b"=?utf-8?B?5a6J?= " * count + b"\r\n\r\nx\r\n"


def broken_words(count: int = 500_000) -> bytes:
    return (
        b"From: a@example.com\r\nSubject: "
        + b"=?utf-8?Q?a" * count
        + b"\r\nTo: "
        + b"=?a?b?" * count
        + b"\r\n\r\nx\r\n"
    )


def many_recipients(count: int = 300_000) -> bytes:
    return HEAD + b"Cc: " + b"a@example.com,\r\n " * count + b"b@example.com\r\n\r\nx\r\n"


def open_quotes(count: int = 1_000_000) -> bytes:
    return HEAD + b"Cc: " + b'"(<' * count + b"\r\n\r\nx\r\n"


def parameters(count: int = 200_000) -> bytes:
    return (
        HEAD
        + b"Content-Type: text/plain"
        + b"".join(b";\r\n name*%d*=%%41" % n for n in range(count))
        + b"\r\n\r\nx\r\n"
    )


def html(markup: str) -> bytes:
    return HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + markup.encode()


def text(words: str) -> bytes:
    return HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + words.encode()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "10,000 nested multiparts": nested_parts,
    "10,000 nested, one boundary": nested_one_boundary,
    "10,000 nested messages": nested_messages,
    "100,000 image parts": many_parts,
    "100,000 text parts": many_text_parts,
    "1,000,000 header fields": many_headers,
    "1,000,000 To fields": many_known_headers,
    "header of 1,000,000 lines": folded_header,
    "5 MB subject": long_subject,
    "5 MB subject in raw GBK": long_subject_gbk,
    "300,000 encoded words": encoded_words,
    "broken encoded words": broken_words,
    "300,000 recipients": many_recipients,
    "open quotes in Cc": open_quotes,
    "200,000 parameters": parameters,
    "HTML, 200,000 nested div": lambda: html("<div>" * 200_000 + "x"),
    "HTML, 200,000 nested span": lambda: html("<span style='display:none'>" * 200_000 + "x"),
    "HTML, 200,000 blockquotes": lambda: html("<blockquote>x" * 200_000),
    "HTML, 100,000 nested tables": lambda: html("<table><tr><td>" * 100_000 + "x"),
    "HTML, row of 500,000 cells": lambda: html("<table><tr>" + "<td>x" * 500_000),
    "HTML, 8 MB of <a ": lambda: html("<a " * 2_700_000),
    "HTML, 8 MB of <": lambda: html("<" * 8_000_000),
    "HTML, open quotes": lambda: html("<a title='\"" * 700_000),
    "HTML, 24 MB": lambda: html("<p>安置房 &lt;b&gt; <b>x</b></p>" * 650_000),
    "text of 24 MB": lambda: text("我是城东片区的拆迁户。\n" * 700_000),
    "text, one line of 24 MB": lambda: text("安置" * 4_000_000),
    "text, 2,000,000 From: lines": lambda: text("From: a@example.com\n" * 1_100_000),
    "text, 发件人： without end": lambda: text("发件人：a@example.com 日期：2025-01-01 " * 400_000),
    "text, 1,000,000 quoted lines": lambda: text("> x\n" * 1_000_000),
    "text, quoted 500,000 deep": lambda: text((">" * 500_000 + "x\n") * 20),
    "text, attributions": lambda: text("On Mon, 1 Jan 2024 at 10:00, A <a@example.com> wrote:\n> x\n" * 200_000),
    "text, dashes": lambda: text("-" * 4_000_000 + "\n" + "- " * 2_000_000),
    "text, begin 644": lambda: text("begin 644 x\n" * 1_000_000),
    "text, PGP armour": lambda: text("-----BEGIN PGP SIGNED MESSAGE-----\n" * 300_000),
    "delimiter lines": lambda: (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + b"--c\n" * 5_000_000
    ),
    "24 MB attachment": lambda: (
        HEAD + b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 6_000_000
    ),
    "24 MB of padding": lambda: (
        HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QQ==" * 6_000_000
    ),
    "24 MB quoted-printable": lambda: (
        HEAD
        + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        + b"=41=\r\n" * 4_000_000
    ),
    "24 MB of zeros": lambda: b"\x00" * 24_000_000,
    "24 MB of line ends": lambda: b"\r\n" * 12_000_000,
    "24 MB of noise": lambda: os.urandom(24_000_000),
    "winmail.dat of noise": lambda: (
        HEAD + b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22" + os.urandom(5_000_000)
    ),
}


def full_standard_parse(raw: bytes) -> None:
    """What a user of the standard library does to read a message: parse, headers, every part's content."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for name in message.keys():  # noqa: SIM118 - iterating over a message parses no header
        with contextlib.suppress(Exception):
            str(message[name])
    for part in message.walk():
        if not part.is_multipart():
            with contextlib.suppress(Exception):
                part.get_content()


def throughput(folder: Path) -> None:
    from mail_ingest.parse import parse_to_dict

    messages = [path.read_bytes() for path in sorted(folder.glob("*.eml"))]
    print(f"{len(messages)} messages, {sum(map(len, messages)):,} bytes, {ROUNDS} alternating rounds")
    seconds: dict[str, list[float]] = {"parse_to_dict": [], "standard library": []}
    for number in range(ROUNDS + 1):
        for name, read in (("parse_to_dict", parse_to_dict), ("standard library", full_standard_parse)):
            started = time.perf_counter()
            for raw in messages:
                read(raw)
            if number:
                seconds[name].append(time.perf_counter() - started)
    for name, taken in seconds.items():
        middle = statistics.median(taken)
        print(f"  {name:18} {middle * 1000:8.1f} ms a round, {len(messages) / middle:8.0f} messages a second")
    ratio = statistics.median(seconds["standard library"]) / statistics.median(seconds["parse_to_dict"])
    print(f"  parse_to_dict does {ratio:.2f} times the work of the standard library in the same time")


def measure(name: str) -> None:
    from mail_ingest.parse import parse_to_dict

    parse_to_dict(b"From: a@example.com\r\nContent-Type: text/html\r\n\r\n<p>x")
    raw = HOSTILE[name]()
    started, worked = time.perf_counter(), time.process_time()
    found = parse_to_dict(raw)
    taken, busy = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = f"{len(raw) / 1e6:6.1f} MB"
    times = f"{taken:7.2f} s {busy:6.2f} s of work"
    print(f"  {name:32} {size} {times} {peak:6.0f} MB  {'; '.join(found['defects'])[:60]}")


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        measure(sys.argv[2])
        return
    folders = [Path(sys.argv[1])] if len(sys.argv) > 1 else [folder for folder in DEFAULT_FOLDERS if folder.is_dir()]
    throughput(folders[0])
    print("hostile messages (size, time, processor time, peak memory of the process, defects)")
    sys.stdout.flush()
    for name in HOSTILE:
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run([sys.executable, __file__, "--one", name], check=False, timeout=120)
            continue
        print(f"  {name:32} more than 120 s")


if __name__ == "__main__":
    main()
