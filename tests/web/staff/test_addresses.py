"""An address that asks for what cannot be is told so, on both engines: it is no fault of the house."""

import pytest

from feedback.db import Database
from tests import factories
from tests.web.staff.conftest import Enter, send

MANY = "9" * 30


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/staff/?received_to=9999-12-31", 422),
        ("/staff/?received_from=0001-01-01", 422),
        ("/staff/?received_from=2026-01-01&received_to=2026-12-31", 200),
        ("/staff/?text=" + "+".join("甲乙丙丁戊己庚辛壬癸子"), 422),
        ("/staff/?text=" + "+".join("甲乙丙丁戊己庚辛壬癸"), 200),
        ("/staff/?text=2026-999999999999", 200),
        ("/staff/?page=a0.zzzzzzzzzz", 404),
        (f"/staff/mail?before={MANY}", 200),
        ("/staff/mail?before=9999999999", 200),
        (f"/staff/cases/2026-{MANY}", 404),
        ("/staff/cases/2026-9999999999", 404),
        ("/staff/cases/2026-000001/opinions/9999999999/files/1", 404),
    ],
)
def test_what_cannot_be_is_told_so(enter: Enter, database: Database, address: str, status: int) -> None:
    with database.writing() as session:
        factories.receipt(session)
    answer = enter("reader").get(address)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("key", [MANY, "9999999999"])
def test_a_unit_or_a_mail_of_no_possible_number_is_not_there(enter: Enter, key: str) -> None:
    client = enter("administrator")
    for address in (f"/staff/units/{key}/rename", f"/staff/mail/{key}/open", f"/staff/account/sign-ins/{key}/end"):
        assert send(client, address, page="/staff/units", name="新名称", reason="理由").status_code == 404
