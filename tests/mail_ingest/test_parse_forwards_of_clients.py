"""A forward is credited to its writer, whichever client the forwarder pressed the button in."""

import pytest

from mail_ingest.parse import parse_to_dict
from tests.mail_ingest.messages import CLERK, OPINION, RESIDENT, forward, html_forward, plain

# Client: what it prints above the forwarded text.
PLAIN_BLOCKS = {
    "163 webmail": '-------- 转发邮件信息 --------\n发件人："王先生" <wang@example.com>\n发送日期：2025-11-09 '
    "18:58:07\n"
    '收件人："征集" <zgyj@126.example>\n主题：反映问题\n',
    "163 webmail, English": '-------- Forwarding messages --------\nFrom: "王先生" <wang@example.com>\n'
    "Date: 2025-11-09 "
    "18:58:07\nTo:  zgyj@126.example\nSubject: 反映问题\n",
    "163 webmail, copies": '-------- 转发邮件信息 --------\n发件人："王先生" <wang@example.com>\n'
    "发送日期：2025-11-09 "
    "18:58:07\n"
    '收件人："征集" <zgyj@126.example>,"李女士" <li@example.com>\n抄送人："张先生" <zhang@example.com>\n'
    "主题：反映问题\n",
    "NetEase Mail Master": "---- 转发的原邮件 ----\n| 发件人 | 王先生<wang@example.com> |\n| 发送日期 | "
    "2025年11月09日 "
    "18:58 |\n"
    "| 收件人 | 征集<zgyj@126.example> |\n| 主题 | 反映问题 |\n",
    "NetEase Mail Master, English": "---- Forwarded Message ----\n| From | 王先生<wang@example.com> |\n| Date | "
    "11/9/2025 18:58 |\n"
    "| To "
    "| zgyj@126.example |\n| Subject | 反映问题 |\n",
    "NetEase Mail Master, tabs": "---- 转发的原邮件 ----\n发件人\t王先生<wang@example.com>\n"
    "发送日期\t2025年11月09日 18:58\n"
    "收件人\t征集<zgyj@126.example>\n主题\t反映问题\n",
    "NetEase Mail Master, value below": "---- 转发的原邮件 ----\n发件人\n王先生<wang@example.com>\n发送日期\n"
    "2025年11月09日 18:58\n"
    "收件人\n"
    "征集<zgyj@126.example>\n主题\n反映问题\n",
    "QQ Mail": '------------------ 原始邮件 ------------------\n发件人: "王先生"<wang@example.com>; \n发送时间: '
    '2025年11月9日(星期天) 晚上6:58\n收件人: "征集"<zgyj@126.example>; \n主题: 反映问题\n',
    "QQ Mail, new": "------------------&nbsp;原始邮件&nbsp;------------------\n发件人:                             "
    "      "
    '                                                                                     "王先生"       '
    "                                                                             "
    "<wang@example.com&gt;;\n发送时间:&nbsp;2025年11月9日(星期天) 晚上6:58\n"
    '收件人:&nbsp;"征集"<zgyj@126.example&gt;;\n主题:&nbsp;反映问题\n',
    "QQ Mail, undecoded entities": "------------------&nbsp;原始邮件&nbsp;------------------\n"
    "发件人:&nbsp;&quot;王先生&quot;&lt;wang@example.com&gt;;\n发送时间:&nbsp;2025年11月9日(星期天) "
    "晚上6:58\n收件人:&nbsp;&quot;征集&quot;&lt;zgyj@126.example&gt;;\n主题:&nbsp;反映问题\n",
    "QQ Mail, English": '------------------ Original ------------------\nFrom:  "王先生"<wang@example.com>;\nDate:  '
    "Sun, Nov "
    '9, 2025 06:58 PM\nTo:  "征集"<zgyj@126.example>;\nSubject:  反映问题\n',
    "QQ Mail, phone": '---原始邮件---\n发件人: "王先生"<wang@example.com>\n发送时间: 2025年11月9日(周日) 晚上6:58\n'
    "收件人: "
    '"征集"<zgyj@126.example>;\n主题: 反映问题\n',
    "Foxmail, names only": "发件人： 王先生\n发送时间： 2025-11-09 18:58\n收件人： zgyj@126.example\n"
    "主题： 反映问题\n",
    "Foxmail with addresses": " \n发件人： 王先生 <wang@example.com>\n发送时间： 2025-11-09 18:58\n收件人： zgyj "
    "<zgyj@126.example>\n抄送： 李女士\n主题： 反映问题\n",
    "Foxmail 7, spaced labels": "发件人：  wang@example.com\n发送时间：  2025-11-09  18:58\n收件人：  "
    "zgyj@126.example\n主题： "
    " "
    "反映问题\n",
    "Foxmail, English": "From: 王先生\nDate: 2025-11-09 18:58\nTo: zgyj@126.example\nSubject: 反映问题\n",
    "Outlook desktop": "-----邮件原件-----\n发件人: 王先生 [mailto:wang@example.com] \n发送时间: "
    "2025年11月9日 18:58\n"
    "收件人: zgyj@126.example\n主题: 反映问题\n\n",
    "Outlook desktop, new": "发件人: 王先生 <wang@example.com> \n发送时间: 2025年11月9日 18:58\n收件人: 征集 "
    "<zgyj@126.example>\n"
    "主题: 反映问题\n\n",
    "Outlook web": "________________________________\n发件人: 王先生 <wang@example.com>\n发送时间: 2025年11月9日 "
    "18:58\n"
    "收件人: zgyj@126.example <zgyj@126.example>\n主题: 反映问题\n\n",
    "Outlook phone": "________________________________\nFrom: 王先生 <wang@example.com>\nSent: Sunday, November 9, "
    "2025 "
    "6:58:07 PM\nTo: zgyj@126.example <zgyj@126.example>\nSubject: 反映问题\n\n",
    "Outlook, traditional": "-----Original Message-----\n寄件者: 王先生 <wang@example.com>\n寄件日期: "
    "2025年11月9日 下午 "
    "06:58\n"
    "收件者: zgyj@126.example\n主旨: 反映问题\n\n",
    "Outlook on Mac, Chinese": '在 2025/11/9 下午6:58，"王先生" <wang@example.com> 写入:\n\n',
    "Apple Mail": "开始转发的邮件：\n\n> 发件人: 王先生 <wang@example.com>\n> 主题: 反映问题\n> 日期: 2025年11月9日 "
    "GMT+8 18:58:07\n> 收件人: zgyj@126.example\n> \n",
    "iPhone": "发自我的iPhone\n\n以下是转发的邮件：\n\n> 发件人: 王先生 <wang@example.com>\n> 日期: 2025年11月9日 "
    "GMT+8 18:58:07\n> 收件人: zgyj@126.example\n> 主题: 反映问题\n> \n",
    "Apple Mail, traditional": "開始轉寄郵件：\n\n寄件人: 王先生 <wang@example.com>\n主旨: 反映问题\n日期: "
    "2025年11月9日 "
    "下午6:58:07 [GMT+8]\n收件人: zgyj@126.example\n\n",
    "Gmail, Chinese": "---------- Forwarded message ---------\n发件人： 王先生 <wang@example.com>\nDate: "
    "2025年11月9日周日 "
    "18:58\nSubject: 反映问题\nTo: <zgyj@126.example>\n\n\n",
    "Gmail, all Chinese": "---------- 转发的邮件 ---------\n发件人：王先生 <wang@example.com>\n日期："
    "2025年11月9日周日 "
    "18:58\n"
    "主题：反映问题\n收件人： <zgyj@126.example>\n\n\n",
    "Gmail, traditional": "---------- Forwarded message ---------\n寄件者： 王先生 <wang@example.com>\nDate: "
    "2025年11月9日 "
    "週日 下午6:58\nSubject: 反映问题\nTo: <zgyj@126.example>\n\n\n",
    "Thunderbird": "-------- 转发的消息 --------\n主题: \t反映问题\n日期: \tSun, 9 Nov 2025 18:58:07 +0800\n发件人: "
    "\t王先生 <wang@example.com>\n收件人: \tzgyj@126.example\n\n\n\n",
    "Thunderbird, traditional": "-------- 轉寄的訊息 --------\n主旨: \t反映问题\n日期: \tSun, 9 Nov 2025 "
    "18:58:07 +0800\n"
    "寄件者: "
    "\t王先生 <wang@example.com>\n收件者: \tzgyj@126.example\n\n",
    "Coremail": '-----原始邮件-----\n发件人: "王先生" <wang@example.com>\n发送时间: 2025-11-09 18:58:07 (星期日)\n'
    "收件人: zgyj@126.example\n抄送: \n主题: 反映问题\n\n",
    "Coremail, no blank": '-----原始邮件-----\n发件人:"王先生" <wang@example.com>\n发送时间:2025-11-09 18:58:07 '
    "(星期日)\n"
    "收件人:zgyj@126.example\n主题:反映问题\n\n",
    "Coremail, English": '-----Original Messages-----\nFrom: "王先生" <wang@example.com>\nSent Time: 2025-11-09 '
    "18:58:07 "
    "(Sunday)\nTo: zgyj@126.example\nCc: \nSubject: 反映问题\n\n",
    "139 webmail": "----邮件原文----\n发件人：王先生 <wang@example.com>\n收 件 人：zgyj <zgyj@126.example>\n抄 送："
    "(无)\n发送时间：2025-11-09 18:58:07\n主题：反映问题\n\n",
    "Sina": "----- 原始邮件 -----\n发件人：王先生 <wang@example.com>\n收件人：zgyj@126.example\n主题：反映问题\n"
    "日期：2025年11月09日 18点58分\n\n",
    "Aliyun": "------------------------------------------------------------------\n发件人：王先生 "
    "<wang@example.com>\n日　期：2025年11月09日 18:58:07\n收件人：zgyj<zgyj@126.example>\n主　题："
    "反映问题\n\n",
    "Sohu": "------------------ Original Message ------------------\n发件人: 王先生<wang@example.com>\n发送日期: "
    "2025/11/09 18:58:07\n收件人: zgyj@126.example\n主题: 反映问题\n\n",
    "Huawei phone": "-------- 原始邮件 --------\n发件人： 王先生 <wang@example.com>\n日期： 2025年11月9日 周日 "
    "18:58\n"
    "收件人： zgyj@126.example\n主 题： 反映问题\n",
    "Xiaomi phone": "---- 转发邮件 ----\n发件人: 王先生 <wang@example.com>\n日期: 2025年11月9日 18:58\n收件人: "
    "zgyj@126.example\n主题: 反映问题\n\n",
    "OPPO, vivo phones": "-------原始邮件-------\n发 件 人：王先生 <wang@example.com>\n发送时间："
    "2025-11-09 18:58\n收 "
    "件 人："
    "zgyj@126.example\n主    题：反映问题\n\n",
    "Samsung phone": "-------- 原始信息 --------\n发件人： 王先生 <wang@example.com> \n日期： 2025/11/9  18:58  "
    "(GMT+08:00) \n收件人： zgyj@126.example \n主题： 反映问题 \n\n",
    "Yahoo, one line": ' ----- 转发的邮件 ----- 发件人： 王先生 <wang@example.com>收件人： "zgyj@126.example" '
    "<zgyj@126.example>发送时间： 2025年11月9日 GMT+8 18:58:07主题： 反映问题\n",
    "flattened to one line": "发件人：王先生 <wang@example.com> 发送时间：2025-11-09 18:58 收件人："
    "zgyj@126.example 主题："
    "反映问题\n",
    "value on the next line": "---------- 转发邮件 ----------\n发件人：\n王先生 <wang@example.com>\n"
    "发送时间：\n2025-11-09 "
    "18:58\n"
    "收件人：\nzgyj@126.example\n主题：\n反映问题\n\n",
    "bold labels": "*发件人:* 王先生 <wang@example.com>\n*发送时间:* 2025年11月9日 18:58\n*收件人:* "
    "zgyj@126.example\n"
    "*主题:* 反映问题\n\n",
    "WeCom and DingTalk mail": "------------------转发邮件------------------\n发件人："
    "王先生<wang@example.com>\n发送时间："
    "2025年11月9日(周日) 18:58\n收件人：征集<zgyj@126.example>\n主　题：反映问题\n\n",
    "blank lines between": "-----原始邮件-----\n\n发件人: 王先生 <wang@example.com>\n\n发送时间: "
    "2025年11月9日 18:58\n\n"
    "收件人: "
    "zgyj@126.example\n\n主题: 反映问题\n\n",
    "quoted as a whole": '> -------- 转发邮件信息 --------\n> 发件人："王先生" <wang@example.com>\n> 发送日期：'
    "2025-11-09 "
    "18:58:07\n> 收件人：zgyj@126.example\n> 主题：反映问题\n",
}
HTML_BLOCKS = {
    "163 webmail": '<div><br/>-------- 转发邮件信息 --------<br/>发件人："王先生" '
    '&lt;wang@example.com&gt;<br/>发送日期：2025-11-09 18:58:07<br/>收件人："征集" '
    '&lt;zgyj@126.example&gt;<br/>主题：反映问题<br/> <div id="isForwardContent">{body}</div></div>',
    "NetEase Mail Master": '<div class="ntes-mailmaster-quote"><div>---- 转发的原邮件 ----</div><div>'
    "<table><tbody><tr>"
    '<td>发件人</td><td><a class="mail-from" href="mailto:wang@example.com">王先生</a></td></tr><tr>'
    "<td>发送日期</td><td>2025年11月09日 18:58</td></tr><tr><td>收件人</td><td>征集</td></tr><tr>"
    "<td>主题</td><td>反映问题</td></tr></tbody></table></div>{body}</div>",
    "QQ Mail": '<div><br></div><div style="font-size: '
    '12px;">------------------&nbsp;原始邮件&nbsp;------------------</div><div '
    'style="background:#efefef;"><div><b>发件人:</b>&nbsp;"王先生"&lt;wang@example.com&gt;;</div><div>'
    "<b>发送时间:</b>&nbsp;2025年11月9日(星期天) 晚上6:58</div><div>"
    '<b>收件人:</b>&nbsp;"征集"&lt;zgyj@126.example&gt;;</div><div></div><div>'
    "<b>主题:</b>&nbsp;反映问题</div></div><div><br></div>{body}",
    "QQ Mail, new card": '<div class="xm_write_script"></div><div id="original-content"><div><div '
    'style="font-size:14px">原始邮件</div><table><tr><td>发件人：</td><td>王先生 '
    "&lt;wang@example.com&gt;</td></tr><tr><td>发件时间：</td><td>2025年11月9日 18:58</td></tr><tr>"
    "<td>收件人：</td><td>征集 &lt;zgyj@126.example&gt;</td></tr><tr><td>主题：</td><td>反映问题</td>"
    "</tr></table></div>{body}</div>",
    "Foxmail": '<blockquote style="margin-left: 0.5em;"><div>&nbsp;</div><div style="border:none;border-top:solid '
    '#B5C4DF 1.0pt"><div><div><b>发件人：</b>&nbsp;<a href="mailto:wang@example.com">王先生</a></div>'
    "<div><b>发送时间：</b>&nbsp;2025-11-09&nbsp;18:58</div><div><b>收件人：</b>&nbsp;<a "
    'href="mailto:zgyj@126.example">征集</a></div><div><b>主题：</b>&nbsp;反映问题</div></div></div>'
    "<div>{body}</div></blockquote>",
    "Outlook desktop": '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p '
    'class="MsoNormal"><b><span>发件人<span lang="EN-US">:</span></span></b><span lang="EN-US"> '
    '</span>王先生<span lang="EN-US"> &lt;wang@example.com&gt; <br></span><b>发送时间<span '
    'lang="EN-US">:</span></b><span lang="EN-US"> 2025</span>年<span lang="EN-US">11</span>月<span '
    'lang="EN-US">9</span>日<span lang="EN-US"> 18:58<br></span><b>收件人<span lang="EN-US">:</span></b>'
    '<span lang="EN-US"> zgyj@126.example<br></span><b>主题<span lang="EN-US">:</span></b> 反映问题</p>'
    "</div></div>{body}",
    "Outlook web": '<div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" '
    'dir="ltr"><font face="Calibri"><b>发件人:</b> 王先生 &lt;wang@example.com&gt;<br><b>发送时间:</b> '
    "2025年11月9日 18:58<br><b>收件人:</b> zgyj@126.example &lt;zgyj@126.example&gt;<br><b>主题:</b> "
    "反映问题</font><div>&nbsp;</div></div>{body}",
    "Apple Mail": '<div><br><blockquote type="cite"><div>开始转发的邮件：</div><br><div><span><b>发件人: </b></span>'
    '<span>王先生 &lt;<a href="mailto:wang@example.com">wang@example.com</a>&gt;<br></span></div><div>'
    "<span><b>主题: </b></span><span><b>反映问题</b><br></span></div><div><span><b>日期: </b></span>"
    "<span>2025年11月9日 GMT+8 18:58:07<br></span></div><div><span><b>收件人: </b></span>"
    "<span>zgyj@126.example<br></span></div><br>{body}</blockquote></div>",
    "iPhone": '<div dir="ltr"><br><br>以下是转发的邮件：<br><br></div><blockquote type="cite"><div dir="ltr">'
    "<b>发件人:</b> 王先生 &lt;wang@example.com&gt;<br><b>日期:</b> 2025年11月9日 GMT+8 18:58:07<br>"
    "<b>收件人:</b> zgyj@126.example<br><b>主题:</b> <b>反映问题</b><br><br></div></blockquote>"
    '<blockquote type="cite"><div dir="ltr">{body}</div></blockquote>',
    "Gmail": '<div dir="ltr"><br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- '
    'Forwarded message ---------<br>发件人： <strong class="gmail_sendername" dir="auto">王先生</strong> '
    '<span dir="auto">&lt;<a href="mailto:wang@example.com">wang@example.com</a>&gt;</span><br>Date: '
    "2025年11月9日周日 18:58<br>Subject: 反映问题<br>To:  &lt;<a "
    'href="mailto:zgyj@126.example">zgyj@126.example</a>&gt;<br></div><br><br>{body}</div></div>',
    "Thunderbird": '<div class="moz-forward-container"><br><br>-------- 转发的消息 --------<table '
    'class="moz-email-headers-table"><tbody><tr><th align="RIGHT" nowrap>主题: </th><td>反映问题</td>'
    "</tr><tr><th>日期: </th><td>Sun, 9 Nov 2025 18:58:07 +0800</td></tr><tr><th>发件人: </th><td>王先生 "
    '<a class="moz-txt-link-rfc2396E" href="mailto:wang@example.com">&lt;wang@example.com&gt;</a></td>'
    "</tr><tr><th>收件人: </th><td>zgyj@126.example</td></tr></tbody></table><br><br>{body}</div>",
    "Coremail": '<br><blockquote name="replyContent" class="ReferenceQuote" '
    'style="padding-left:5px;border-left:#b6b6b6 2px solid;">-----原始邮件-----<br>'
    '<b>发件人:</b>"王先生" &lt;wang@example.com&gt;<br><b>发送时间:</b>2025-11-09 18:58:07 (星期日)<br>'
    "<b>收件人:</b> zgyj@126.example<br><b>主题:</b> 反映问题<br><br>{body}</blockquote>",
    "139 webmail": '<div class="quotedtext"><hr><p>----邮件原文----</p><p><b>发件人：</b>王先生 '
    "&lt;wang@example.com&gt;</p><p><b>收 件 人：</b>zgyj@126.example</p><p><b>抄 送：</b> (无)</p><p>"
    "<b>发送时间：</b>2025-11-09 18:58:07</p><p><b>主题：</b>反映问题</p>{body}</div>",
    "Sina": '<div id="origbody"><div style="background: #f2f2f2;">----- 原始邮件 -----<br>发件人：王先生 '
    "&lt;wang@example.com&gt;<br>收件人：zgyj@126.example<br>主题：反映问题<br>日期：2025年11月09日 "
    "18点58分<br></div><br>{body}</div>",
    "Aliyun": '<div class="__aliyun_previous_quote"><div '
    'style="clear:both;">------------------------------------------------------------------</div><div>'
    "<span>发件人：王先生 &lt;wang@example.com&gt;</span></div><div><span>日　期：2025年11月09日 "
    "18:58:07</span></div><div><span>收件人：zgyj&lt;zgyj@126.example&gt;</span></div><div><span>主　题："
    "反映问题</span></div><br>{body}</div>",
    "Yahoo": '<div id="ydpquoted"><div style="font-family:Helvetica">----- 转发的邮件 -----<div><b>发件人：</b> '
    "王先生 &lt;wang@example.com&gt;</div><div><b>收件人：</b> zgyj@126.example</div><div><b>发送时间："
    "</b> 2025年11月9日 GMT+8 18:58:07</div><div><b>主题：</b> 反映问题</div><br></div>{body}</div>",
}
_NAMELESS = {"Foxmail 7, spaced labels"}
_WITHOUT_ADDRESS = {"Foxmail, names only", "Foxmail, English"}
_REMARKS = (
    "",
    "请登记。\n\n",
    "转系统，请整改办阅处。\n\n值班员\n\n",
    "各位领导：\n  现将群众来信转上，请查收。\n\n",
    "FYI\n\n",
)


@pytest.mark.parametrize("remark", _REMARKS, ids=["bare", "register", "to the office", "greeting", "fyi"])
@pytest.mark.parametrize("client", PLAIN_BLOCKS)
def test_plain_forward_names_its_writer(client: str, remark: str) -> None:
    block = PLAIN_BLOCKS[client]
    prefix = "> " if block.startswith("> ") or "\n> " in block else ""
    body = "\n".join(prefix + line for line in OPINION.split("\n"))
    found = parse_to_dict(forward(remark + block + body + "\n"))
    _check(found, client)


@pytest.mark.parametrize("remark", ["", "<div>请登记。</div><div><br></div>"], ids=["bare", "register"])
@pytest.mark.parametrize("client", HTML_BLOCKS)
def test_html_forward_names_its_writer(client: str, remark: str) -> None:
    body = "".join(f"<div>{line}</div>" if line else "<div><br></div>" for line in OPINION.split("\n"))
    found = parse_to_dict(html_forward(remark + HTML_BLOCKS[client].replace("{body}", body)))
    _check(found, client)


def _check(found: dict[str, object], client: str) -> None:
    forwarded, author, opinion = found["forwarded"], found["author"], found["opinion"]
    assert isinstance(forwarded, dict) and isinstance(author, dict) and isinstance(opinion, dict)
    assert plain(opinion["text"]) == plain(OPINION)
    assert author["address"] == (RESIDENT[1] if client not in _WITHOUT_ADDRESS else "")
    assert author["name"] == (RESIDENT[0] if client not in _NAMELESS else "")
    assert (forwarded["kind"], forwarded["by"]["address"]) == ("inline", CLERK[1])
    assert forwarded["subject"] == opinion["subject"] == "反映问题"
    assert str(forwarded["date"]).startswith("2025-11-09T18:58")


HEAD = (
    "-------- 转发邮件信息 --------\n发件人：王先生 <wang@example.com>\n发送日期："
    "2025-11-09 18:58:07\n收件人：zgyj@126.example\n"
)


@pytest.mark.parametrize(
    "opening",
    [
        "附件：合同复印件一份",
        "回复：上次的答复我不满意",
        "主题：就是要一个期限",
        "日期：越快越好",
        "抄送给县长的信没有回音",
    ],
)
def test_first_line_of_the_letter_is_no_header(opening: str) -> None:
    found = parse_to_dict(forward(HEAD + f"主题：反映问题\n{opening}\n请答复。"))
    assert plain(found["opinion"]["text"]) == plain(opening + "请答复。")


def test_empty_subject_takes_no_line_of_the_letter() -> None:
    found = parse_to_dict(forward(HEAD + "主题：\n请公布账目。\n谢谢。"))
    assert (found["forwarded"]["subject"], found["opinion"]["text"]) == ("", "请公布账目。\n谢谢。")


def test_minor_fields_belong_to_the_block() -> None:
    found = parse_to_dict(forward(HEAD + "主题：反映问题\n附件：合同.pdf; 照片.jpg\n重要性：高\n\n请公布账目。"))
    assert found["opinion"]["text"] == "请公布账目。"


def test_wrapped_recipients_belong_to_the_block() -> None:
    block = (
        "发件人: 王先生 <wang@example.com>\n发送时间: 2025年11月9日 18:58\n收件人: "
        "甲 <a@example.com>; 乙 <b@example.com>;\n"
        " 丙 <c@example.com>\n抄送: 丁\n <d@example.com>\n主题: 反映问题\n\n"
    )
    found = parse_to_dict(forward(block + OPINION))
    assert plain(found["opinion"]["text"]) == plain(OPINION)
