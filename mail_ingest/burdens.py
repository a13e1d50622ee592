"""What is too costly to check. dkimpy's patterns take quadratic time, or worse, on white space made for it."""

import re

# Real headers reach 40 KB where many servers have sealed a message, a signature 1 KB, a fold 3 characters.
LONGEST_HEADER = 128 * 1024
LONGEST_SIGNATURE = 8 * 1024
WIDE_GAP = re.compile(rb"\s{17}")
# White space in the body: the longest run, how many long ones, and how much of it at the end.
LONGEST_RUN = 4096
LONG_RUN = 64
MOST_LONG_RUNS = 2000
LONGEST_END = 64 * 1024
# 25 MB of an encoded file are 340,000 lines; dkimpy makes an object of each.
MOST_LINES = 1_000_000
TAB_AS_SPACE = bytes.maketrans(b"\t", b" ")


def can_be_checked(content: bytes) -> bool:
    """Whether signatures over `content` (CR LF) can be checked in time that grows with its length only."""
    end = content.find(b"\r\n\r\n")
    if (len(content) if end < 0 else end) > LONGEST_HEADER:
        return False
    if content.count(b"\n") > MOST_LINES or len(content) - len(content.rstrip()) > LONGEST_END:
        return False
    flat = content.translate(TAB_AS_SPACE)
    return b" " * LONGEST_RUN not in flat and flat.count(b" " * LONG_RUN) <= MOST_LONG_RUNS


def signature_headers(headers: list[list[bytes]], *names: bytes) -> list[bytes]:
    """The values of these headers, as dkimpy numbers them. Names are in lower case."""
    return [value for name, value in headers if name.lower() in names]


def is_light(signature: bytes) -> bool:
    return len(signature) <= LONGEST_SIGNATURE and not WIDE_GAP.search(signature)
