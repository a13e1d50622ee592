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
    found = proofread(answered, Context(opinion=opinion))
    assert [(remark.flaw, remark.values["words"]) for remark in found] == [
        (Flaw.DEMAND, "另外小区门口路灯坏了半年,希望尽快修好。")
    ]
    assert _flaws(answered + "小区门口的路灯已经修复。", opinion=opinion) == []


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
