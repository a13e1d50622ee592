"""A resident's own words stay whole, whatever they look like."""

import pytest

from mail_ingest.parse import parse_to_dict
from tests.mail_ingest.messages import message, plain

LETTERS = {
    "tells of a letter": "我在上一封信里写道：请尽快交房。\n\n可是没有回音。",
    "tells of a letter and its date": "我在2025年10月1日的信里写道：\n\n请尽快交房。\n\n可是没有回音。",
    "tells of a letter to an address": "我在2025年10月1日给 zgyj@126.example 写道：\n请尽快交房。\n没有回音。",
    "tells when a letter was sent": "2025年11月8日发邮件到 zgyj@126.example：\n请公布账目。\n没有回音。",
    "tells what an office wrote": "2025年11月8日 县信访局 xf@gov.example 在回信中写道：\n已经转办。\n"
    "实际上没有人来。",
    "tells it in English": "On 1 January 2024 I wrote to mayor@example.com:\nPlease repair the road.\nNobody came.",
    "asks to write": "请于2025年12月1日 18:00 前发到 wang@example.com：\n一、账目\n二、合同",
    "heads a letter with addresses": "发件人：王先生 <wang@example.com>\n收件人：整改办 <zgyj@126.example>\n主题："
    "房子\n\n请答复。",
    "lists in columns": "项目    金额\n日期    2025年\n主题    拆迁\n请核对。",
    "minutes of a talk": "时间：2025年11月8日 09:00\n地点：二楼\n主题：拆迁补偿\n发言：没有结果。",
    "banner without a block": "-----Original Message-----\n这几个字是我自己写的。",
    "speaks of the sender": "发件人是谁并不重要，重要的是问题解决。\n主题：就是要一个期限\n日期：越快越好",
    "English in prose": "From: my point of view it is simple.\nTo: be honest, nothing was done.\n"
    "Subject: the same as "
    "last "
    "year.",
    "letter head": "发信人：城东片区居民\n收信人：县整改专班\n事由：安置房逾期\n\n我们已经等了两年。",
    "rules of dashes": "第一件事\n----------\n第二件事\n==========\n________________________________\n第三件事",
    "rule with words": "------ 分割线 ------\n以上是经过，以下是诉求。\n------ 诉求 ------\n请公布账目。",
    "title with forward": "请把我的信转发给县领导。\n\n转发：这件事与所有住户有关\n\n谢谢。",
    "quotes a document": "公告第二条写道：\n“公示期为十五日。”\n但是现在已经过了二十日。",
    "greater-than sign": "> 60 岁的老人有二十三位，\n> 80 岁的有五位，都没有电梯可用。\n请解决。",
    "numbers": "1. 2025年11月8日 09:00 打电话给 12345：\n没有人接。\n2. 2025年11月9日 10:00 再打：\n还是没有人接。",
    "telephone and address": "联系人：王先生\n电话：000-0000000\n地址：城东片区\n邮箱：wang@example.com",
    "closing": "请答复。\n\n此致\n敬礼！\n\n城东拆迁户 王先生\n2025年11月10日",
    "two dashes": "我有两点意见\n--\n第一，公布账目；第二，退还差额。以上请答复。",
    "talks of mail programs": "我用QQ邮箱发送过三次，从手机上也发过，都被退回来了。\n我没有别的邮箱。",
    "sentence on iPhone": "发自我的iPhone的照片你们说打不开，我又用电脑发了一次，请查收。",
    "ends with a telephone": "物业不接电话，\n通过手机也联系不上",
    "ends with a device": "证据是视频\n从去年九月起每天用手机拍的",
    "ends with an address": "结果没有下文\n来自城东片区的手机用户都可以作证",
    "original words": "原文\n第一条 公示期为十五日。\n我的意见是应当延长。",
    "wrote at the end": "物业经理在群里发消息写道：",
    "only quoted lines": "> 这是我从记事本里粘过来的\n> 每一行都带着符号\n> 但都是我写的",
}


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("subject", ["补充反映问题", "投诉"])
def test_own_words_stay_whole(letter: str, subject: str) -> None:
    found = parse_to_dict(message(LETTERS[letter], subject=subject))
    assert found["forwarded"] is None
    assert found["author"]["address"] == "wang@example.com"
    assert plain(found["opinion"]["text"]).replace(">", "") == plain(LETTERS[letter]).replace(">", "")


SIGNATURES = [
    "发自我的iPhone",
    "发自我的 iPad",
    "发自我的华为手机",
    "发自我的小米手机",
    "发自我的HUAWEI Mate 60 Pro",
    "发自 网易邮箱大师",
    "发自网易邮箱手机版",
    "来自我的华为手机",
    "来自QQ邮箱手机版",
    "发自我的vivo智能手机",
    "从我的OPPO手机发送",
    "发送自我的 Galaxy",
    "从 Windows 版邮件发送",
    "发送自 Windows 10 版邮件应用",
    "获取 Outlook for iOS",
    "获取适用于 Android 的 Outlook",
    "Sent from my iPhone",
    "Sent from my HUAWEI P40",
    "Sent from Mail for Windows 10",
    "Get Outlook for Android",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Sent from Yahoo Mail on Android",
    "签名由 网易邮箱大师 定制",
    "从我的 iPhone 发送",
    "傳送自我的 iPhone",
    "iPhoneから送信",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Отправлено с iPhone",
    "나의 iPhone에서 보냄",
    "Enviado desde mi iPhone",
    "发自我的荣耀手机",
    "发自新浪邮箱客户端",
    "来自139邮箱客户端",
    "--\n发自我的iPhone",
    "[发自我的iPhone]",
    "发自我的手机",
    "通过 iPhone 发送",
    "Sent from my Redmi Note 12",
    "发自 Foxmail 手机版",
    "Sent with Proton Mail secure email.",
    "-- \n王先生\n电话 000-0000000",
    "| |\n王先生\n|\n|\n邮箱：wang@example.com\n|\n\n签名由 网易邮箱大师 定制",
    "| |\n王先生\n|\n|\nwang@example.com\n|",
]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_signature_of_a_mail_program_is_left_out(signature: str) -> None:
    body = f"请公布账目。\n\n此致\n敬礼\n王先生\n\n{signature}\n"
    assert parse_to_dict(message(body))["opinion"]["text"] == "请公布账目。\n\n此致\n敬礼\n王先生"
