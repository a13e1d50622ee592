"""Mail that no person wrote to us is marked, and a person's mail is not."""

import pytest

from mail_ingest.parse import parse_to_dict
from tests.mail_ingest.messages import message

DAEMON = ("", "MAILER-DAEMON@126.example")
REPORT = "multipart/report; report-type=delivery-status; boundary=b"
CASES = [
    ("bounce", "系统退信", DAEMON, [], "text/plain"),
    ("bounce", "系统退信", ("Postmaster", "postmaster@163.example"), [], "text/plain"),
    ("bounce", "退信：Fw: 通告", ("", "x@example.com"), ["Return-Path: <>"], "text/plain"),
    ("bounce", "Undelivered Mail Returned to Sender", DAEMON, ["Auto-Submitted: auto-replied"], "text/plain"),
    ("bounce", "x", ("", "x@example.com"), [], REPORT),
    ("bounce", "x", ("", "x@example.com"), ["X-Failed-Recipients: a@example.com"], "text/plain"),
    ("bounce", "傳遞失敗", DAEMON, [], "text/plain"),
    ("auto-reply", "自动回复：通告", ("", "a@example.com"), [], "text/plain"),
    ("auto-reply", "自动回复", ("", "a@example.com"), [], "text/plain"),
    ("auto-reply", "[自动回复] 通告", ("", "a@example.com"), [], "text/plain"),
    ("auto-reply", "假期回复", ("", "a@example.com"), [], "text/plain"),
    ("auto-reply", "自動回覆: 通告", ("", "a@example.com"), [], "text/plain"),
    ("auto-reply", "Automatic reply: x", ("", "a@example.com"), [], "text/plain"),
    ("auto-reply", "Out of Office: x", ("", "a@example.com"), [], "text/plain"),
    ("auto-reply", "Re: 通告", ("", "a@example.com"), ["Auto-Submitted: auto-replied (vacation)"], "text/plain"),
    ("auto-reply", "Re: 通告", ("", "a@example.com"), ["X-Autoreply: yes"], "text/plain"),
    ("auto-reply", "Re: 通告", ("", "a@example.com"), ["Precedence: auto_reply"], "text/plain"),
    ("auto-reply", "已读: 通告", ("", "a@example.com"), [], "multipart/report; report-type=disposition-notification"),
    ("list", "业主委员会通讯", ("", "a@example.com"), ["List-Id: <yewei.example.org>"], "text/plain"),
    ("list", "促销", ("", "a@example.com"), ["List-Unsubscribe: <mailto:x@example.com>"], "text/plain"),
    ("list", "x", ("", "a@example.com"), ["Precedence: list"], "text/plain"),
    (None, "我的信被系统退信了", ("", "a@example.com"), [], "text/plain"),
    (None, "退信问题请处理", ("", "a@example.com"), [], "text/plain"),
    (None, "你们的自动回复没有用", ("", "a@example.com"), [], "text/plain"),
    (None, "反映问题", ("", "a@example.com"), ["Auto-Submitted: no"], "text/plain"),
    (
        None,
        "反映问题",
        ("", "a@example.com"),
        ["Auto-Submitted: auto-generated", "Resent-From: zgyj@126.example"],
        "text/plain",
    ),
    (None, "反映问题", ("", "postmaster.wang@example.com"), [], "text/plain"),
]


@pytest.mark.parametrize(("kind", "subject", "sender", "headers", "content_type"), CASES)
def test_automatic_mail(
    kind: str | None, subject: str, sender: tuple[str, str], headers: list[str], content_type: str
) -> None:
    raw = message("您好。", subject=subject, sender=sender, headers=headers, content_type=content_type)
    assert parse_to_dict(raw)["automatic"] == kind


def test_returned_mail_is_no_forward() -> None:
    body = (
        "--b\r\n\r\n退信\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: "
        "zgyj@126.example\r\nSubject: x\r\n\r\n答复\r\n--b--\r\n"
    )
    found = parse_to_dict(message(body, sender=DAEMON, content_type=REPORT))
    assert (found["forwarded"], found["automatic"]) == (None, "bounce")
