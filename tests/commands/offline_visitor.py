"""Run inside a network namespace in which nothing but loopback exists: visits every page and all that it asks for.

Arguments: the ports of the web and of the listener. Prints one line for each address that was asked; exit 1 where one
lies elsewhere or cannot be had.
"""

import re
import smtplib
import sys
import time
import urllib.request
from urllib.parse import urljoin, urlsplit

PAGES = ("/", "/opinions/new", "/track", "/answers", "/staff/login")
# What a browser fetches by itself: styles, scripts, pictures, fonts; not the links that a person may follow.
FETCHED = re.compile(
    r"""<(?:script|img|source|iframe)[^>]*\ssrc="([^"]+)"|<link[^>]*\shref="([^"]+)"|url\(["']?([^"')]+)"""
)


def main() -> None:
    web, smtp = sys.argv[1], int(sys.argv[2])
    house = f"http://127.0.0.1:{web}"
    to_fetch, fetched = [house + page for page in PAGES], set[str]()
    while to_fetch:
        address = to_fetch.pop()
        if address in fetched or address.startswith("data:"):
            continue
        fetched.add(address)
        assert urlsplit(address).netloc == f"127.0.0.1:{web}", f"outside: {address}"
        with urllib.request.urlopen(address, timeout=20) as answer:
            kind, content = answer.headers.get_content_type(), answer.read()
        print(address)
        if kind in ("text/html", "text/css"):
            named = FETCHED.findall(content.decode())
            to_fetch += [urljoin(address, found) for one in named for found in one if found]
    began = time.monotonic()
    with smtplib.SMTP("127.0.0.1", smtp, timeout=20) as client:
        client.sendmail("wang@example.com", ["intake@localhost"], b"Subject: x\r\n\r\nSomething to say.\r\n")
    assert time.monotonic() - began < 10, "a mail waits for a name server"


if __name__ == "__main__":
    main()
