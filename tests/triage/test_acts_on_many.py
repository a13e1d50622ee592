"""Acts on many cases ask the database no more than acts on few, and leave what the act on each would have left."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import bulk, identity, outbox, triage
from feedback.bulk import Chosen, Wish, wish
from feedback.db import Database
from feedback.models import (
    Action,
    BouncedAddress,
    BulkKind,
    Case,
    Event,
    Item,
    Kind,
    Outgoing,
    ReplyBy,
    Role,
    Staff,
    SupervisionKind,
    Unit,
)
from feedback.supervision import orders
from feedback.triage import Act
from tests import factories, statements

LATER = factories.NOW + timedelta(days=3)
WIDE = (BulkKind.ASSIGN, BulkKind.ACCEPT, BulkKind.CLASSIFY, BulkKind.JOIN)


@pytest.fixture
def house(database: Database) -> None:
    with database.writing() as session:
        factories.unit(session)
        factories.staff(session)
        factories.staff(session, "head", Role.HEAD)


def came(session: Session, words: str, address: str, days_ago: int = 0) -> Case:
    author = identity.Author(name="李女士", email=f"{address}@example.com")
    at = factories.NOW - timedelta(days=days_ago)
    return factories.receipt(session, text=words, author=author, received_at=at, reply_by=ReplyBy.EMAIL).case


def matter(session: Session, place: int) -> Case:
    """One case that leads an older one; every second one stands under supervision."""
    clerk = session.scalars(select(Staff).where(Staff.username == "clerk")).one()
    head = session.scalars(select(Staff).where(Staff.username == "head")).one()
    leading = came(session, f"第{place}件。", f"leads{place % 5}")
    joined = came(session, f"与第{place}件同一事项。", f"joined{place}", days_ago=4)
    triage.join(session, joined, leading, Act(clerk, factories.NOW, joined.version))
    if place % 2:
        said = orders.Evidence("请尽快办理。", spoken_to="承办人员", spoken_at=factories.NOW)
        orders.open_one(session, leading, SupervisionKind.ORAL, said, Act(head, factories.NOW, leading.version))
    return leading


def bounce(session: Session, address: str) -> None:
    """Mail to it came back: what is written to it from now on waits for a clerk."""
    case = came(session, "另一事项。", address)
    writer = case.opinions[0].writer
    assert writer
    assert writer.email_digest
    mail = outbox.queue(session, case, writer, subject="答复", text="答复", now=factories.NOW)
    session.add(BouncedAddress(email_digest=writer.email_digest, outgoing_id=mail.id, bounced_at=factories.NOW))


def wanted(session: Session, kind: BulkKind) -> tuple[Wish, Staff]:
    clerk = session.scalars(select(Staff).where(Staff.username == "clerk")).one()
    unit, item = session.scalars(select(Unit)).one(), session.scalars(select(Item).order_by(Item.id.desc())).first()
    wishes = {
        BulkKind.ASSIGN: Wish(kind, unit=unit, clerk=clerk),
        BulkKind.ACCEPT: Wish(kind),
        BulkKind.CLASSIFY: Wish(kind, kind=Kind.PRAISE, item=item),
        BulkKind.JOIN: Wish(kind, into=came(session, "并入此件。", "target").number),
    }
    return wishes[kind], clerk


def reads_of(database: Database, numbers: Sequence[str], kind: BulkKind, *, is_look: bool) -> int:
    chosen = [Chosen(number) for number in numbers]
    with database.writing() as session:
        wish, clerk = wanted(session, kind)
        session.flush()
        with statements.heard(database.engine) as said:
            act = bulk.preview if is_look else bulk.carry_out
            act(session, chosen, wish, by=clerk, now=LATER)
    return len(statements.reads(said))


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("kind", WIDE)
@pytest.mark.parametrize("is_look", [True, False])
def test_fifty_cases_are_read_in_as_many_statements_as_ten(database: Database, kind: BulkKind, is_look: bool) -> None:
    with database.writing() as session:
        numbers = [matter(session, place).number for place in range(60)]
    few, many = (reads_of(database, some, kind, is_look=is_look) for some in (numbers[:10], numbers[10:]))
    assert few == many
    assert many < 30


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("kind", WIDE)
def test_an_act_on_many_leaves_what_the_act_on_each_leaves(database: Database, kind: BulkKind) -> None:
    with database.writing() as session:
        at_once, singly = ([matter(session, place).number for place in range(4)] for _way in range(2))
        bounce(session, "leads1")
    with database.writing() as session:
        many, clerk = wanted(session, kind)
        bulk.carry_out(session, [Chosen(number) for number in at_once], many, by=clerk, now=LATER)
    with database.writing() as session:
        into = wanted(session, kind)[0].into
    for number in singly:
        with database.writing() as session:
            one, clerk = wanted(session, kind)
            case = triage.find(session, number, clerk, to_change=True)
            wish.carry_out(session, case, replace(one, into=into), Act(clerk, LATER, case.version))
    with database.reading() as session:
        assert left(session, at_once) == left(session, singly)
        if into:
            assert left(session, [many.into]) == left(session, [into])


def left(session: Session, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """How the cases stand, with what is joined to them, and without the numbers that tell the two ways apart."""
    leading = [session.get_one(Case, Case.key_of(number)) for number in numbers]
    return [_standing(session, case) for one in leading for case in (one, *sorted(one.duplicates, key=by_key))]


def by_key(case: Case) -> int:
    return case.id


def _standing(session: Session, case: Case) -> dict[str, Any]:
    of_case = Event.case_id == case.id, Event.action != Action.BULK_DONE
    lines = session.scalars(select(Event).where(*of_case).order_by(Event.id))
    mails = session.scalars(select(Outgoing).where(Outgoing.case_id == case.id).order_by(Outgoing.id))
    names = ("state", "kind", "item_id", "unit_id", "clerk_id", "due_on", "leading_state", "is_supervised")
    clock = ("clock", "started_on", "pauses", "due_on", "stopped_on")
    part = ("unit_id", "is_lead", "due_on", "ended_at")
    return {
        "case": [getattr(case, name) for name in names],
        "clocks": [[getattr(one, name) for name in clock] for one in case.clocks],
        "parts": [[getattr(one, name) for name in part] for one in case.parts],
        "mails": [(one.kind, one.state, one.reason) for one in mails],
        "lines": [(one.action, _said(one.before), _said(one.after)) for one in lines],
    }


def _said(values: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (values or {}).items() if name not in ("into", "duplicate", "order")}
