"""A house at work: about sixty invented opinions, brought where they are by the verbs that bring real ones there.

Every person, number and event in it is made up.
"""

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import accounts, db, intake, mailroom
from feedback.demo import letters, papers, rooms
from feedback.demo.story import Office, tell
from feedback.identity import Author
from feedback.mailroom import Envelope
from feedback.models import Case, Channel, Kind, ReplyBy, Role, Staff, Unit
from feedback.submissions import Submission

OPINIONS = Path(__file__).parent / "opinions.jsonl"
# Calls, letters and visits are entered by a clerk.
RECORDED = frozenset({Channel.PHONE, Channel.POST, Channel.VISIT})
OPENING_HOUR = 8
NAMES = {
    Role.CLERK: "示例登记员",
    Role.HEAD: "示例负责人",
    Role.SUPERVISOR: "示例督办员",
    Role.UNIT_MEMBER: "示例经办人",
    Role.READER: "示例查阅员",
}
ACCOUNTS = {
    "clerk": Role.CLERK,
    "head": Role.HEAD,
    "supervisor": Role.SUPERVISOR,
    "unit": Role.UNIT_MEMBER,
    "reader": Role.READER,
}
# Who acts in what is told.
PEOPLE = ("clerk", "head", "supervisor", "unit")
# Whose member the account `unit` is.
UNIT = "征迁安置办公室"


@dataclass(frozen=True)
class Account:
    username: str
    role: Role
    password: str


def fill(session: Session, *, now: datetime) -> list[Account]:
    """Fill an empty house and return the accounts that were made; one with opinions in it is left as it is."""
    if session.scalar(select(func.count()).select_from(Case)):
        return []
    made = [_account(session, name, role, now) for name, role in ACCOUNTS.items()]
    clerk, head, supervisor, member = (accounts.find(session, name) for name in PEOPLE)
    rows = [json.loads(line) for line in OPINIONS.read_text(encoding="utf-8").splitlines()]
    office = Office(session, clerk, head, supervisor, member, _units(session, rows), now)
    office.member.unit = office.units[UNIT]
    cases = {}
    for number, row in enumerate(sorted(rows, key=lambda row: -int(row["ago"]))):
        received_at = _received_at(session, row, number, now)
        cases[row["id"]] = intake.receive(session, _submission(session, row, number, received_at, office.clerk)).case
        tell(office, cases[row["id"]], row)
    for row in rows:
        if "joins" in row:
            office.join(cases[row["id"]], cases[row["joins"]])
    rooms.furnish(office, cases)
    for number, letter in enumerate(letters.all_of(now)):
        envelope = Envelope("sender@example.com", db.settings_of(session).smtp_recipients)
        mailroom.keep(session, letter, envelope, received_at=now - timedelta(hours=3 - number))
    return made


def _account(session: Session, username: str, role: Role, now: datetime) -> Account:
    password = accounts.one_time_password()
    accounts.add(session, username, role, password, now=now, display_name=NAMES[role])
    return Account(username, role, password)


def _units(session: Session, rows: list[dict[str, Any]]) -> dict[str, Unit]:
    units = {name: Unit(name=name) for name in sorted({row["unit"] for row in rows if "unit" in row})}
    session.add_all(units.values())
    session.flush()
    return units


def _received_at(session: Session, row: dict[str, Any], number: int, now: datetime) -> datetime:
    """So many days ago, at some minute of a working day; today's came in the last hours."""
    if not row["ago"]:
        return now - timedelta(minutes=20 + number)
    zone = db.settings_of(session).zone
    day = (now.astimezone(zone) - timedelta(days=row["ago"])).date()
    return datetime.combine(day, time(OPENING_HOUR + number % 9, number * 7 % 60), tzinfo=zone)


def _submission(
    session: Session, row: dict[str, Any], number: int, received_at: datetime, clerk: Staff
) -> Submission:
    channel = Channel(row["channel"])
    return Submission(
        channel=channel,
        text=row["text"],
        subject=row.get("subject", ""),
        received_at=received_at,
        item=row["item"],
        kind=Kind(row["kind"]),
        author=_author(row, number),
        reply_by=ReplyBy(row.get("reply_by", "track")),
        attachments=tuple(papers.store(session, name) for name in row.get("files", [])),
        recorded_by=clerk if channel in RECORDED else None,
        postmarked_on=received_at.date() - timedelta(days=2) if "postmark" in row else None,
        has_envelope_remark=True if "postmark" in row else None,
        imported_id=row["id"],
    )


def _author(row: dict[str, Any], number: int) -> Author | None:
    if "who" not in row or "anonymous" in row:
        return None
    return Author(
        name=row["who"],
        phone=f"1380000{number:04d}",
        email=f"writer{number}@example.com" if row.get("reply_by") == "email" or row["channel"] == "email" else "",
        address="示例路1号" if row["channel"] == "post" else "",
    )
