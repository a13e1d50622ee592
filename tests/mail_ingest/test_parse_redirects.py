"""Mail that a mailbox rule passed on whole belongs to its writer; the mailbox is named as the forwarder."""

import pytest

from mail_ingest.parse import parse, parse_to_dict
from tests.mail_ingest.messages import CLERK, INTAKE, OPINION, RESIDENT, message, plain

# What the forwarding side left: headers besides the resident's own.
TRACES = {
    "Resent-From": ["Resent-From: zgyj@126.example", "Resent-To: intake@feedback.example.org"],
    "Resent-Sender only": ["Resent-Sender: zgyj@126.example", "Resent-Date: Mon, 10 Nov 2025 10:00:00 +0800"],
    "Gmail": [
        "X-Forwarded-To: intake@feedback.example.org",
        "X-Forwarded-For: zgyj@126.example intake@feedback.example.org",
    ],
    "X-Forwarded-To only": ["X-Forwarded-To: intake@feedback.example.org"],
    "SRS": ["Return-Path: <SRS0=aB3d=7F=example.com=wang@126.example>"],
    "SRS twice": ["Return-Path: <SRS1=Xy=126.example==aB3d=7F=example.com=wang@126.example>"],
    "Gmail's own rewriting": ["Return-Path: <zgyj+caf_=intake=feedback.example.org@126.example>"],
    "forwarder in the envelope": ["Return-Path: <zgyj@126.example>"],
    "Exchange rule": ["X-MS-Exchange-Inbox-Rules-Loop: zgyj@126.example"],
    "procmail": ["X-Loop: zgyj@126.example"],
    "Sender": ["Sender: zgyj@126.example"],
    "Postfix alias": ["X-Original-To: zgyj@126.example", "Delivered-To: intake@feedback.example.org"],
    "delivered twice": ["Delivered-To: intake@feedback.example.org", "Delivered-To: zgyj@126.example"],
}


@pytest.mark.parametrize("trace", TRACES)
def test_redirect_keeps_its_writer(trace: str) -> None:
    found = parse_to_dict(message(OPINION, headers=TRACES[trace]))
    assert found["forwarded"]["kind"] == "redirected"
    assert found["forwarded"]["by"]["address"] == CLERK[1]
    assert found["author"] == {"name": RESIDENT[0], "address": RESIDENT[1]}
    assert plain(found["opinion"]["text"]) == plain(OPINION)


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("王先生 via 整改意见征集", ["Reply-To: wang@example.com"]),
        (
            "王先生 via 整改意见征集",
            ["X-Original-From: =?utf-8?B?546L5YWI55Sf?= <wang@example.com>", "Reply-To: wang@example.com"],
        ),
        ("王先生（由 整改意见征集 代发）", ["Reply-To: wang@example.com"]),
        ("整改意见征集", ["Reply-To: =?utf-8?B?546L5YWI55Sf?= <wang@example.com>", "Resent-From: zgyj@126.example"]),
        ("'王先生' via 征集", ["Reply-To: wang@example.com", "X-Original-Sender: wang@example.com"]),
    ],
)
def test_rewritten_from_gives_the_writer_back(name: str, headers: list[str]) -> None:
    found = parse_to_dict(message(OPINION, sender=(name, CLERK[1]), headers=headers))
    assert found["forwarded"]["kind"] == "redirected"
    assert found["forwarded"]["by"]["address"] == CLERK[1]
    assert found["author"] == {"name": RESIDENT[0], "address": RESIDENT[1]}


def test_envelope_alone_tells_of_a_redirect() -> None:
    found = parse(message(OPINION), recipients=[INTAKE])
    assert found.forwarded is not None
    assert (found.forwarded.kind, found.forwarded.by and found.forwarded.by.address) == ("redirected", CLERK[1])
    assert found.author is not None and found.author.address == RESIDENT[1]


def test_mail_straight_to_us_is_no_redirect() -> None:
    assert parse(message(OPINION, to=INTAKE), recipients=[INTAKE]).forwarded is None
    assert (
        parse(
            message(OPINION, headers=["Return-Path: <wang@example.com>", "Delivered-To: zgyj@126.example"])
        ).forwarded
        is None
    )
    assert parse(message(OPINION, headers=["Reply-To: wang.second@example.com"])).forwarded is None


def test_forward_by_hand_inside_a_redirect_names_the_writer() -> None:
    block = (
        "-----原始邮件-----\n发件人: 李女士 <li@example.com>\n发送时间: 2025-11-09 "
        "18:58\n收件人: town@gov.example\n主题: 反映问题\n\n"
    )
    raw = message(
        "请处理。\n\n" + block + OPINION,
        subject="转发：反映问题",
        sender=("镇政府", "town@gov.example"),
        headers=TRACES["Resent-From"],
    )
    found = parse_to_dict(raw)
    assert (found["forwarded"]["kind"], found["forwarded"]["by"]["address"]) == ("redirected", CLERK[1])
    assert found["author"] == {"name": "李女士", "address": "li@example.com"}
    assert plain(found["opinion"]["text"]) == plain(OPINION)
