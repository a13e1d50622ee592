"""Messages made in code: a header with placeholders, a body, parts. Names and addresses are placeholders."""

import re
from collections.abc import Sequence
from email.header import Header
from email.utils import formataddr

CLERK = ("整改意见征集", "zgyj@126.example")
RESIDENT = ("王先生", "wang@example.com")
INTAKE = "intake@feedback.example.org"
OPINION = (
    "我是城东片区的拆迁户，协议约定三十六个月交房，到现在已经拖了两年多。\n\n恳请派人到现场看一看，把时间表公布出来。"
)
NOTICE = "现将整改方案予以公示，公示期为十五日。\n\n广大群众如有意见建议，请通过电子邮箱反馈。"


def encoded(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=10_000).encode()


def message(
    body: str | bytes,
    *,
    subject: str = "反映问题",
    sender: tuple[str, str] = RESIDENT,
    to: str = CLERK[1],
    content_type: str = "text/plain; charset=utf-8",
    headers: Sequence[str] = (),
) -> bytes:
    """One message with a single part."""
    lines = [
        f"From: {formataddr(sender)}",
        f"To: {to}",
        f"Subject: {encoded(subject)}",
        "Date: Mon, 10 Nov 2025 09:12:05 +0800",
        "Message-ID: <1@example.com>",
        "MIME-Version: 1.0",
        f"Content-Type: {content_type}",
        "Content-Transfer-Encoding: 8bit",
        *headers,
    ]
    content = body if isinstance(body, bytes) else body.encode("utf-8")
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + content


def forward(body: str, *, subject: str = "转发：反映问题", content_type: str = "text/plain; charset=utf-8") -> bytes:
    """A message that the clerk's mailbox passed on to us by hand."""
    return message(body, subject=subject, sender=CLERK, to=INTAKE, content_type=content_type)


def html_forward(body: str, *, subject: str = "转发：反映问题") -> bytes:
    return forward(body, subject=subject, content_type="text/html; charset=utf-8")


def plain(text: str) -> str:
    """For comparing: without white space and without characters that print nothing."""
    return re.sub(r"[\s\u200b-\u200f\u2060\ufeff]+", "", text)
