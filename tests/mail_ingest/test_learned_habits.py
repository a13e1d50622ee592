"""Learned habits teach the parser by data: what bears their traces is passed-on mail, and nothing else is."""

import pytest

from feedback.path_shapes import EnvelopeForm, Habit, SenderForm
from mail_ingest.parse import parse
from tests.mail_ingest.messages import CLERK, INTAKE, OPINION, RESIDENT, message

BY_HEADER = Habit(CLERK[1], ("x-auto-forward-by",), EnvelopeForm.KEPT, "", SenderForm.KEPT, "")
BY_ENVELOPE = Habit(CLERK[1], (), EnvelopeForm.OTHER, "bounce.126.example", SenderForm.KEPT, "")
REWRITTEN = Habit(
    CLERK[1], ("x-auto-forward-by",), EnvelopeForm.MAILBOX, "126.example", SenderForm.MAILBOX, "x-writer"
)
MARK = "X-Auto-Forward-By: rule 7"


def way(raw: bytes, *habits: Habit, sender: str = "") -> tuple[str | None, str | None, str]:
    """Kind of forward, forwarder, writer."""
    found = parse(raw, recipients=[INTAKE], sender=sender, habits=habits)
    by = found.forwarded.by.address if found.forwarded and found.forwarded.by else None
    assert found.author
    return found.forwarded.kind if found.forwarded else None, by, found.author.address


def test_a_learned_header_makes_a_redirect() -> None:
    raw = message(OPINION, to=INTAKE, headers=[MARK])
    assert way(raw) == (None, None, RESIDENT[1])
    assert way(raw, BY_HEADER) == ("redirected", CLERK[1], RESIDENT[1])


def test_mail_without_the_header_stays_what_it_is() -> None:
    assert way(message(OPINION, to=INTAKE), BY_HEADER, BY_ENVELOPE) == (None, None, RESIDENT[1])


def test_a_learned_envelope_makes_a_redirect() -> None:
    raw = message(OPINION, to=INTAKE)
    assert way(raw, BY_ENVELOPE, sender="m-17@bounce.126.example") == ("redirected", CLERK[1], RESIDENT[1])
    assert way(raw, BY_ENVELOPE, sender="m-17@elsewhere.example") == (None, None, RESIDENT[1])


def test_a_rewritten_from_yields_to_the_learned_header() -> None:
    raw = message(OPINION, sender=CLERK, to=INTAKE, headers=[MARK, "X-Writer: =?utf-8?b?546L?= <wang@example.com>"])
    assert way(raw) == (None, None, CLERK[1])
    assert way(raw, REWRITTEN) == ("redirected", CLERK[1], "wang@example.com")


@pytest.mark.parametrize("header", ["X-Other: wang@example.com", "X-Writer: ", f"X-Writer: {CLERK[1]}"])
def test_where_the_writer_is_not_named_nobody_is_invented(header: str) -> None:
    raw = message(OPINION, sender=CLERK, to=INTAKE, headers=[MARK, header])
    assert way(raw, REWRITTEN) == (None, None, CLERK[1])


def test_what_the_mailbox_sends_itself_is_not_passed_on() -> None:
    assert way(message(OPINION, sender=CLERK, to=INTAKE, headers=[MARK]), BY_HEADER) == (None, None, CLERK[1])


def test_a_learned_redirect_is_no_automatic_mail() -> None:
    raw = message(OPINION, to=INTAKE, headers=[MARK, "Auto-Submitted: auto-generated"])
    assert parse(raw).automatic == "auto-reply"
    assert parse(raw, habits=[BY_HEADER]).automatic is None
