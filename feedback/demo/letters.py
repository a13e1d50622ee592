"""Invented mail that came in last: the listener files it when it starts."""

from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

FORWARDED = """请登记。

---------- 转发的邮件 ----------
发件人：秦女士 <qin@example.com>
日期：2026年3月1日 10:20
主题：绿化带遮挡路口
收件人：办公室 <office@example.com>

路口的绿化带长得太高，小孩过马路时司机看不见，希望修剪一下。
"""


def all_of(now: datetime) -> Iterator[bytes]:
    yield _letter(
        now,
        ("丁先生 <ding@example.com>", "安置小区停车位"),
        "您好：\n\n安置小区的停车位怎么分配？是先到先得还是按户摇号？盼复。\n",
    )
    yield _letter(now, ("办公室 <office@example.com>", "转发：绿化带遮挡路口"), FORWARDED)
    yield _letter(
        now,
        ("自动回复 <away@example.com>", "自动回复：您的意见已收到"),
        "我正在休假，回来后再处理您的邮件。\n",
        automatic="auto-replied",
    )


def _letter(now: datetime, said: tuple[str, str], text: str, automatic: str = "") -> bytes:
    sender, subject = said
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = "intake@localhost"
    message["Subject"] = subject
    message["Date"] = now
    message["Message-ID"] = make_msgid(domain="example.com")
    if automatic:
        message["Auto-Submitted"] = automatic
    message.set_content(text, cte="base64")
    return message.as_bytes()
