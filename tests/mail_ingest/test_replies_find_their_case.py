"""A reply joins its case when two of three facts agree: code or token, References, sender. One lets nobody in."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from feedback import outbox
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Case, FilingState, HeldMail, MailFinding, Opinion, State, Understanding
from tests import factories
from tests.mail_ingest import correspondence, doors, ledger, name_server
from tests.mail_ingest.correspondence import FIRST, STRANGER, Acknowledged
from tests.mail_ingest.doors import Door
from tests.mail_ingest.signing import key_record, signed

FACTS = ("code", "reference", "sender")
COMBINATIONS = [chosen for count in range(4) for chosen in itertools.combinations(FACTS, count)]
SECOND = "Tue, 03 Mar 2026 08:00:00 +0800"


def reply(ours: Acknowledged, facts: tuple[str, ...], **headers: str) -> bytes:
    subject = f"回复：{ours.message['Subject']}" if "code" in facts else "回复：您的意见已收到"
    said = {
        "From": f"王先生 <{doors.WRITER if 'sender' in facts else STRANGER}>",
        "Message_ID": "<second@example.com>",
        "Date": SECOND,
    }
    if "reference" in facts:
        said |= {"In_Reply_To": ours.mail.message_id, "References": f"<x@example.com> {ours.mail.message_id}"}
    return doors.message("补充一点。", subject=subject, **{**said, **headers})


@pytest.mark.parametrize("facts", COMBINATIONS, ids="+".join)
def test_two_of_three_join_one_is_held_none_is_new(door: Door, database: Database, facts: tuple[str, ...]) -> None:
    ours = correspondence.begun(door, database)
    assert door.send(reply(ours, facts))[0] == 250
    expected = {0: FilingState.FILED, 1: FilingState.HELD}.get(len(facts), FilingState.FILED)
    assert ledger.states(database) == [FilingState.FILED, expected]
    opinions = correspondence.sequences(database)
    if len(facts) >= 2:
        assert opinions == [(ours.case.id, 1), (ours.case.id, 2)]
        with database.reading() as session:
            kept = session.scalars(sa.select(Understanding).order_by(Understanding.opinion_id)).all()
            assert [row.facts for row in kept] == [[], sorted(facts)]
    elif facts:
        assert opinions == [(ours.case.id, 1)]
        with database.reading() as session:
            held = session.scalars(sa.select(HeldMail)).one()
            assert (held.case_id, held.facts, held.doubt) == (ours.case.id, list(facts), "one-fact")
    else:
        assert [place for _case, place in opinions] == [1, 1]


def test_a_weak_match_is_told_nothing(door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    door.send(reply(ours, ("code",)), sender=STRANGER)
    assert [mail.id for mail in correspondence.outgoing(database)] == [ours.mail.id]


def test_who_writes_anew_opens_a_new_case(door: Door, database: Database) -> None:
    correspondence.begun(door, database)
    door.send(doors.message("另外路灯也坏了。", subject="路灯", Message_ID="<b@example.com>"))
    assert [place for _case, place in correspondence.sequences(database)] == [1, 1]


@pytest.mark.parametrize("is_right", [True, False])
def test_a_guessed_case_number_under_a_made_up_sender_is_no_code(
    door: Door, database: Database, is_right: bool
) -> None:
    ours = correspondence.begun(door, database)
    number = ours.case.number if is_right else "2025-000777"
    made_up = doors.message(
        "撤回我的意见。", subject=f"回复：关于您所提意见（{number}）的答复", Message_ID="<x@evil.example>"
    )
    door.send(made_up, sender=STRANGER)
    assert ledger.states(database)[1] is (FilingState.HELD if is_right else FilingState.FILED)
    assert [place for _case, place in correspondence.sequences(database)] == ([1] if is_right else [1, 1])


def test_a_reply_to_the_notice_by_who_wrote_before_is_a_new_opinion(door: Door, database: Database) -> None:
    correspondence.begun(door, database)
    said = {"Message_ID": "<n@example.com>", "In_Reply_To": "<notice@office.example>"}
    door.send(doors.message("另有一条意见。", subject="回复：关于征求意见的通报", **said))
    assert [place for _case, place in correspondence.sequences(database)] == [1, 1]


def test_the_receipt_code_counts_however_it_is_typed(door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    for place, typed in enumerate(
        (ours.code, ours.code.replace("-", " ").lower(), ours.code.replace("-", "")), start=2
    ):
        content = doors.message("补充。", subject=f"查询码{typed}", Message_ID=f"<{place}@example.com>")
        door.send(content)
        assert correspondence.sequences(database)[-1] == (ours.case.id, place)


def test_a_code_with_one_sign_wrong_is_none(door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    wrong = ours.code[:-1] + ("2" if ours.code[-1] != "2" else "3")
    door.send(doors.message("补充。", subject=f"查询码 {wrong}", Message_ID="<b@example.com>"))
    assert [place for _case, place in correspondence.sequences(database)] == [1, 1]


def test_a_token_in_the_address_counts(door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    address = f"intake+{ours.token.replace('-', '').lower()}@localhost"
    content = doors.message("补充。", subject="补充", Message_ID="<b@example.com>", To="feedback@example.org")
    assert door.send(content, address)[0] == 250
    assert correspondence.sequences(database)[-1] == (ours.case.id, 2)


def test_other_words_behind_a_plus_are_no_mailbox_of_ours(door: Door) -> None:
    with door.client() as client:
        client.ehlo()
        client.mail(doors.WRITER)
        assert client.rcpt("intake+news@localhost")[0] == 550


def test_a_reference_to_the_writers_own_first_mail_counts(door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    door.send(doors.message("忘了说一点。", subject="自来水", Message_ID="<b@example.com>", References=FIRST))
    assert correspondence.sequences(database)[-1] == (ours.case.id, 2)


def test_a_code_in_a_subject_that_a_stranger_forwards_is_held(door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    text = (
        f"请看\n\n---------- 转发的邮件 ----------\n发件人: 王先生 <{doors.WRITER}>\n主题: 自来水\n\n我撤回意见。\n"
    )
    content = doors.message(
        text,
        subject=f"转发：{ours.message['Subject']}",
        Message_ID="<f@example.net>",
        From=f"某人 <{STRANGER}>",
        Date=SECOND,
    )
    door.send(content, sender=STRANGER)
    assert ledger.states(database) == [FilingState.FILED, FilingState.HELD]
    with database.reading() as session:
        assert session.scalars(sa.select(HeldMail.facts)).one() == ["code"]


@pytest.mark.parametrize(
    ("writer", "signer", "state"),
    [
        (doors.WRITER, "office.example", FilingState.FILED),
        (doors.WRITER, "elsewhere.example", FilingState.HELD),
        ("li@example.com", "office.example", FilingState.HELD),
    ],
)
def test_what_our_own_mailbox_forwards_joins_once_its_signature_holds(
    environ: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch, writer: str, signer: str, state: str
) -> None:
    text = f"\n\n---------- 转发的邮件 ----------\n发件人: 王先生 <{writer}>\n主题: 自来水\n\n补充一点。\n"
    records = {f"key._domainkey.{signer}": key_record(), "_dmarc.office.example": "v=DMARC1; p=none"}
    changes = {"FEEDBACK_FORWARDERS": "clerk@office.example", "FEEDBACK_MAIL_DNS": "on"}
    with name_server.serving(monkeypatch, records), doors.in_process(environ, **changes) as door:
        ours = correspondence.begun(door, database)
        said = {"From": "登记员 <clerk@office.example>", "Message_ID": "<f@office.example>", "Date": SECOND}
        content = doors.message(text, subject=f"转发：{ours.message['Subject']}", **said)
        door.send(signed(content, signer), sender="clerk@office.example")
        doors.wait_until(lambda: examined(database) == 2)
    assert ledger.states(database) == [FilingState.FILED, state]
    places = [place for _case, place in correspondence.sequences(database)]
    assert places == ([1, 2] if state is FilingState.FILED else [1])


def examined(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(MailFinding)) or 0


def test_a_reply_by_the_forwarder_to_the_forwarded_mail_is_held(door: Door, database: Database) -> None:
    correspondence.begun(door, database)
    content = doors.message(
        "请尽快办理。",
        subject="回复：自来水",
        Message_ID="<f@example.net>",
        From=f"某人 <{STRANGER}>",
        In_Reply_To=FIRST,
    )
    door.send(content, sender=STRANGER)
    assert ledger.states(database) == [FilingState.FILED, FilingState.HELD]


def test_two_cases_with_as_much_for_each_are_a_persons_business(door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    door.send(doors.message("路灯也坏了。", subject="路灯", Message_ID="<other@example.com>"))
    content = doors.message("补充。", subject=f"回复：{ours.message['Subject']}", In_Reply_To="<other@example.com>")
    door.send(content)
    assert ledger.states(database)[-1] is FilingState.HELD
    with database.reading() as session:
        assert session.scalars(sa.select(HeldMail.doubt)).one() == "ambiguous"


def test_a_withdrawn_case_is_joined_by_nothing(door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    with database.writing() as session:
        session.get_one(Case, ours.case.id).state = State.WITHDRAWN
    door.send(reply(ours, FACTS))
    assert ledger.filings(database)[-1] == (FilingState.HELD, "withdrawn")


def test_the_answer_to_an_opinion_from_the_web_can_be_replied_to(door: Door, database: Database) -> None:
    with database.writing() as session:
        receipt = factories.receipt(session)
        assert receipt.opinion.identity is not None
        mail = outbox.queue_answer(session, receipt.case, receipt.opinion.identity, "已办理。", now=factories.NOW)
        subject = str(outbox.compose(session, mail)["Subject"])
    door.send(doors.message("谢谢，但还没有好。", subject=f"Re: {subject}"))
    assert correspondence.sequences(database) == [(receipt.case_id, 1), (receipt.case_id, 2)]


def test_a_held_mail_that_comes_twice_is_held_once(door: Door, database: Database) -> None:
    ours = correspondence.begun(door, database)
    for _time in range(2):
        door.send(reply(ours, ("reference",)), sender=STRANGER)
    assert ledger.states(database)[1:] == [FilingState.HELD, FilingState.DUPLICATE]


def test_a_held_mail_at_several_doors_at_once_is_held_once(door: Door, database: Database) -> None:
    content = reply(correspondence.begun(door, database), ("reference",))
    with ThreadPoolExecutor(6) as threads:
        states = list(
            threads.map(lambda _door: doors.deliver(database, content, Envelope(STRANGER, (doors.INTAKE,))), range(6))
        )
    assert sorted(states) == [FilingState.DUPLICATE] * 5 + [FilingState.HELD]


def test_signs_that_no_database_takes_are_weighed_all_the_same(database: Database) -> None:
    content = doors.message("x", subject="回复：SUBJECT", In_Reply_To="<a@b>", References="<REF@example.com>")
    content = content.replace(b"REF", b"r\0\xed\xa0\x80f" + b"x" * 5000).replace(b"<a@b>", b"<a\0\xff@b>")
    assert doors.deliver(database, content, Envelope(doors.WRITER, (doors.INTAKE,))) is FilingState.FILED
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Opinion)) == 1
