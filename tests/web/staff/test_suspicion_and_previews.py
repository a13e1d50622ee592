"""What a case's page tells besides the words: who vouches for a mail, what speaks against it, its pictures."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from feedback import findings, mailroom, spam
from feedback.authenticity import Authenticity, Check, Outcome
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Action, Case, Channel, State
from feedback.submissions import StoredFile
from tests import factories
from tests.test_previews import photograph
from tests.triage.test_spam import events
from tests.web.staff.conftest import Enter
from tests.web.staff.test_case import page, perform

VOUCHED = Authenticity(dkim=(Check(Outcome.PASS, "126.com"),), is_checked=True)


@pytest.fixture
def advert(database: Database) -> str:
    with database.writing() as session:
        return factories.receipt(session, text="低息贷款", suspicion=(spam.Signal("loans", 6.0),)).case.number


@pytest.fixture
def mailed(database: Database) -> str:
    """A case from a mail that 126.com has signed, with a photograph."""
    with database.writing() as session:
        raw = mailroom.keep(session, b"raw", Envelope(), received_at=factories.NOW)
        findings.keep(session, raw.id, VOUCHED, now=factories.NOW)
        sha256 = database.files.store(photograph())
        file = StoredFile("照片.jpg", "image/jpeg", len(photograph()), sha256)
        other = StoredFile("说明.pdf", "application/pdf", 3, database.files.store(b"pdf"))
        return factories.receipt(
            session, channel=Channel.EMAIL, raw_message_id=raw.id, attachments=(file, other)
        ).case.number


def test_who_vouches_for_a_mail_is_told_in_words_to_those_who_may_see_its_source(enter: Enter, mailed: str) -> None:
    assert "DKIM：126.com 的签名有效。" in enter("clerk").get(page(mailed)).text
    assert "126.com" not in enter("reader").get(page(mailed)).text


def test_spam_has_its_view_its_reasons_and_its_way_back(enter: Enter, database: Database, advert: str) -> None:
    client = enter()
    assert advert not in client.get("/staff/").text
    assert advert in client.get("/staff/?show=spam").text
    shown = client.get(page(advert)).text
    assert "推销贷款" in shown
    assert "不是垃圾" in shown
    assert perform(client, advert, "clear_spam").status_code == 303
    assert advert in client.get("/staff/").text
    assert perform(client, advert, "mark_spam", reason=" ").status_code == 422
    assert perform(client, advert, "mark_spam", reason="推销贷款，与公告无关").status_code == 303
    text = client.get(page(advert)).text
    assert "标为垃圾" in text
    assert "推销贷款，与公告无关" in text
    with database.reading() as session:
        acts = [action for action, _actor in events(session, int(advert[5:]))]
    assert acts[-2:] == [Action.SPAM_CLEARED, Action.SPAM_MARKED]


def test_what_the_office_has_taken_up_never_leaves_the_board_as_spam(enter: Enter, database: Database) -> None:
    taken_up = [state for state in State if state not in (State.REGISTERED, State.SCREENING)]
    with database.writing() as session:
        for state in taken_up:
            factories.receipt(session).case.state = state
        numbers = [case.number for case in session.scalars(select(Case))]
    client = enter()
    refused = [perform(client, number, "mark_spam", reason="不想办了") for number in numbers]
    assert [(one.status_code, "不得标为垃圾" in one.text) for one in refused] == [(409, True)] * len(taken_up)
    with database.reading() as session:
        assert not any(session.scalars(select(Case.is_spam)))


def test_what_is_supervised_or_joined_is_not_marked_as_spam(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        first, second, third = (factories.receipt(session, text=f"第{place}件").case for place in range(3))
        first.is_supervised, second.merged_into = True, third
        numbers = [case.number for case in (first, second, third)]
    client = enter()
    assert [perform(client, one, "mark_spam", reason="广告").status_code for one in numbers] == [409, 409, 409]


def test_a_reader_is_offered_no_verbs(enter: Enter, advert: str) -> None:
    assert "clear_spam" not in enter("reader").get(page(advert)).text


def test_a_photograph_is_shown_redrawn_and_the_original_is_only_downloaded(enter: Enter, mailed: str) -> None:
    client = enter()
    address = f"{page(mailed)}/opinions/1/files/1"
    assert f'src="{address}/preview"' in client.get(page(mailed)).text
    shown = client.get(f"{address}/preview")
    assert (shown.status_code, shown.content_type) == (200, "image/webp")
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Cache-Control"] == "no-store"
    assert not Image.open(io.BytesIO(shown.data)).getexif()
    original = client.get(address)
    assert original.data == photograph()
    assert original.headers["Content-Disposition"].startswith("attachment")


def test_a_file_that_is_no_picture_has_no_preview(enter: Enter, mailed: str) -> None:
    client = enter()
    address = f"{page(mailed)}/opinions/1/files/2"
    assert f"{address}/preview" not in client.get(page(mailed)).text
    assert client.get(f"{address}/preview").status_code == 422
    assert client.get(f"{page(mailed)}/opinions/1/files/9/preview").status_code == 404


def test_previews_are_for_staff_alone(enter: Enter, client, mailed: str) -> None:  # noqa: ANN001
    assert client.get(f"{page(mailed)}/opinions/1/files/1/preview").status_code == 303
