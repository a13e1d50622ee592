from datetime import date

import pytest

from feedback.proofreading import Context, Flaw, introduced, proofread

NOTICE = "二是处置非法集资。2024年处置完结4起案件,累计兑付资金26828.5万元,兑付人员6934人。安置群众959户。"
TITLES = ("驻马店经济开发区工作委员会", "驻马店经济开发区信访局")


def _flaws(text: str, **context: object) -> list[tuple[Flaw, str]]:
    return [
        (remark.flaw, text[remark.start : remark.end])
        for remark in proofread(text, Context(**context))  # type: ignore[arg-type]
    ]


def test_a_person_is_named() -> None:
    assert _flaws("经核实,王先生反映属实。", names=["王先生"]) == [(Flaw.NAME, "王先生")]
    assert _flaws("经核实,反映属实。", names=["王先生", "李"]) == []


@pytest.mark.parametrize(
    "number",
    ["13900000000", "139 0000 0000", "139-0000-0000", "１３９００００００００", "0396-5550000", "nobody@example.com"],
)
def test_a_number_of_a_person(number: str) -> None:
    assert _flaws(f"请联系{number}。") == [(Flaw.NUMBER, number)]
    assert _flaws(f"请联系{number}。", known_numbers=[number]) == []


def test_identity_and_bank_cards_are_known_by_their_check_sign() -> None:
    assert _flaws("身份证号11010519491231002X。") == [(Flaw.NUMBER, "11010519491231002X")]
    assert _flaws("身份证号110105194912310021。") == []
    assert _flaws("卡号4111 1111 1111 1111。") == [(Flaw.NUMBER, "4111 1111 1111 1111")]
    assert _flaws("文号20240105123456781。") == []


def test_a_figure_that_the_notice_gives_differently() -> None:
    found = proofread("截至目前,累计兑付资金26282.5万元。", Context(notice=NOTICE))
    assert [(remark.flaw, remark.values["expected"]) for remark in found] == [(Flaw.FIGURE, "26828.5万元")]
    assert _flaws("安置群众959户,兑付人员6934人。", notice=NOTICE) == []
    assert _flaws("您家的过渡费共3.2万元。", notice=NOTICE) == []  # of something else


def test_a_body_whose_name_is_misspelt() -> None:
    text = "由驻马店经济开发区工作委员会转驻马店经济开发区信仿局办理。"
    assert _flaws(text, titles=TITLES) == [(Flaw.TITLE, "驻马店经济开发区信仿局")]
    assert _flaws("驻马店经济开发区工作委员会已安排。", titles=TITLES) == []
    assert _flaws("由驻马店经济开发工作委员会答复。", titles=TITLES) == [(Flaw.TITLE, "驻马店经济开发工作委员会")]


def test_days_and_their_weekdays() -> None:
    assert _flaws("定于2026年11月22日(星期日)答复。") == []
    assert _flaws("定于2026年11月22日（星期一）答复。") == [(Flaw.WEEKDAY, "2026年11月22日（星期一）")]
    assert _flaws("2月30日前办结。", today=date(2026, 1, 5)) == [(Flaw.DATE, "2月30日")]
    assert _flaws("2月28日前办结。", today=date(2026, 1, 5)) == []


def test_a_demand_that_is_left_unanswered() -> None:
    opinion = "和谐佳苑安置房什么时候交付？另外小区门口路灯坏了半年,希望尽快修好。我住在三号楼。"
    answered = "和谐佳苑安置房将于12月交付,届时另行通知。"
    found = proofread(answered, Context(opinions=[opinion]))
    assert [(remark.flaw, remark.values["words"]) for remark in found] == [
        (Flaw.DEMAND, "另外小区门口路灯坏了半年,希望尽快修好。")
    ]
    assert _flaws(answered + "小区门口的路灯已经修复。", opinions=[opinion]) == []


def test_an_answer_that_was_nearly_copied() -> None:
    earlier = "您反映的问题收悉。经核实,该路段路灯因线路老化损坏,我单位已安排维修队伍更换线路,预计本月底前恢复照明。"
    copied = earlier.replace("路灯", "信号灯").replace("本月", "下月")
    assert [flaw for flaw, _words in _flaws(copied, earlier=[earlier])] == [Flaw.COPY]
    fresh = "您询问的过渡安置费,经与片区开发企业核对,您户应发六个月,财务已于昨日划拨到所登记的账户,请留意到账情况。"
    assert _flaws(fresh, earlier=[earlier]) == []


def test_names_with_a_form_of_address_and_unfilled_places_are_found() -> None:
    assert _flaws("请李女士与欧阳先生到场，张某某另行通知。") == [
        (Flaw.NAME, "李女士"),
        (Flaw.NAME, "欧阳先生"),
        (Flaw.NAME, "张某某"),
    ]
    assert _flaws("本机关决定：【待填：处理意见】。") == [(Flaw.BLANK, "【待填：处理意见】")]


def test_the_name_by_which_people_call_themselves_is_known() -> None:
    assert introduced("您好，我叫陈小明，住在一号楼。") == ["陈小明"]
    assert introduced("本人高度重视此事，我是王府小区的住户。") == []


@pytest.mark.parametrize("day", ["2026-11-22", "2026/11/22", "2026.11.22", "11月22日", "2026年11月22号"])
@pytest.mark.parametrize("weekday", ["(周一)", "（星期一）", "礼拜一"])
def test_a_weekday_is_compared_however_the_day_is_written(day: str, weekday: str) -> None:
    today = date(2026, 1, 5)
    assert _flaws(f"定于{day}{weekday}答复。", today=today) == [(Flaw.WEEKDAY, day + weekday)]
    assert _flaws(f"定于{day}{weekday.replace('一', '日')}答复。", today=today) == []


@pytest.mark.parametrize("day", ["2026-02-30", "2026/2/29", "2026.13.1", "2025年2月29日"])
def test_a_day_that_does_not_exist(day: str) -> None:
    assert _flaws(f"请于{day}前提供材料。") == [(Flaw.DATE, day)]


@pytest.mark.parametrize(
    "number", ["0396-2636001", "2026-000123", "1/2", "GB/T 9704-2012", "v2026.11.99.1", "2026/11-40"]
)
def test_a_number_is_no_day(number: str) -> None:
    assert _flaws(f"见{number}。", known_numbers=["0396-2636001"]) == []


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("国务员", "国务院"),
        ("党中秧", "党中央"),
        ("截止目前", "截至目前"),
        ("过度安置费", "过渡安置费"),
        ("检查院", "检察院"),
        ("反应的问题", "反映的问题"),
        ("纪委书计", "纪委书记"),
        ("人民带表大会", "人民代表大会"),
    ],
)
def test_an_official_word_is_written_as_it_sounds(slip: str, meant: str) -> None:
    remarks = proofread(f"经核实，{slip}已答复。", Context())
    assert [(one.flaw, one.values) for one in remarks] == [(Flaw.TITLE, {"words": slip, "expected": meant})]
    assert _flaws(f"经核实，{meant}已答复。") == []


def test_a_document_is_cited_by_another_title() -> None:
    remarks = proofread("依据《信访条例》和《中华人民共和国土地管里法》第二条。", Context())
    assert [one.values["expected"] for one in remarks] == ["信访工作条例", "中华人民共和国土地管理法"]
    assert _flaws("依据《信访工作条例》《土地管理法》《河南省物业管理条例》《关于办好实事的通知》。") == []


def test_one_demand_of_many_writers_is_told_once() -> None:
    opinions = [
        "小区门口路灯坏了半年，希望尽快修好。",
        "小区门口的路灯坏了半年，请尽快修好！",
        "公交车什么时候通到小区？",
    ]
    remarks = proofread("您反映的情况已经收到。", Context(opinions=opinions))
    assert [one.values["words"] for one in remarks] == [opinions[0], opinions[2]]


def test_a_passage_of_another_writer() -> None:
    theirs = "我家住在东边的老房子里，去年冬天暖气就一直不热，打了好几次电话都没有人上门来看过，家里还有老人。"
    text = f"经核实，{theirs[:40]}。现答复如下。"
    assert _flaws(text, others=[theirs]) == [(Flaw.PASSAGE, theirs[:40])]
    assert _flaws(text, others=[theirs], opinions=[theirs]) == []
    assert _flaws(f"经核实，{theirs[:20]}。", others=[theirs]) == []
