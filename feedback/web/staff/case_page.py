"""What a case's page and the pane beside the queue show, in a number of statements that does not grow with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from feedback import (
    db,
    delivery,
    file_texts,
    findings,
    holding,
    papers,
    rights,
    scanning,
    seeing,
    timekeeping,
    triage,
    writers_time,
)
from feedback.authenticity import Authenticity
from feedback.clocks import Working
from feedback.identity import Author
from feedback.legibility import Legibility
from feedback.models import (
    Answer,
    Assignment,
    Case,
    CaseClock,
    Correction,
    Event,
    Extension,
    FileScan,
    Opinion,
    Outgoing,
    ReplyBy,
    Staff,
)
from feedback.papers import Laid
from feedback.readings import Step
from feedback.rights import Right
from feedback.supervision import striking_off
from feedback.triage import Alike
from feedback.web import clock
from feedback.web.staff import case_lists, choices, naming, paper_lists, understood, watching_page
from feedback.web.staff.case_lists import History, Joined, Place
from feedback.web.staff.choices import Choices
from feedback.web.staff.forms import (
    ActForm,
    AnswerForm,
    AssignForm,
    AssistForm,
    ClassifyForm,
    DecisionForm,
    ExtensionForm,
    FlagForm,
    GiveUpForm,
    JoinForm,
    MoveForm,
    NoteForm,
    ObjectionForm,
    RenewForm,
    SeparateForm,
    SignForm,
    SpamForm,
    WithdrawForm,
)
from feedback.web.staff.paper_lists import PaperLists
from feedback.web.staff.understood import Move, Understood
from feedback.web.staff.watching_page import Watching

FORMS: dict[str, type[ActForm]] = {
    "classify": ClassifyForm,
    "assign": AssignForm,
    "assist": AssistForm,
    "move": MoveForm,
    "sign": SignForm,
    "give_up": GiveUpForm,
    "ask_extension": ExtensionForm,
    "decide_extension": DecisionForm,
    "prolong_correction": ExtensionForm,
    "decide_objection": ObjectionForm,
    "withdraw_request": WithdrawForm,
    "flag": FlagForm,
    "note": NoteForm,
    "join": JoinForm,
    "separate": SeparateForm,
    "mark_spam": SpamForm,
    "clear_spam": SpamForm,
    "answer": AnswerForm,
    "renew": RenewForm,
}


@dataclass(frozen=True)
class Opened:
    """Who wrote, and who is named on the way of a mail: opened with a reason, shown once."""

    author: Author
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Typed:
    """What is to be shown again as it was filled in: the forms of acts, and the fields of a correction."""

    forms: dict[str, ActForm] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    case: Case
    opinions: Sequence[Opinion]


@dataclass(frozen=True)
class Limit:
    """`of` is the number of the joined case whose limit it is, where that ends before those of the case itself."""

    clock: CaseClock
    working: Working
    of: str = ""


@dataclass(frozen=True)
class CasePage:
    case: Case
    opinions: Sequence[Opinion]
    history: History
    answers: Sequence[Answer]
    # By the key of the answer: those that were sent as formal papers.
    laid: dict[int, Laid]
    outgoing: Sequence[Outgoing]
    joined: Joined
    alike: Sequence[Alike]
    # The line by which this writer counts as told by hand.
    told_by_hand: Event | None
    # How this writer is to be told by hand, and the words of a step where it is one.
    to_tell: ReplyBy | None
    to_say: str
    papers: PaperLists
    may: frozenset[str]
    # By the key of the raw message.
    findings: dict[int, Authenticity]
    # By the sha256 of the file.
    scans: dict[str, FileScan]
    has_scanner: bool
    # By the sha256 of the files that were read.
    legibilities: dict[str, Legibility]
    # Only for who may act: what the selects offer, and the forms as they stand or as they were typed.
    choices: Choices | None
    forms: dict[str, ActForm]
    # The keys of the opinions whose mail has HTML; the HTML itself is not read for that.
    with_html: frozenset[int]
    # By the key of the opinion.
    understood: dict[int, Understood]
    moves: dict[int, Move]
    opened: dict[int, Opened]
    kept: dict[str, str]
    # Mails in the holding pen that may belong here.
    held: int
    # The next steps without a form of their own, and all that this person may take, by their values.
    steps: Sequence[triage.Move]
    can: frozenset[str]
    # Every unit's part, ended ones too; the limits with how each was reckoned; a request for more time that waits.
    parts: Sequence[Assignment]
    limits: Sequence[Limit]
    extension: Extension | None
    # What the reader has asked for and nobody has decided on.
    own_requests: Sequence[triage.Request]
    objection_until: date | None
    # The number of the case that this one is joined to, or what stands in its place; so for lines of the history.
    leads: str
    hidden: dict[str, str]
    # By how many days the limit can be extended still, and the one of a writer who is to complete something.
    extensible_by: int
    prolongable_by: int
    # 督办 and 销号.
    watching: Watching


def preview(session: Session, number: str, reader: Staff) -> Preview:
    """Raises NotFound."""
    case = triage.find(session, number, reader)
    return Preview(case, _opinions(session, case))


def read(
    session: Session, number: str, reader: Staff, *, typed: Typed, opened: dict[int, Opened], place: Place
) -> CasePage:
    """Raises NotFound."""
    case = triage.find(session, number, reader)
    may = frozenset(right.value for right in Right if rights.has(reader, right))
    can_act = Right.TRIAGE in may or Right.WORK in may
    opinions = _opinions(session, case)
    offered = triage.offered(session, case, reader, clock.today())
    can = frozenset(move.step.value for move in offered)
    opened_writers = [one.writer for one in opinions if one.id in opened and one.writer]
    given = _answers(session, case, reader)
    told = case_lists.history(session, case, place)
    alike = triage.alike(session, case, opened=opened_writers)
    files = [file.sha256 for one in opinions for file in one.attachments]
    return CasePage(
        case=case,
        opinions=opinions,
        history=told,
        answers=given,
        laid=papers.formal(session, given),
        outgoing=session.scalars(select(Outgoing).where(Outgoing.case_id == case.id).order_by(Outgoing.id)).all(),
        joined=case_lists.joined(session, case, place, reader),
        alike=[one for one in alike if seeing.sees(session, reader, one.case)],
        to_tell=(to_tell := delivery.waits_for_hand(session, case)),
        told_by_hand=None if to_tell else delivery.done_by_hand(session, case),
        to_say=delivery.step_to_tell(session, case) if to_tell else "",
        papers=paper_lists.read(session, case, opinions, reader),
        may=may,
        scans=scanning.of(session, files),
        legibilities=file_texts.legibilities(session, files),
        has_scanner=db.settings_of(session).clamd is not None,
        findings=findings.of(session, [one.raw_message_id for one in opinions if one.raw_message_id]),
        choices=choices.read(session) if can_act else None,
        forms={name: typed.forms.get(name) or fresh(name, case) for name in FORMS} if can_act else {},
        understood=understood.of(session, opinions),
        moves=understood.moves(session, opinions, reader),
        with_html=_with_html(session, case),
        opened=opened,
        kept=typed.kept,
        held=holding.count(session, case),
        steps=[move for move in offered if not move.is_own_form],
        can=can,
        parts=triage.parts(case),
        limits=_limits(session, case, reader),
        leads=naming.other(session, case.leading, reader) if case.merged_into else "",
        hidden=naming.hidden(session, told.events, reader),
        extension=triage.pending_extension(session, case),
        own_requests=_own_requests(session, case, reader) if "withdraw-request" in can else [],
        objection_until=triage.objection_until(session, case, reader),
        extensible_by=timekeeping.extensible_by(session, case),
        prolongable_by=writers_time.prolongable_by(session, case),
        watching=watching_page.read(session, case, reader, can, typed.forms),
    )


def fresh(name: str, case: Case) -> ActForm:
    """The form of an act, filled with how the case stands."""
    standing = {
        "kind": f"{case.kind}.{case.refinement}" if case.refinement else case.kind.value,
        "item": case.item.key,
        "further": [item.key for item in case.further_items],
        "unit": case.unit.name if case.unit else "",
        "clerk": case.clerk.username if case.clerk else "",
    }
    return FORMS[name](formdata=None, data=standing)


def _own_requests(session: Session, case: Case, reader: Staff) -> list[triage.Request]:
    extension, striking = triage.pending_extension(session, case), striking_off.waiting(session, case)
    waits = {
        triage.Request.EXTENSION: extension is not None and extension.asked_by_id == reader.id,
        triage.Request.RELEASE: triage.own_release(session, case, reader) is not None,
        triage.Request.STRIKING_OFF: striking is not None and striking.asked_by_id == reader.id,
    }
    return [request for request, is_own in waits.items() if is_own]


def _limits(session: Session, case: Case, reader: Staff) -> list[Limit]:
    """What runs comes first, and of that what somebody is held to."""
    by, latest = timekeeping.calendar(session), reversed(timekeeping.of(session, case))
    in_order = sorted(latest, key=lambda one: (one.stopped_on is not None, not one.clock.rule.is_duty))
    own = [Limit(clock, timekeeping.shown(session, clock, by)) for clock in in_order]
    nearest = next((one for one in timekeeping.of_joined(session, case) if one.clock.rule.is_duty), None)
    if nearest is None or nearest.due_on is None or nearest.due_on != case.due_on:
        return own
    if any(one.clock.due_on == case.due_on for one in own if one.clock.stopped_on is None):
        return own
    return [Limit(nearest, timekeeping.working(nearest, by), naming.other(session, nearest.case, reader)), *own]


def _opinions(session: Session, case: Case) -> Sequence[Opinion]:
    return session.scalars(
        select(Opinion)
        .where(Opinion.case_id == case.id)
        .options(
            joinedload(Opinion.identity),
            joinedload(Opinion.recorded_by),
            joinedload(Opinion.item),
            selectinload(Opinion.attachments),
            selectinload(Opinion.corrections).options(joinedload(Correction.by), joinedload(Correction.identity)),
        )
        .order_by(Opinion.sequence)
    ).all()


def _with_html(session: Session, case: Case) -> frozenset[int]:
    has_html = select(Opinion.id).where(Opinion.case_id == case.id, Opinion.sealed_html.is_not(None))
    return frozenset(session.scalars(has_html))


def _answers(session: Session, case: Case, reader: Staff) -> Sequence[Answer]:
    """Of the case itself and of the one that it is joined to, where the reader sees that."""
    cases = {case.id, case.leading.id} if seeing.sees(session, reader, case.leading) else {case.id}
    return session.scalars(
        select(Answer)
        .where(Answer.case_id.in_(cases))
        .options(joinedload(Answer.given_by), joinedload(Answer.case))
        .order_by(Answer.id)
    ).all()
