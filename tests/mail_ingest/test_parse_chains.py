"""Forwards inside one another: the author is the first, going inwards, who wrote words of their own."""

import pytest

from mail_ingest.parse import parse, parse_to_dict
from tests.mail_ingest.messages import CLERK, INTAKE, OPINION, RESIDENT, forward, message, plain

INNERMOST = (
    "-----原始邮件-----\n发件人: 王先生 <wang@example.com>\n发送时间: 2025-11-08 "
    "10:00:00 (星期六)\n收件人: town@gov.example\n主题: 反映问题\n\n"
)
MIDDLE = (
    '-------- 转发邮件信息 --------\n发件人："镇信访窗口" <town@gov.example>\n'
    "发送日期：2025-11-09 18:58:07\n收件人：zgyj@126.example\n主题：转发：反映问题\n"
)
QQ_INNERMOST = (
    "------------------ 原始邮件 ------------------\n发件人: "
    '"王先生"<wang@example.com>;\n发送时间: 2025年11月8日(星期六) 上午10:00\n收件人: '
    '"镇信访窗口"<town@gov.example>;\n主题: 反映问题\n\n'
)
APPLE_INNERMOST = (
    "以下是转发的邮件：\n\n> 发件人: 王先生 <wang@example.com>\n> 日期: 2025年11月8日 "
    "GMT+8 10:00:00\n> 收件人: town@gov.example\n> 主题: 反映问题\n> \n"
)
OWN_WORDS = "我们村也有同样的情况，二十三户人家的补偿款到现在没有到账，我是村民代表，请一并核实处理，我愿意实名作证。"


@pytest.mark.parametrize(
    "remark",
    ["", "请阅处。\n\n", "转县专班。\n镇信访窗口\n电话：000-0000000\n\n", "见下面的群众来信，请按程序办理。\n"],
)
@pytest.mark.parametrize("inner", [INNERMOST, QQ_INNERMOST, APPLE_INNERMOST])
def test_remarks_on_the_way_are_no_opinion(inner: str, remark: str) -> None:
    body = OPINION if "> " not in inner else "\n".join(f"> {line}" for line in OPINION.split("\n"))
    found = parse_to_dict(forward("请登记。\n\n" + MIDDLE + remark + inner + body, subject="转发：转发：反映问题"))
    assert (found["author"]["name"], found["author"]["address"]) == RESIDENT
    assert found["forwarded"]["by"]["address"] == CLERK[1]
    assert found["forwarded"]["subject"] == "转发：反映问题"
    assert found["opinion"]["subject"] == "反映问题"
    assert plain(found["opinion"]["text"]) == plain(OPINION)


def test_words_in_the_middle_are_the_opinion() -> None:
    middle = MIDDLE.replace("镇信访窗口", "李女士").replace("town@gov.example", "li@example.com")
    found = parse_to_dict(
        forward("请登记。\n\n" + middle + OWN_WORDS + "\n\n" + INNERMOST + OPINION, subject="转发：转发：反映问题")
    )
    assert found["author"] == {"name": "李女士", "address": "li@example.com"}
    assert plain(found["opinion"]["text"]) == plain(OWN_WORDS)


def test_words_of_the_outermost_forwarder_are_the_opinion() -> None:
    found = parse_to_dict(
        message(
            OWN_WORDS + "\n\n" + INNERMOST + OPINION, subject="转发：反映问题", sender=("李女士", "li@example.com")
        )
    )
    assert found["author"]["address"] == "li@example.com"
    assert (found["forwarded"]["kind"], found["forwarded"]["by"]["address"]) == ("inline", "li@example.com")
    assert plain(found["opinion"]["text"]) == plain(OWN_WORDS)


def attached(inner: bytes, note: str = "详见附件。", part_headers: str = "Content-Type: message/rfc822") -> bytes:
    head = message(
        "", subject="转发：反映问题", sender=CLERK, to=INTAKE, content_type='multipart/mixed; boundary="b"'
    )
    return (
        head
        + f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{note}\r\n--b\r\n{part_headers}\r\n\r\n".encode()
        + inner
        + b"\r\n--b--\r\n"
    )


def test_attached_message_is_what_was_forwarded() -> None:
    found = parse_to_dict(attached(message(OPINION)))
    assert (found["forwarded"]["kind"], found["forwarded"]["by"]["address"]) == ("attached", CLERK[1])
    assert found["forwarded"]["subject"] == found["opinion"]["subject"] == "反映问题"
    assert found["author"]["address"] == RESIDENT[1]
    assert plain(found["opinion"]["text"]) == plain(OPINION)


@pytest.mark.parametrize(
    "part_headers",
    [
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64",
        'Content-Type: application/octet-stream; name="a.eml"\r\nContent-Transfer-Encoding: base64',
        "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: "
        'base64\r\nContent-Disposition: attachment; filename="a.eml"',
        'Content-Type: text/plain; name="a.eml"\r\nContent-Transfer-Encoding: '
        "base64\r\nContent-Disposition: attachment",
    ],
)
def test_attached_message_in_a_wrapping(part_headers: str) -> None:
    import base64

    found = parse_to_dict(attached(base64.encodebytes(message(OPINION)), part_headers=part_headers))
    assert found["forwarded"]["kind"] == "attached"
    assert found["author"]["address"] == RESIDENT[1]
    assert plain(found["opinion"]["text"]) == plain(OPINION)


def test_attached_forward_that_holds_an_inline_forward() -> None:
    inner = message(
        "请处理。\n\n" + INNERMOST + OPINION, subject="转发：反映问题", sender=("镇信访窗口", "town@gov.example")
    )
    found = parse_to_dict(attached(inner))
    assert found["forwarded"]["kind"] == "attached"
    assert found["author"]["address"] == RESIDENT[1]
    assert plain(found["opinion"]["text"]) == plain(OPINION)


def test_attached_message_in_an_attached_message() -> None:
    found = parse_to_dict(attached(attached(message(OPINION), note="")))
    assert found["author"]["address"] == RESIDENT[1]
    assert plain(found["opinion"]["text"]) == plain(OPINION)


def test_message_attached_as_proof_is_no_forward() -> None:
    raw = attached(message("已收到。", sender=("某单位", "unit@gov.example")), note=OPINION)
    raw = raw.replace(b"zgyj@126.example", b"li@example.com", 1).replace(
        b"Subject: =?utf-8?", b"Subject: proof\r\nX: =?utf-8?", 1
    )
    found = parse_to_dict(raw)
    assert (found["forwarded"], found["author"]["address"]) == (None, "li@example.com")
    assert [item["content_type"] for item in found["attachments"]] == ["message/rfc822"]
    assert plain(found["opinion"]["text"]) == plain(OPINION)


def test_files_of_the_attached_message_are_listed() -> None:
    inner = (
        message("", content_type='multipart/mixed; boundary="i"')
        + (
            ("--i\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
            + OPINION
            + "\r\n--i\r\nContent-Type: application/pdf\r\n"
            'Content-Disposition: attachment; filename="a.pdf"\r\n\r\n%PDF\r\n--i--\r\n'
        ).encode()
    )
    assert [item["filename"] for item in parse_to_dict(attached(inner))["attachments"]] == ["a.pdf"]


def test_everybody_on_the_way_is_known_the_outermost_first() -> None:
    raw = forward("请登记。\n\n" + MIDDLE + "请阅处。\n\n" + INNERMOST + OPINION, subject="转发：转发：反映问题")
    assert [mailbox.address for mailbox in parse(raw).passed_on_by] == [CLERK[1], "town@gov.example"]


def test_who_writes_is_not_among_those_who_passed_it_on() -> None:
    assert parse(message(OPINION, subject="反映问题", sender=RESIDENT)).passed_on_by == ()
