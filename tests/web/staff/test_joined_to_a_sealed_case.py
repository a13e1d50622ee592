"""Of a sealed case that leads others nothing is told on their pages to who may not see it."""

import re

import pytest

from feedback import answering, triage
from feedback.db import Database
from feedback.models import Flag, Role
from feedback.triage import Act
from tests import factories
from tests.web.staff.conftest import Enter, send

LEADING, JOINED = "2026-000001", "2026-000002"


@pytest.fixture
def _house(database: Database, members: None) -> None:
    with database.writing() as session:
        by = factories.staff(session, "sealer", Role.HEAD)
        leading, joined = factories.receipt(session).case, factories.receipt(session, text="另一件").case
        triage.join(session, joined, leading, Act(by, factories.NOW, joined.version))
        answering.give(session, leading, "关于密封事项的答复。", Act(by, factories.NOW, leading.version))
        triage.flag(session, leading, Flag.SEALED, "涉及隐私", Act(by, factories.NOW, leading.version), is_set=True)


@pytest.mark.usefixtures("_house")
def test_the_number_of_a_sealed_leading_case_is_told_only_to_who_sees_it(enter: Enter) -> None:
    page = f"/staff/cases/{JOINED}"
    for role, sees in (("clerk", False), ("reader", False), ("head", True)):
        client = enter(role)
        shown = [client.get(address).text for address in (page, f"{page}/preview", "/staff/?show=all")]
        if role != "reader":
            shown.append(send(client, f"{page}/file", f"{page}/file").text)
        told = {place for place, text in enumerate(shown) if re.search(f"{LEADING}|密封事项", text)}
        assert bool(told) is sees, (role, told)
    assert "您无权查看的办件" in enter().get(page).text
