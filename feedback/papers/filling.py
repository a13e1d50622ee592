"""Filling the places of a template from the case: number, days in Chinese form, item, limit with its article."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import clocks, db, notices, timekeeping
from feedback.catalogues import CHINESE, said
from feedback.clocks import Clock, Rule
from feedback.errors import _
from feedback.models import Case, Extension, Paper, PaperKind, PaperState, RefinedKind
from feedback.papers.templates import PLACE, template

BLANK = "【待填："
# 信访工作条例, article 35, is for claims; everybody else asks back or has the matter reopened.
REMEDY_OF_A_CLAIM = _(
    "If you do not accept this reply, you may within 30 days of receiving it ask the organ one level above for a "
    "review (Regulations on Petition Work, article 35)."
)
# A template sets the subject in quotation marks; those inside are single ones (GB/T 15834).
INNER_QUOTES = str.maketrans("“”", "‘’")
REMEDY = _("If you see it otherwise, you may ask back, add to it or have it dealt with anew on the tracking page.")


@dataclass(frozen=True)
class Filled:
    """What the places are filled from. `receiver` is the organ that a transfer goes to."""

    session: Session
    case: Case
    today: date
    receiver: str = ""


def in_chinese(day: date) -> str:
    """As GB/T 9704 has it: 2026年3月2日."""
    return f"{day.year}年{day.month}月{day.day}日"


def blank(name: str) -> str:
    """What stands where nobody has filled in yet; proofreading finds it."""
    return f"{BLANK}{name}】"


def has_blanks(text: str) -> bool:
    return BLANK in text


def fill(
    session: Session,
    case: Case,
    kind: PaperKind,
    now: datetime,
    receiver: str = "",
    words: Mapping[str, str] | None = None,
) -> str:
    """The template of this kind with every place filled that the case can fill, or that `words` name.

    Days that are reckoned from the sending stay places (see `words`). Words for whose place the template has none
    come at its end: what somebody has given is not left out.
    """
    source, given = Filled(session, case, timekeeping.day_of(session, now), receiver), words or {}
    put = set()

    def filled(found: re.Match[str]) -> str:
        put.add(found[1])
        if found[1] in FROM_SENDING and found[1] not in given:
            return found[0]
        filler = PLACES.get(found[1])
        return given.get(found[1]) or (filler(source) if filler else "") or blank(found[1])

    text = PLACE.sub(filled, template(session, kind).text)
    return "\n\n".join([text, *(f"{each}。" for name, each in given.items() if name not in put)])


def words(session: Session, paper: Paper, today: date) -> str:
    """As they were sent; before that as they would be sent today."""
    if paper.sent_text is not None:
        return paper.sent_text
    if paper.state is PaperState.SENT:  # by a version that filled in all days when it was drafted
        return paper.text
    days = days_from(session, paper, today)
    return PLACE.sub(lambda found: days.get(found[1], found[0]), paper.text)


def days_from(session: Session, paper: Paper, on: date) -> dict[str, str]:
    """What the places of its words that wait for the sending come to when that is on this day."""
    source = Filled(session, paper.case, on, paper.receiver)
    waiting = FROM_SENDING.intersection(PLACE.findall(paper.text))
    return {name: PLACES[name](source) or blank(name) for name in sorted(waiting)}


def _received(source: Filled) -> str:
    return in_chinese(timekeeping.day_of(source.session, source.case.received_at))


def _subject(source: Filled) -> str:
    opinions = source.case.opinions
    subject = (opinions[0].subject if opinions else "") or source.case.item.title
    return subject.translate(INNER_QUOTES)


def _item(source: Filled) -> str:
    item = source.case.item
    return item.title if item.section_id is None else f"{item.key} {item.title}"


def _kind(source: Filled) -> str:
    return said(timekeeping.kind_of(source.case).label, CHINESE)


def _limit(source: Filled) -> tuple[date | None, Rule]:
    """The limit for settling it that runs; before acceptance, the one that would begin today."""
    wanted = timekeeping.HANDLED_WITHIN[timekeeping.kind_of(source.case)]
    for clock in timekeeping.of(source.session, source.case):
        if clock.clock in timekeeping.HANDLING and clock.stopped_on is None:
            return clock.due_on, clock.clock.rule
    return clocks.run(wanted.rule, source.today, timekeeping.calendar(source.session)).due_on, wanted.rule


def _due(source: Filled) -> str:
    due_on = _limit(source)[0]
    return in_chinese(due_on) if due_on else ""


def _article(source: Filled) -> str:
    return said(_limit(source)[1].article, CHINESE)


def _within(source: Filled) -> str:
    """What the writer may rely on: of an internal target they are told no day."""
    due_on, rule = _limit(source)
    if due_on is None or rule.is_internal:
        return "抓紧办理，及时答复"
    return f"于{in_chinese(due_on)}前办结并答复（{said(rule.article, CHINESE)}）"


def _complete_by(source: Filled) -> str:
    due_on = clocks.run(Clock.CORRECTION.rule, source.today, timekeeping.calendar(source.session)).due_on
    return in_chinese(due_on) if due_on else ""


def _extension(source: Filled) -> Extension | None:
    """The last one that was approved."""
    approved = select(Extension).where(Extension.case_id == source.case.id, Extension.is_approved.is_(True))
    return source.session.scalar(approved.order_by(Extension.id.desc()).limit(1))


def is_extended(session: Session, case: Case) -> bool:
    """Whether an extension was approved, whose days and reason a notice can tell."""
    approved = select(Extension.id).where(Extension.case_id == case.id, Extension.is_approved.is_(True))
    return session.scalar(approved.limit(1)) is not None


def _days(source: Filled) -> str:
    found = _extension(source)
    return str(found.days) if found else ""


def _why_longer(source: Filled) -> str:
    found = _extension(source)
    return (found.remark or found.reason).strip().rstrip("。") if found else ""


def _phones(source: Filled) -> str:
    channels = notices.current(source.session).channels or {}
    return "、".join(channels.get("phones", []))


def _remedy(source: Filled) -> str:
    is_claim = timekeeping.kind_of(source.case) is RefinedKind.CLAIM
    return said(REMEDY_OF_A_CLAIM if is_claim else REMEDY, CHINESE)


# What a template may say in braces. Any other name stands for something that the drafter writes.
PLACES: dict[str, Callable[[Filled], str]] = {
    "编号": lambda source: source.case.number,
    "今日": lambda source: in_chinese(source.today),
    "收件日期": _received,
    "渠道": lambda source: said(source.case.channel.label, CHINESE),
    "类别": _kind,
    "主题": _subject,
    "条目": _item,
    "责任单位": lambda source: source.case.unit.name if source.case.unit else "本机关",
    "办理期限": _due,
    "期限依据": _article,
    "办理时限": _within,
    "延长天数": _days,
    "延期理由": _why_longer,
    "接收单位": lambda source: source.receiver.strip(),
    "补正期限": _complete_by,
    "联系电话": _phones,
    "查询网址": lambda source: f"{db.settings_of(source.session).public_url}/track",
    "机关": lambda source: notices.current(source.session).issuer or "",
    "救济途径": _remedy,
}
# The limits that a paper tells begin with the day on which it is sent, and so does what it says of that day: in a
# draft they stay places, however long its reviews take.
FROM_SENDING = frozenset({"今日", "办理期限", "期限依据", "办理时限", "补正期限"})
