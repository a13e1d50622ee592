"""An answer to the notice is no forward: its own words are the opinion, the quoted notice is not."""

import pytest

from mail_ingest.parse import parse_to_dict
from tests.mail_ingest.messages import NOTICE, OPINION, message, plain

QUOTED = "\n".join(f"> {line}".rstrip() for line in NOTICE.split("\n"))
# Client: what it puts below the answer.
PLAIN_QUOTES = {
    "163 webmail": '\n\n\n\n在 2025-11-08 09:00:00，"征集" <zgyj@126.example> 写道：\n\n' + QUOTED,
    "163 webmail, old": "\n\n\n在2025-11-08 09:00:00，征集 <zgyj@126.example> 写道：\n" + QUOTED,
    "163 webmail, English": '\n\nAt 2025-11-08 09:00:00, "征集" <zgyj@126.example> wrote:\n' + QUOTED,
    "NetEase Mail Master": (
        "\n\n---- 回复的原邮件 ----\n| 发件人 | 征集<zgyj@126.example> |\n| 发送日期 | 2025年11月08日 09:00 "
        "|\n| 收件人 | wang@example.com |\n| 主题 | 关于征求意见的通告 |\n"
    )
    + NOTICE,
    "NetEase Mail Master, English": (
        "\n\n---- Replied Message ----\n| From | 征集<zgyj@126.example> |\n| Date | 11/08/2025 09:00 |\n| To "
        "| wang@example.com |\n| Subject | 通告 |\n"
    )
    + NOTICE,
    "QQ Mail": (
        '\n\n\n------------------ 原始邮件 ------------------\n发件人: "征集"<zgyj@126.example>;\n发送时间: '
        '2025年11月8日(星期六) 上午9:00\n收件人: "王先生"<wang@example.com>;\n主题: 关于征求意见的通告\n\n'
    )
    + NOTICE,
    "QQ Mail, phone": (
        '\n\n---原始邮件---\n发件人: "征集"<zgyj@126.example>\n发送时间: 2025年11月8日(周六) 上午9:00\n'
        '收件人: "王先生"<wang@example.com>;\n主题: 关于征求意见的通告\n\n'
    )
    + NOTICE,
    "Foxmail": (
        "\n\n\n\n王先生\n \n发件人： 征集\n发送时间： 2025-11-08 09:00\n收件人： wang@example.com\n主题： "
        "关于征求意见的通告\n"
    )
    + NOTICE,
    "Outlook desktop": (
        "\n\n-----邮件原件-----\n发件人: 征集 [mailto:zgyj@126.example] \n发送时间: 2025年11月8日 9:00\n"
        "收件人: wang@example.com\n主题: 关于征求意见的通告\n\n"
    )
    + NOTICE,
    "Outlook web": (
        "\n\n________________________________\n发件人: 征集 <zgyj@126.example>\n发送时间: 2025年11月8日 "
        "9:00\n收件人: wang@example.com <wang@example.com>\n主题: 关于征求意见的通告\n\n"
    )
    + NOTICE,
    "Outlook phone": (
        "\n\n获取 Outlook for Android<https://aka.ms/AAb9ysg>\n________________________________\nFrom: 征集 "
        "<zgyj@126.example>\nSent: Saturday, November 8, 2025 9:00:00 AM\nTo: wang@example.com "
        "<wang@example.com>\nSubject: 通告\n\n"
    )
    + NOTICE,
    "Outlook on Mac": ('\n\n在 2025/11/8 上午9:00，"征集" <zgyj@126.example> 写入:\n\n')
    + "\n".join("    " + line for line in NOTICE.split("\n")),
    "iPhone": "\n\n发自我的iPhone\n\n> 在 2025年11月8日，上午9:00，征集 <zgyj@126.example> 写道：\n> \n" + QUOTED,
    "iPhone, new": ("\n\n发自我的iPhone\n\n> 在 2025年11月8日，09:00，征集 <zgyj@126.example> 写道：\n> \n> \ufeff")
    + QUOTED.removeprefix("> "),
    "Apple Mail": "\n\n> 2025年11月8日 09:00，征集 <zgyj@126.example> 写道：\n> \n" + QUOTED,
    "Apple Mail, English": "\n\n> On Nov 8, 2025, at 09:00, 征集 <zgyj@126.example> wrote:\n> \n" + QUOTED,
    "Gmail": "\n\n征集 <zgyj@126.example> 于2025年11月8日周六 09:00写道：\n\n" + QUOTED,
    "Gmail, wrapped": (
        "\n\n公开征求群众身边突出问题整改意见工作专班 <\nzgyj@126.example> 于2025年11月8日周六 09:00写道：\n\n"
    )
    + QUOTED,
    "Gmail, English": "\n\nOn Sat, Nov 8, 2025 at 9:00 AM 征集 <zgyj@126.example>\nwrote:\n\n" + QUOTED,
    "Gmail, traditional": "\n\n征集 <zgyj@126.example> 於 2025年11月8日 週六 上午9:00寫道：\n\n" + QUOTED,
    "Thunderbird": "\n\n在 2025/11/8 9:00, 征集 写道:\n" + QUOTED,
    "Thunderbird, old": "\n\n于 2025年11月08日 09:00, 征集 写道:\n" + QUOTED,
    "Coremail": (
        '\n\n\n-----原始邮件-----\n发件人:"征集" <zgyj@126.example>\n发送时间:2025-11-08 09:00:00 (星期六)\n'
        "收件人: wang@example.com\n主题: 关于征求意见的通告\n\n"
    )
    + NOTICE,
    "139 webmail": (
        "\n\n\n\n----邮件原文----\n发件人：征集 <zgyj@126.example>\n收 件 人：王先生 <wang@example.com>\n抄 "
        "送：(无)\n发送时间：2025-11-08 09:00:00\n主题：关于征求意见的通告\n\n"
    )
    + NOTICE,
    "Sina": (
        "\n\n\n----- 原始邮件 -----\n发件人：征集 <zgyj@126.example>\n收件人：wang@example.com\n主题："
        "关于征求意见的通告\n日期：2025年11月08日 09点00分\n\n"
    )
    + NOTICE,
    "Aliyun": (
        "\n\n------------------------------------------------------------------\n发件人：征集 "
        "<zgyj@126.example>\n日　期：2025年11月08日 09:00:00\n收件人：王先生<wang@example.com>\n主　题："
        "关于征求意见的通告\n\n"
    )
    + NOTICE,
    "Yahoo": "\n    在 2025年11月8日星期六 GMT+8 09:00:00， 征集<zgyj@126.example> 写道：  \n \n " + NOTICE,
    "Huawei phone": (
        "\n\n发自我的华为手机\n\n\n-------- 原始邮件 --------\n发件人： 征集 <zgyj@126.example>\n日期： "
        "2025年11月8日 周六 09:00\n收件人： wang@example.com\n主 题： 关于征求意见的通告\n"
    )
    + NOTICE,
    "German phone": (
        "\n\nVon meinem iPhone gesendet\n\n> Am 08.11.2025 um 09:00 schrieb 征集 <zgyj@126.example>:\n> \n"
    )
    + QUOTED,
    "French webmail": "\n\nLe sam. 8 nov. 2025 à 09:00, 征集 <zgyj@126.example> a écrit :\n\n" + QUOTED,
    "Japanese Gmail": "\n\n2025年11月8日(土) 9:00 征集 <zgyj@126.example>:\n\n" + QUOTED,
    "Korean Gmail": "\n\n2025년 11월 8일 (토) 오전 9:00, 征集 <zgyj@126.example>님이 작성:\n\n" + QUOTED,
    "Russian Mail.ru": "\n\n> Суббота, 8 ноября 2025, 9:00 +03:00 от 征集 <zgyj@126.example>:\n> \n" + QUOTED,
}
_SIGNED_ABOVE = {"Foxmail": "王先生"}


@pytest.mark.parametrize("subject", ["回复：关于征求意见的通告", "Re: 通告", "答复: 通告", "Re:Re:回复： 通告"])
@pytest.mark.parametrize("client", PLAIN_QUOTES)
def test_answer_is_its_own_words(client: str, subject: str) -> None:
    found = parse_to_dict(message(OPINION + PLAIN_QUOTES[client], subject=subject))
    assert found["forwarded"] is None
    assert found["author"] == {"name": "王先生", "address": "wang@example.com"}
    assert plain(found["opinion"]["text"]) == plain(OPINION + _SIGNED_ABOVE.get(client, ""))


@pytest.mark.parametrize("client", ["163 webmail", "Gmail", "iPhone", "QQ Mail", "Outlook desktop"])
def test_forwarded_answer_is_its_own_words(client: str) -> None:
    block = (
        '-------- 转发邮件信息 --------\n发件人："王先生" <wang@example.com>\n发送日期：2025-11-09 18:58:07\n'
        "收件人：zgyj@126.example\n主题：回复：通告\n"
    )
    found = parse_to_dict(
        message(
            "请登记。\n\n" + block + OPINION + PLAIN_QUOTES[client],
            subject="转发：回复：通告",
            sender=("征集", "zgyj@126.example"),
            to="intake@feedback.example.org",
        )
    )
    assert found["forwarded"]["subject"] == "回复：通告"
    assert found["author"]["address"] == "wang@example.com"
    assert plain(found["opinion"]["text"]) == plain(OPINION)


def test_answers_between_quoted_lines_are_kept() -> None:
    body = (
        '逐条回复：\n\n在 2025-11-08 09:00:00，"征集" <zgyj@126.example> 写道：\n\n>一、公布账目。\n\n'
        "没有公布。\n\n>二、退还差额。\n>三、答复本人。\n"
        "没有退还，也没有答复。\n\n发自我的iPhone\n"
    )
    text = plain(parse_to_dict(message(body, subject="Re: 通告"))["opinion"]["text"])
    assert text == "逐条回复：没有公布。没有退还，也没有答复。"


def test_answer_below_the_quotation_is_kept() -> None:
    body = f"征集 <zgyj@126.example> 于2025年11月8日周六 09:00写道：\n\n{QUOTED}\n\n{OPINION}\n"
    assert plain(parse_to_dict(message(body, subject="Re: 通告"))["opinion"]["text"]) == plain(OPINION)


def test_answer_button_pressed_to_pass_on_is_a_forward() -> None:
    block = (
        "发件人: 王先生 <wang@example.com>\n发送时间: 2025年11月9日 18:58\n收件人: "
        "zgyj@126.example\n主题: 反映问题\n\n"
    )
    raw = message(
        "请登记。\n\n" + block + OPINION,
        subject="Re: 反映问题",
        sender=("征集", "zgyj@126.example"),
        to="intake@example.org",
    )
    found = parse_to_dict(raw)
    assert (found["forwarded"]["kind"], found["author"]["address"]) == ("inline", "wang@example.com")
    assert plain(found["opinion"]["text"]) == plain(OPINION)


def test_short_answer_is_an_opinion() -> None:
    found = parse_to_dict(message("同意。" + PLAIN_QUOTES["163 webmail"], subject="Re: 通告"))
    assert (found["forwarded"], found["opinion"]["text"]) == (None, "同意。")


def test_quoted_notice_in_html_is_left_out() -> None:
    page = (
        '<div dir="ltr"><div>我的意见。</div></div><br><div class="gmail_quote"><div '
        'class="gmail_attr">征集 &lt;<a href="mailto:zgyj@126.example">zgyj@126.example</a>&gt; '
        "于2025年11月8日周六 09:00写道：<br></div><blockquote>现将方案公示。</blockquote></div>"
    )
    found = parse_to_dict(message(page, subject="Re: 通告", content_type="text/html; charset=utf-8"))
    assert found["opinion"]["text"] == "我的意见。"


def test_answer_without_prefix_is_known_by_whom_it_answers() -> None:
    body = OPINION + PLAIN_QUOTES["Outlook web"]
    found = parse_to_dict(message(body, subject="关于征求意见的通告"))
    assert found["forwarded"] is None
    assert plain(found["opinion"]["text"]) == plain(OPINION)
