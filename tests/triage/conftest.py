"""A clerk at work."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from feedback.models import Case, Role, Staff
from feedback.triage import Act
from tests import factories


@pytest.fixture
def act() -> Callable[..., Act]:
    """`act(session, case)`: by a clerk who saw the case as it stands; one clerk for the whole test."""

    def made(session: Session, case: Case, role: Role = Role.CLERK, seen: int | None = None) -> Act:
        by = session.query(Staff).filter_by(username=f"by-{role}").one_or_none() or factories.staff(
            session, f"by-{role}", role
        )
        return Act(by, factories.NOW, case.version if seen is None else seen)

    return made
