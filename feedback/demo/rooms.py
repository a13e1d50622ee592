"""The rooms beside the queue: what is supervised, on paper, struck off, and on the agenda of a meeting."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from feedback import delivery, papers, timekeeping, triage
from feedback.delivery import Call, Listener, Outcome
from feedback.demo.story import Office
from feedback.models import AgendaSpan, Case, Flag, Paper, PaperKind, Staff, SupervisionKind
from feedback.supervision import agenda, orders, striking_off
from feedback.supervision.orders import Evidence
from feedback.triage import Act

REPLY = (
    "{name}：\n\n您反映的“{subject}”收悉。经{unit}核实，您所问的事项已列入本月办理计划，"
    "有关方案在政务公开栏和本单位窗口公示，您可以随时查阅；需要的，我们可以把方案寄给您。\n\n感谢您的支持和监督。"
)
SUPERVISED = (
    ("d10", SupervisionKind.WRITTEN, 8, 5, "请于期限内查清原因，提出供暖前完工的安排，并书面回复。"),
    ("d07", SupervisionKind.WRITTEN, 1, 3, "围挡倒伏涉及安全，请立即整改，并书面回复处置结果。"),
    ("d12", SupervisionKind.WRITTEN, 12, 5, "请核实公益岗位名单与实际出工情况，并书面回复。"),
    ("d18", SupervisionKind.MEETING, 14, 0, "会议要求：三日内告知本人申报办法，并梳理同类情况。"),
    ("d38", SupervisionKind.ORAL, 10, 0, "请尽快研究岗位安排，本周内向当事人说明进展。"),
)
STRUCK_OFF = ("d15", "d29", "d33", "d43", "d46", "d49", "d04")
TO_CONFIRM = ("d36", "d53", "d61")
# So many days ago.
DRAFTED, SUBMITTED, REVIEWED = 3.2, 3.0, (2.1, 1.9, 0.9)
EVIDENCE = "已办结，经电话回访和现场查看，情况属实，意见人知晓。"


def furnish(office: Office, cases: Mapping[str, Case]) -> None:
    _supervise(office, cases)
    _write_papers(office, cases)
    for name in (*STRUCK_OFF, *TO_CONFIRM):
        _strike_off(office, cases[name], is_confirmed=name in STRUCK_OFF)
    triage.flag(office.session, cases["d07"], Flag.URGENT, "涉及安全。", _act(office, cases["d07"]), is_set=True)
    _meet(office)


def _act(office: Office, case: Case, by: Staff | None = None, ago: float = 0) -> Act:
    return Act(by or office.clerk, _at(office, case, ago), case.version)


def _at(office: Office, case: Case, ago: float) -> datetime:
    """So many days ago, but not before what was done last with the case."""
    return office.not_before(office.now - timedelta(days=ago), case)


def _supervise(office: Office, cases: Mapping[str, Case]) -> None:
    session = office.session
    for name, kind, ago, within, words in SUPERVISED:
        case = cases[name]
        at = _at(office, case, ago)
        given = Evidence(
            words,
            spoken_to="组织人事办公室负责同志" if kind is SupervisionKind.ORAL else "",
            spoken_at=at if kind is SupervisionKind.ORAL else None,
            unit=case.unit if kind is SupervisionKind.WRITTEN else None,
            within=within or None,
            meeting_on=timekeeping.day_of(session, at) if kind is SupervisionKind.MEETING else None,
            agenda_number="第4项" if kind is SupervisionKind.MEETING else "",
        )
        made = orders.open_one(session, case, kind, given, _act(office, case, office.supervisor, ago))
        if name == "d12":
            orders.reply(session, made, "已逐人核对，三人未出工，补贴已停发并追回。", _act(office, case, ago=6))
            result = "名单已重新公示，举报人反映的问题属实并已纠正。"
            orders.end(session, made, result, _act(office, case, office.supervisor, 5))


def _write_papers(office: Office, cases: Mapping[str, Case]) -> None:
    """One being drafted, one in review, one signed and to be sent."""
    _draft(office, cases["d35"], PaperKind.REPLY, office.clerk)
    notice = _draft(office, cases["d42"], PaperKind.ACCEPTANCE, office.clerk)
    waiting = _draft(office, cases["d11"], PaperKind.REPLY, office.member)
    signed = _draft(office, cases["d05"], PaperKind.REPLY, office.member)
    for paper in (notice, waiting, signed):
        act = Act(_drafter(office, paper), _at(office, paper.case, SUBMITTED), paper.version)
        papers.submit(office.session, paper, act)
    _review(office, waiting, office.clerk, REVIEWED[0])
    for ago, reviewer in zip(REVIEWED, (office.clerk, office.supervisor, office.head), strict=True):
        _review(office, signed, reviewer, ago)


def _drafter(office: Office, paper: Paper) -> Staff:
    return office.member if paper.begun_by_id == office.member.id else office.clerk


def _draft(office: Office, case: Case, kind: PaperKind, by: Staff) -> Paper:
    subject = case.opinions[0].subject or case.opinions[0].text[:16]
    unit = case.unit.name if case.unit else "办公室"
    text = REPLY.format(name="意见人", subject=subject, unit=unit) if kind is PaperKind.REPLY else None
    return papers.begin(office.session, case, kind, _act(office, case, by, DRAFTED), text=text)


def _review(office: Office, paper: Paper, by: Staff, ago: float) -> None:
    """What the check found is accepted, as it would be after a look."""
    session, at = office.session, _at(office, paper.case, ago)
    today = timekeeping.day_of(session, at)
    for remark in papers.checked(session, paper, today=today).open:
        papers.settle(session, paper, remark.key, "已核对，无误。", by=by, now=at, today=today)
    papers.pass_on(session, paper, "", Act(by, at, paper.version), has_proofread=True)


def _strike_off(office: Office, case: Case, *, is_confirmed: bool) -> None:
    session, now = office.session, office.now
    if delivery.waits_for_hand(session, case) is not None:
        _deliver(office, case, now)
    undelivered = "" if delivery.is_settled(session, case) else "意见人未留联系方式，已在查询页公布。"
    striking_off.ask(session, case, EVIDENCE, undelivered, _act(office, case))
    if is_confirmed:
        striking_off.confirm(session, case, "同意销号。", _act(office, case, office.supervisor))


def _deliver(office: Office, case: Case, now: datetime) -> None:
    if delivery.waits_for_hand(office.session, case) == "post":
        on = timekeeping.day_of(office.session, now)
        delivery.posted(office.session, case, "挂号信", Act(office.clerk, now, case.version), on=on)
    else:
        call = Call(Listener.WRITER, Outcome.UNDERSTOOD)
        delivery.read_out(office.session, case, call, Act(office.clerk, now, case.version))


def _meet(office: Office) -> None:
    """This week's meeting was held today; next week's is being prepared."""
    session, by, now = office.session, office.supervisor, office.now
    today = timekeeping.day_of(session, now)
    held = agenda.draw(session, AgendaSpan.WEEK, today, agenda.USUAL_STUCK_DAYS, by=by, now=now)
    decided = {
        entry.id: agenda.Typed("", "由责任单位本周内提出办理意见，办公室跟踪督办。")
        for entry in agenda.entries(session, held, by)[:6]
    }
    agenda.decide(session, held, decided, by=by, now=now)
    agenda.hold(session, held, today, "示例负责人", "会议听取了逾期和停滞件情况。", by=by, now=now)
    agenda.draw(session, AgendaSpan.WEEK, today + timedelta(days=7), agenda.USUAL_STUCK_DAYS, by=by, now=now)
