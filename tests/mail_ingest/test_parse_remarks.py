"""A forwarder's remark is no opinion; a forwarder's own words are one."""

import pytest

from mail_ingest.markup import Line
from mail_ingest.remarks import is_opinion

REMARKS = [
    "",
    "请登记。",
    "转系统，请整改办阅处。",
    "详见附件。",
    "见附件",
    "fyi",
    "FYI, please handle.",
    "转发",
    "转",
    "请查收！",
    "请阅。",
    "收到一封群众来信，请处理。",
    "各位领导：\n您好！\n现转来群众来信一封，请阅处。\n谢谢！\n镇信访办\n2025年11月10日\n电话：000-0000000",
    "@专班 请跟进",
    "请于三日内办结并反馈。",
    "我是镇信访办值班员，转来群众邮件一封，请登记。",
    "请尽快核实并答复来信人，办理结果报专班。",
    "这是河西村村民反映工资问题的邮件，已电话联系本人核实，请按程序转办，三日内反馈。",
    "See below.",
    "Please see attached.",
    "Hi team,\nforwarding this for your attention.\nThanks",
    "此件请张主任阅示。",
    "按程序办理。\n\n值班员 王",
    "此致\n敬礼",
    "邮箱收到的，转给你们处理",
    "Praesent suscipit egestas hendrerit.\n\nAliquam eget dui dui.",
    "重复件，并件处理。",
    "请整改办登记编号后转城东片区承办单位办理。",
]
OPINIONS = [
    "我家也漏水，请一并处理。",
    "我们村也有同样的情况，二十三户人家的补偿款到现在没有到账，请一并核实处理。",
    "补充说明：我是上次来信的王先生，附件是当时签的协议，到现在开发商既不交房也不付违约金，请专班督办。",
    "我已经六十八岁，手机打字慢，有说不清的地方请见谅。"
    "我们一共二十三个人在工地干活，工资一直没结。请不要再把信转回原单位处理，谢谢。",
    "上次来信之后没有任何人与我联系，所以再写一次。协议写的是过渡费发到交房为止，可从今年三月起就没有再打过钱。",
    "情况是我和爱人一起整理的，时间、金额都核对过三遍。",
    "I live in the same building and my house leaks too. Nobody has come to look at it since March.",
    "听说邻县已经解决了同样的问题，我们这里为什么不行？",
]


def lines(text: str) -> list[Line]:
    return [Line(0, line) for line in text.split("\n")]


@pytest.mark.parametrize("text", REMARKS)
def test_remark_is_no_opinion(text: str) -> None:
    assert not is_opinion(lines(text))


@pytest.mark.parametrize("text", OPINIONS)
def test_own_words_are_an_opinion(text: str) -> None:
    assert is_opinion(lines(text))
