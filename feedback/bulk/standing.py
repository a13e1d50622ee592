"""How a case stands with all that an act may change, kept so that the act can be taken back."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.orm import Session

from feedback import leading, open_questions, supervised, timekeeping
from feedback.db import Base
from feedback.models import Assignment, Case, CaseClock, CaseItem, FirstAnswer

COLUMNS = (
    "state",
    "kind",
    "refinement",
    "item_id",
    "unit_id",
    "clerk_id",
    "due_on",
    "is_urgent",
    "is_spam",
    "merged_into_id",
    "leading_state",
    "struck_off_on",
)
# Rows beside the case that acts add or change.
BESIDE: dict[str, type[Base]] = {"parts": Assignment, "clocks": CaseClock}


def keep(session: Session, cases: Sequence[Case]) -> dict[int, dict[str, Any]]:
    """How each of them stands, by its key: as plain values for JSON. One statement for each table."""
    session.flush()
    keys = [case.id for case in cases]
    further = _by_case(session, select(CaseItem.case_id, CaseItem.item_id).where(CaseItem.case_id.in_(keys)))
    answered = set(session.scalars(select(FirstAnswer.case_id).where(FirstAnswer.case_id.in_(keys))))
    beside = {name: _rows(session, noun, keys) for name, noun in BESIDE.items()}
    return {
        case.id: {
            "case": {name: _plain(getattr(case, name)) for name in COLUMNS},
            "further": [row["item_id"] for row in further[case.id]],
            "is_answered": case.id in answered,
            **{name: rows[case.id] for name, rows in beside.items()},
        }
        for case in cases
    }


def restore(session: Session, case: Case, kept: dict[str, Any]) -> None:
    """Bring the case back to how it stood. Answers and history stay: they are written once."""
    session.flush()
    for name, noun in BESIDE.items():
        _restore_rows(session, noun, case, kept[name])
    if not kept["is_answered"]:
        session.execute(delete(FirstAnswer).where(FirstAnswer.case_id == case.id))
    session.execute(delete(CaseItem).where(CaseItem.case_id == case.id))
    for item in kept["further"]:
        values = {"case_id": case.id, "item_id": item, "received_at": case.received_at}
        session.execute(insert(CaseItem).values(**values))
    former = case.merged_into
    if former is not None:
        session.expire(former, ["duplicates"])
    for name, value in kept["case"].items():
        setattr(case, name, _typed(Case, name, value))
    leading.pass_state_on(session, case)
    session.expire(case)
    touched = {case, case.leading, former or case}
    open_questions.settle(session, *touched)
    supervised.settle(session, *touched)
    if former is not None and case.merged_into is None:
        timekeeping.settle(session, former)


def _rows(session: Session, noun: type[Base], keys: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    table = noun.__table__
    return _by_case(session, select(table).where(table.c.case_id.in_(keys)).order_by(table.c.id))


def _by_case(session: Session, statement: Select[*tuple[Any, ...]]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in session.execute(statement).mappings():
        found[row["case_id"]].append({name: _plain(value) for name, value in row.items()})
    return found


def _restore_rows(session: Session, noun: type[Base], case: Case, kept: list[dict[str, Any]]) -> None:
    """What was added goes first: of what still runs there may be only one."""
    table = noun.__table__
    session.execute(delete(noun).where(table.c.case_id == case.id, table.c.id.not_in([row["id"] for row in kept])))
    for row in sorted(kept, key=lambda one: one["id"]):
        values = {name: _typed(noun, name, value) for name, value in row.items() if name != "id"}
        session.execute(update(noun).where(table.c.id == row["id"]).values(**values))


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date | datetime) else value


def _typed(noun: type[Base], name: str, value: Any) -> Any:
    if value is None:
        return None
    kind = noun.__table__.c[name].type.python_type
    if issubclass(kind, Enum):
        return kind(value)
    return kind.fromisoformat(value) if issubclass(kind, date) else value
