"""A file with a virus is handed out only after a second thought, which stays in the history."""

import pytest

from feedback import scanning
from feedback.clamd import Found, Verdict
from feedback.db import Database
from feedback.models import Action
from feedback.submissions import StoredFile
from tests import factories
from tests.test_previews import photograph
from tests.triage.test_spam import events
from tests.web.staff.conftest import Enter, send
from tests.web.staff.test_case import page


@pytest.fixture
def number(database: Database) -> str:
    sha256 = database.files.store(photograph())
    with database.writing() as session:
        file = StoredFile("照片.jpg", "image/jpeg", 1, sha256)
        scanning.keep(session, sha256, Verdict(Found.VIRUS, "Eicar-Test-Signature"), now=factories.NOW)
        return factories.receipt(session, attachments=(file,)).case.number


def test_the_case_names_the_virus(enter: Enter, number: str) -> None:
    text = enter().get(page(number)).text
    assert "发现病毒" in text
    assert "Eicar-Test-Signature" in text
    # A browser would save the question under the file's name.
    assert '/files/1" download' not in text


def test_a_second_thought_is_asked_for_and_recorded(enter: Enter, database: Database, number: str) -> None:
    client = enter()
    address = f"{page(number)}/opinions/1/files/1"
    asked = client.get(address)
    assert asked.status_code == 409
    assert "Content-Disposition" not in asked.headers
    assert "仍要下载" in asked.text
    assert client.post(address).status_code == 400
    given = send(client, address, page=page(number))
    assert given.data == photograph()
    assert given.headers["Content-Disposition"].startswith("attachment")
    assert given.content_type == "application/octet-stream"
    with database.reading() as session:
        assert events(session, int(number[5:]))[-1][0] is Action.INFECTED_OPENED


def test_no_preview_is_drawn_of_it(enter: Enter, number: str) -> None:
    client = enter()
    address = f"{page(number)}/opinions/1/files/1/preview"
    assert address not in client.get(page(number)).text
    assert client.get(address).status_code == 422
