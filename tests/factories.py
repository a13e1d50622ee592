"""Valid objects; a test states only what matters to it. Persons are placeholders."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from feedback import intake
from feedback.identity import Author
from feedback.intake import Receipt, Submission
from feedback.models import GENERAL, Channel, Item, Notice, Role, Section, Staff, Unit

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
AUTHOR = Author(name="王先生", phone="13800000000", email="wang@example.com", address="示例小区1号楼1单元101室")


def publish_bundled_notice(session: Session) -> Notice:
    """A small stand-in until `notices.publish` takes over."""
    notice = Notice(title="示例通报", channels={}, source="", imported_at=NOW)
    section = Section(notice=notice, number=1, title="示例部分")
    for position, key in enumerate([GENERAL, "1.1", "1.2"]):
        in_section = None if key == GENERAL else section
        session.add(
            Item(
                notice=notice,
                section=in_section,
                key=key,
                position=position,
                title=f"示例事项{key}",
                text="",
                figures=[],
            )
        )
    session.flush()
    return notice


def submission(**changes: Any) -> Submission:
    values: dict[str, Any] = {
        "channel": Channel.WEB,
        "text": "过渡安置费还没有发。",
        "received_at": NOW,
        "author": AUTHOR,
    }
    return Submission(**{**values, **changes})


def receipt(session: Session, **changes: Any) -> Receipt:
    return intake.receive(session, submission(**changes))


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
