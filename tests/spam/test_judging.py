"""What is marked as advertising, and above all what is not."""

import json

import pytest

from feedback import spam
from feedback.spam import Letter, Link, score
from tests.conftest import SHARED

OPINIONS = [
    "滚！",
    "还钱！还钱！还钱！还钱！还钱！",
    "你们这帮人就是骗子，通报全是假话！！！",
    "不满意。",
    "有人冒充银行，说低息秒批不看征信，让我加微信，当天放款，骗了我三万块。",
    "举报开发区某公司代开发票，增值税专票普票都有，税点优惠，先验后付。",
    "村东头有人开百家乐，注册送彩金，天天有人输得精光，没人管吗",
    "楼下加盟店天天放喇叭，全场一折，限时抢购，吵得孩子没法学习，请城管管管。",
    "我家孩子上的冲刺班收费八千，名师一对一，试听完不退钱，上当了。",
    "我的微信：wang_example，电话13800000000，方便时联系我。",
    "安置房里的房产证什么时候能办？办证窗口总说下月。",
    "Dear Sir, I have lived here for six years and the street lamp at gate 3 has been broken since May. "
    "Please repair it before the winter; old people fall there.",
    "",
]
ADVERTS = [
    "代开全国各类发票，增值税专票普票，税点低，先验后付，加微信 fp8866",
    "银 行 内 部 渠 道 ★ 低 息 贷 款 ★ 仅 需 身 份 证 ★ 秒 批",
    "网站优化、百度排名、短信群发，量大从优，详询400-000-0000",
    "大量回收购物卡、名酒，免费上门，电话同微13800000000",
    "在家就能做的兼职，刷单返利，日入300，加VX了解",
    "你的邮箱容量已满，即将停用，请点击链接登录验证。点击领取2025年个人劳动补贴",
    "We are an SEO agency. We can rank your website on the first page. Best price. Click here to unsubscribe.",
]


@pytest.mark.parametrize("text", OPINIONS)
def test_an_angry_short_or_quoting_opinion_is_never_marked(text: str) -> None:
    assert not spam.is_marked(spam.judge(Letter(text=text)))


@pytest.mark.parametrize("text", ADVERTS)
def test_an_advertisement_is_marked_with_its_reasons(text: str) -> None:
    met = spam.judge(Letter(text=text))
    assert spam.is_marked(met)
    assert spam.sentences(met)


@pytest.mark.parametrize(
    ("letter", "name"),
    [
        (Letter(text="见附件", filenames=("照片.jpg.exe",)), "program"),
        (Letter(text="请看", links=(Link("https://www.example.cn/a", "https://evil.example.com/"),)), "false-link"),
        (Letter(text="请看", links=(Link("看", "https://example.com/"),) * 3), "many-links"),
        (Letter(remote_pictures=1), "picture-only"),
        (Letter(text="hello world " * 20), "no-chinese"),
        (Letter(text="你好", is_bulk=True), "bulk"),
    ],
)
def test_each_signal_is_met_by_its_own_mail(letter: Letter, name: str) -> None:
    assert name in [signal.name for signal in spam.judge(letter)]
    assert name in spam.SENTENCES


@pytest.mark.parametrize(
    "link",
    [
        Link("www.example.cn", "https://example.cn/notice"),
        Link("点这里", "https://example.com/"),
        Link("https://example.cn/1", "https://mail.example.cn/2"),
        Link("https://[", "https://["),
    ],
)
def test_an_honest_link_is_no_signal(link: Link) -> None:
    assert "false-link" not in [signal.name for signal in spam.judge(Letter(text="请看", links=(link,)))]


def test_every_signal_has_its_sentence() -> None:
    assert {turn.name for turn in spam.turns()} <= set(spam.SENTENCES)


def test_one_turn_of_phrase_alone_marks_nothing() -> None:
    assert max(turn.weight for turn in spam.turns()) < spam.MARKED_FROM


@pytest.mark.shared
def test_no_labelled_opinion_is_marked_and_most_advertisements_are() -> None:
    lines = (SHARED / "opinions" / "dev.jsonl").read_text("utf-8").splitlines()
    marked: dict[bool, list[bool]] = {True: [], False: []}
    for row in map(json.loads, lines):
        letter = Letter(subject=row["subject"] or "", text=row["text"])
        marked[row["kind"] == "spam"].append(spam.is_marked(spam.judge(letter)))
    assert not any(marked[False])
    assert sum(marked[True]) / len(marked[True]) > 0.8


def test_each_branch_of_a_pattern_begins_with_a_sign_so_that_a_text_is_passed_over_fast() -> None:
    branches = [branch for turn in score.turns() for branch in branches_of(turn.pattern.pattern)]
    assert len(branches) > 200
    assert [branch for branch in branches if branch[0] in "[(.\\"] == []


def branches_of(pattern: str) -> list[str]:
    """Cut at each `|` that stands in no brackets."""
    depth, cut = 0, [""]
    for sign in pattern:
        depth += (sign in "([") - (sign in ")]")
        if sign == "|" and not depth:
            cut.append("")
        else:
            cut[-1] += sign
    return cut
