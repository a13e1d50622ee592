"""What is wanted of many cases, and doing it to one of them by the verb that does it to a single one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from feedback import history, papers, triage
from feedback.errors import Conflict, Refusal, _
from feedback.models import BulkKind, Case, Flag, Item, Kind, RefinedKind, Staff, Unit
from feedback.papers import Grounds
from feedback.triage import Act, Given, Step


@dataclass(frozen=True)
class Wish:
    """The act and what was given with it. What is left empty stays with each case as it is."""

    act: BulkKind
    reason: str = ""
    unit: Unit | None = None
    clerk: Staff | None = None
    due_on: date | None = None
    kind: Kind | None = None
    refinement: RefinedKind | None = None
    item: Item | None = None
    into: str = ""
    # Of a notice of non-acceptance, besides the reason: the provision, and where the writer may turn instead.
    basis: str = ""
    way: str = ""

    @property
    def further_cases(self) -> set[str]:
        """The numbers of those that it names besides the chosen ones."""
        return {self.into.strip()} if self.act is BulkKind.JOIN else set()

    def require_whole(self) -> None:
        """Raises Refusal where something is missing without which no case could be changed."""
        if self.act is BulkKind.ASSIGN and self.unit is None and self.clerk is None:
            raise Refusal(_("Please choose a unit, a clerk or both."), field="unit")
        if self.act is BulkKind.DECLINE and not self.reason.strip():
            raise Refusal(_("Please give the reason: it stands in the notice to the writers."), field="reason")
        if self.act is BulkKind.SPAM:
            history.reason(self.reason)
        if self.act is BulkKind.CLASSIFY and self.kind is None and self.item is None:
            raise Refusal(_("Please choose a kind, an item or both."), field="kind")
        if self.act is BulkKind.JOIN and not self.into.strip():
            raise Refusal(_("Please give the number of the main case."), field="number")


def carry_out(session: Session, case: Case, wish: Wish, act: Act) -> None:
    """Raises Refusal as the verb does, and where nothing would change."""
    VERBS[wish.act](session, case, wish, act)
    session.flush()
    if wish.act is not BulkKind.DECLINE and case.version == act.seen:
        raise Conflict(_("It stands so already: nothing would change."))


def _assign(session: Session, case: Case, wish: Wish, act: Act) -> None:
    unit, clerk = wish.unit or case.unit, wish.clerk or case.clerk
    triage.assign(session, case, unit, clerk, act, reason=wish.reason, due_on=wish.due_on)


def _accept(session: Session, case: Case, wish: Wish, act: Act) -> None:
    triage.take(session, case, Step.ACCEPT, act, Given(wish.reason))


def _decline(session: Session, case: Case, wish: Wish, act: Act) -> None:
    """Its notice goes into review; the case stays as it is until that is sent."""
    papers.propose_decline(session, case, Grounds(wish.reason, wish.basis, wish.way), act)


def _classify(session: Session, case: Case, wish: Wish, act: Act) -> None:
    kind = wish.kind or case.kind
    refinement = wish.refinement if wish.kind else case.refinement
    items = [wish.item or case.item, *case.further_items]
    triage.classify(session, case, kind, items, act, refinement=refinement)


def _join(session: Session, case: Case, wish: Wish, act: Act) -> None:
    # Found with the chosen ones, as `further_cases` says; the session still has it.
    triage.join(session, case, session.get_one(Case, Case.key_of(wish.into.strip())), act)


def _urgent(session: Session, case: Case, _wish: Wish, act: Act) -> None:
    triage.require_unchanged(case, act)
    if case.is_urgent:
        raise Conflict(_("It stands so already: nothing would change."))
    triage.flag(session, case, Flag.URGENT, "", act, is_set=True)


def _spam(session: Session, case: Case, wish: Wish, act: Act) -> None:
    triage.mark_spam(session, case, wish.reason, act)


VERBS: dict[BulkKind, Callable[[Session, Case, Wish, Act], None]] = {
    BulkKind.ASSIGN: _assign,
    BulkKind.ACCEPT: _accept,
    BulkKind.DECLINE: _decline,
    BulkKind.CLASSIFY: _classify,
    BulkKind.JOIN: _join,
    BulkKind.URGENT: _urgent,
    BulkKind.SPAM: _spam,
}
