"""A parsed mail as feedback.spam wants to see it."""

import html
import re

from feedback import spam
from feedback.spam import Letter, Link
from mail_ingest.parsed import ParsedMail

# In our own cleaned HTML: quoted attributes, no script, a picture from elsewhere has lost its address.
LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]{1,2000})"[^>]*>(.{0,500}?)</a>', re.S)
TAG = re.compile(r"<[^>]*>")
PICTURE_FROM_ELSEWHERE = re.compile(r'<img\b(?![^>]*\bsrc="cid:)')
MOST_LINKS = 200


def suspicion(mail: ParsedMail) -> tuple[spam.Signal, ...]:
    """The signals of advertising that a mail shows."""
    return tuple(spam.judge(_letter(mail)))


def _letter(mail: ParsedMail) -> Letter:
    markup = mail.html or ""
    return Letter(
        subject=mail.opinion.subject or mail.subject,
        text=mail.opinion.text or mail.text,
        links=tuple(_links(markup)),
        remote_pictures=len(PICTURE_FROM_ELSEWHERE.findall(markup)),
        filenames=tuple(file.filename for file in mail.attachments),
        is_bulk=mail.automatic == "list" and not mail.to and not mail.cc,
    )


def _links(markup: str) -> list[Link]:
    found = LINK.findall(markup)[:MOST_LINKS]
    return [Link(html.unescape(TAG.sub("", words)), html.unescape(target)) for target, words in found]
