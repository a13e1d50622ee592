"""Valid objects; a test states only what matters to it. Persons are placeholders."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from feedback import intake
from feedback.identity import Author
from feedback.intake import Receipt
from feedback.models import Channel, Role, Staff, Unit
from feedback.submissions import Submission

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
AUTHOR = Author(name="王先生", phone="13800000000", email="wang@example.com", address="示例小区1号楼1单元101室")


def submission(**changes: Any) -> Submission:
    values: dict[str, Any] = {
        "channel": Channel.WEB,
        "text": "过渡安置费还没有发。",
        "received_at": NOW,
        "author": AUTHOR,
    }
    return Submission(**{**values, **changes})


def receipt(session: Session, **changes: Any) -> Receipt:
    """Its case and opinion are loaded, so that they can be looked at after the transaction."""
    made = intake.receive(session, submission(**changes))
    assert made.opinion.case is made.case
    return made


def staff(session: Session, username: str = "clerk", role: Role = Role.CLERK, **changes: Any) -> Staff:
    member = Staff(username=username, display_name=f"示例{username}", role=role, password_hash="", **changes)
    session.add(member)
    session.flush()
    return member


def unit(session: Session, name: str = "示例单位") -> Unit:
    made = Unit(name=name)
    session.add(made)
    session.flush()
    return made
