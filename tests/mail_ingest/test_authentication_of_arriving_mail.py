"""From the SMTP socket to what is kept beside the message: who vouches for it."""

import pytest
import sqlalchemy as sa

from feedback.authenticity import Authenticity, Check, Outcome
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import Case, FilingState, MailFinding
from mail_ingest import delivery, examining, filing
from tests.mail_ingest import doors, ledger, name_server
from tests.mail_ingest.signing import MESSAGE, key_record, signed

WRITER = "qq-mail.example"
ADVERT = MESSAGE.replace("过渡费还没有发。".encode(), "低息，秒批。".encode()).replace(
    "过渡费".encode(), "你好".encode()
)
RECORDS = {f"key._domainkey.{WRITER}": key_record(), f"_dmarc.{WRITER}": "v=DMARC1; p=reject"}


def found(database: Database) -> list[Authenticity]:
    with database.reading() as session:
        return [Authenticity.from_json(one.authenticity) for one in session.scalars(sa.select(MailFinding))]


def cases(database: Database) -> list[Case]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Case).order_by(Case.id)))


def test_a_signature_is_checked_once_the_mail_has_been_answered(
    environ: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with name_server.serving(monkeypatch, RECORDS), doors.in_process(environ, FEEDBACK_MAIL_DNS="on") as door:
        assert door.send(signed(MESSAGE, WRITER))[0] == 250
        doors.wait_until(lambda: found(database))
    (authenticity,) = found(database)
    assert authenticity.dkim == (Check(Outcome.PASS, WRITER),)
    assert authenticity.dmarc.outcome is Outcome.PASS
    assert authenticity.spf.outcome is Outcome.NOT_CHECKED  # loopback is no server of the open Internet


def test_a_mail_that_its_domain_disowns_is_taken_in_and_looks_more_like_spam(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = Envelope("x@stranger.example", (doors.INTAKE,), "8.8.8.8", "mx.stranger.example")
    with name_server.serving(monkeypatch, RECORDS):
        for content in (ADVERT, MESSAGE):
            raw_message_id = delivery.keep(database, content, stranger)
            assert filing.file(database, raw_message_id) is FilingState.FILED
            examining.examine(database, raw_message_id)
    assert {one.dmarc.outcome for one in found(database)} == {Outcome.FAIL}
    advert, opinion = cases(database)
    assert (advert.is_spam, opinion.is_spam) == (True, False)
    assert "forged" in [signal["name"] for signal in opinion.spam_signals]


def test_without_a_network_mail_comes_in_as_ever(
    environ: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dns.resolver

    nowhere = dns.resolver.Resolver(configure=False)
    nowhere.nameservers = []
    monkeypatch.setattr(dns.resolver, "default_resolver", nowhere)
    with doors.in_process(environ, FEEDBACK_MAIL_DNS="on") as door:
        assert door.send(signed(MESSAGE, WRITER))[0] == 250
        doors.wait_until(lambda: found(database))
    assert len(ledger.opinions(database)) == 1
    assert found(database)[0].dkim == (Check(Outcome.NOT_CHECKED, WRITER),)


def test_look_ups_can_be_switched_off(environ: dict[str, str], database: Database) -> None:
    with doors.in_process(environ, FEEDBACK_MAIL_DNS="off") as door:
        assert door.send(signed(MESSAGE, WRITER))[0] == 250
    assert len(ledger.opinions(database)) == 1
    assert found(database) == []
