"""A probe is known by its code wherever that stands, becomes no opinion, and its shape is remembered."""

import base64
from datetime import timedelta

import sqlalchemy as sa

from feedback import probes
from feedback.db import Database
from feedback.mailroom import Envelope
from feedback.models import FilingState, MailFinding, PathProbe, PathSample
from feedback.path_shapes import EnvelopeForm, SenderForm, Way
from feedback.web import clock
from mail_ingest import delivery, filing
from tests.mail_ingest import correspondence, doors, ledger, paths
from tests.mail_ingest.doors import Door
from tests.mail_ingest.paths import HOPS, MAILBOX, OWN_WAY, OWN_WAY_SENDER, mailed

ASIDE = (FilingState.SET_ASIDE, probes.REASON)
SRS = "SRS0=aB3d=7F=example.com=wang@126.com"


def test_a_probe_that_comes_straight_is_no_opinion_and_nobody_is_answered(door: Door, database: Database) -> None:
    script = paths.issued(database)
    assert door.send(mailed(script.subject, script.body, to=doors.INTAKE))[0] == 250
    assert ledger.filings(database) == [ASIDE]
    assert ledger.opinions(database) == []
    assert correspondence.outgoing(database) == []
    (shape,) = paths.shapes(database)
    assert (shape.way, shape.envelope, shape.sender) == (Way.DIRECT, EnvelopeForm.KEPT, SenderForm.KEPT)
    assert (shape.is_to_us, shape.is_to_mailbox, shape.hops) == (True, False, 0)
    assert (shape.is_subject_intact, shape.is_text_intact) == (True, True)


def test_a_redirect_shows_its_hops_its_rewritten_envelope_and_its_headers(door: Door, database: Database) -> None:
    script = paths.issued(database)
    traces = (*HOPS, f"X-Forwarded-To: {doors.INTAKE}", "X-Rule-Number: 7")
    door.send(mailed(script.subject, script.body, headers=traces), sender=SRS)
    (shape,) = paths.shapes(database)
    assert shape.way is Way.REDIRECTED
    assert (shape.hops, shape.servers) == (2, ("mail.feedback.example.org", "mx1.126.example"))
    assert (shape.envelope, shape.envelope_domain) == (EnvelopeForm.SRS, "126.com")
    assert (shape.marks, shape.others) == (("x-forwarded-to",), ("x-rule-number",))
    assert shape.is_to_mailbox


def test_a_rewritten_from_shows_which_header_names_the_writer(door: Door, database: Database) -> None:
    script = paths.issued(database)
    content = mailed(script.subject, script.body, sender=OWN_WAY_SENDER, to=doors.INTAKE, headers=OWN_WAY)
    door.send(content, sender=MAILBOX)
    (shape,) = paths.shapes(database)
    assert (shape.sender, shape.envelope) == (SenderForm.MAILBOX, EnvelopeForm.MAILBOX)
    assert shape.marks == ("x-auto-forward-by", "x-auto-forward-writer")
    assert shape.writer_header == "x-auto-forward-writer"


def test_a_probe_that_a_clerk_passes_on_is_known_too(door: Door, database: Database) -> None:
    script = paths.issued(database)
    quoted = "\n".join(f"> {line}" for line in script.body.splitlines())
    block = f"-----原始邮件-----\n发件人: 王先生 <wang@example.com>\n收件人: {MAILBOX}\n主题: 您好\n\n{script.body}"
    for text in (f"请看。\n\n{block}", quoted, quoted.replace("PROBE-", "PROBE-\n> ")):
        door.send(mailed("转发：您好", text, sender=MAILBOX, to=doors.INTAKE), sender=MAILBOX)
    assert ledger.filings(database) == [ASIDE] * 3
    assert paths.shapes(database)[0].way is Way.BY_HAND
    assert [shape.is_subject_intact for shape in paths.shapes(database)] == [False] * 3


def test_a_code_in_an_attached_message_or_in_base64_is_found(door: Door, database: Database) -> None:
    script = paths.issued(database)
    inner = mailed(script.subject, script.body)
    outer = mailed("转发", "").replace(b"text/plain; charset=utf-8", b"message/rfc822")
    door.send(outer + inner)
    mixed = mailed("测试", "").replace(b"text/plain; charset=utf-8", b'multipart/mixed; boundary="b"')
    words = "请登记，已经核对过了，这是我们单位的意见。".encode()
    told = b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + words
    door.send(mixed + told + b"\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n")
    coded = mailed("测试", "").replace(b"Encoding: 8bit", b"Encoding: base64")
    door.send(coded + base64.encodebytes(script.body.encode()))
    assert ledger.filings(database) == [ASIDE] * 3


def test_changed_words_are_told(door: Door, database: Database) -> None:
    script = paths.issued(database)
    door.send(mailed(f"Fwd: {script.subject}", script.body.replace("测试", "??", 1)))
    (shape,) = paths.shapes(database)
    assert (shape.is_subject_intact, shape.is_text_intact) == (True, False)


def test_a_probe_marked_as_automatic_still_counts_and_says_so(door: Door, database: Database) -> None:
    script = paths.issued(database)
    content = mailed(script.subject, script.body, to=doors.INTAKE, headers=("Auto-Submitted: auto-generated",))
    door.send(content)
    assert ledger.filings(database) == [ASIDE]
    assert paths.shapes(database)[0].automatic == "auto-reply"


def test_an_unknown_or_stale_code_hides_no_opinion(door: Door, database: Database) -> None:
    script = paths.issued(database)
    with database.writing() as session:
        session.execute(sa.update(PathProbe).values(issued_at=clock.now() - probes.GOOD_FOR - timedelta(hours=1)))
    door.send(mailed(script.subject, script.body))
    door.send(mailed("自来水 PROBE-2222-3333-4444-5555", "自来水三天没有来了。"))
    assert ledger.states(database) == [FilingState.FILED] * 2


def test_nothing_in_the_sample_names_who_sent_it(door: Door, database: Database) -> None:
    script = paths.issued(database)
    content = mailed(script.subject, script.body, sender=OWN_WAY_SENDER, headers=(*HOPS, *OWN_WAY))
    door.send(content, sender=SRS)
    with database.reading() as session:
        (sample,) = session.scalars(sa.select(PathSample))
        assert "wang" not in str(sample.shape)
        assert sample.written_at is not None


def test_who_vouches_for_a_probe_is_found_out(environ: dict[str, str], database: Database) -> None:
    script = paths.issued(database)
    with doors.in_process(environ, FEEDBACK_MAIL_DNS="on") as door:
        door.send(mailed(script.subject, script.body))

        def found() -> list[MailFinding]:
            with database.reading() as session:
                return list(session.scalars(sa.select(MailFinding)))

        doors.wait_until(found)


def test_the_code_is_neither_a_receipt_code_nor_a_reply_token(database: Database) -> None:
    from feedback import reply_tokens

    subject = paths.issued(database).subject
    assert reply_tokens.tokens_in([subject], []) == reply_tokens.codes_in([subject], []) == []
    assert probes.codes_in([subject.lower()]) == paths.codes(database)


def test_a_mail_that_waited_is_a_probe_still(database: Database) -> None:
    script = paths.issued(database)
    key = delivery.keep(database, mailed(script.subject, script.body), Envelope())
    assert filing.file(database, key) is FilingState.SET_ASIDE
    assert paths.shapes(database)[0].envelope is EnvelopeForm.EMPTY
