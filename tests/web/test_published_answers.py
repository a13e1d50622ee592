"""The answers that are shown to all."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from feedback import answering
from feedback.answers import PAGE
from feedback.db import Database
from feedback.errors import Refusal
from feedback.models import Answer
from tests import factories
from tests.factories import NOW


def publish(session: Session, number: int, *, item: str = "1.1", published: bool = True) -> None:
    case = factories.receipt(session, item=item, text=f"群众原话{number}").case
    session.add(
        Answer(
            case=case,
            text=f"答复{number}。",
            summary=f"问题{number}",
            given_by=factories.staff(session, f"clerk{number}"),
            given_at=NOW,
            # Two at the same moment, as when several are published together.
            published_at=NOW + timedelta(hours=number // 2) if published else None,
        )
    )


def test_an_empty_page_says_so(client: FlaskClient) -> None:
    assert "目前还没有公开的答复" in client.get("/answers").text


def test_only_what_is_published_is_shown_and_nobodys_own_words(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        publish(session, 1)
        publish(session, 2, published=False)
    page = client.get("/answers").text
    assert "问题1" in page
    assert "答复1。" in page
    assert "答复2。" not in page
    assert "群众原话" not in page
    assert "王先生" not in page


def test_what_is_sealed_is_shown_no_longer_and_not_published(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        publish(session, 1)
        publish(session, 2)
        answer = session.scalars(sa.select(Answer).where(Answer.summary == "问题1")).one()
        answer.case.is_sealed = True
        with pytest.raises(Refusal):
            answering.publish(session, answer, "问题1", seen=1, by=answer.given_by, now=NOW)
    page = client.get("/answers").text
    assert "问题2" in page
    assert "问题1" not in page


def test_pages_follow_each_other_without_gap_or_repetition(client: FlaskClient, database: Database) -> None:
    count = PAGE * 2 + 1
    with database.writing() as session:
        for number in range(count):
            publish(session, number)
    seen: list[str] = []
    address = "/answers"
    for _page in range(3):
        page = client.get(address).text
        seen += [part.split("</h2>")[0] for part in page.split('<article class="sheet answer">\n    <h2>')[1:]]
        address = (
            page.split('href="/answers?after=')[1].split('"')[0].join(["/answers?after=", ""])
            if "after=" in page
            else ""
        )
    assert seen == [f"问题{number}" for number in reversed(range(count))]
    assert address == ""


def test_answers_can_be_narrowed_to_one_item(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        publish(session, 1, item="1.1")
        publish(session, 2, item="2.1")
    page = client.get("/answers?item=2.1").text
    assert "问题2" in page
    assert "问题1" not in page
    assert "目前还没有公开的答复" in client.get("/answers?item=9.9").text


def test_a_mangled_place_begins_at_the_top(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        publish(session, 1)
    for place in ("x", "1-", "-1", "9" * 40 + "-1", "99999999999999999-99999999999999999999"):
        page = client.get(f"/answers?after={place}")
        assert page.status_code == 200
        assert "问题1" in page.text


@pytest.mark.parametrize("address", ["/answers?item=%00", "/answers?after=%00", "/answers?%00=1", "/language/%00"])
def test_an_address_with_a_zero_sign_is_refused(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 400
