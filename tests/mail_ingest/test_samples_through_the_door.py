"""Every labelled sample through the real listener: nothing is lost, nothing is changed."""

import json
import re
import subprocess

import pytest
import sqlalchemy as sa

from feedback.db import Database
from feedback.models import Filing, FilingState, Opinion
from tests.mail_ingest import labelled_samples, ledger
from tests.mail_ingest.doors import Door


@pytest.mark.shared
def test_every_sample_becomes_an_opinion_or_is_set_aside_for_a_reason(door: Door, database: Database) -> None:
    samples = labelled_samples.samples()
    assert len(samples) > 50
    contents = [_with_network_line_ends(sample.read_bytes()) for sample in samples]
    for content in contents:
        assert door.send(content)[0] == 250
    assert ledger.raw_contents(database) == contents
    with database.reading() as session:
        filings = session.scalars(sa.select(Filing).order_by(Filing.raw_message_id)).all()
        opinions = set(session.scalars(sa.select(Opinion.id)))
    for sample, filing in zip(samples, filings, strict=True):
        machine_made = labelled_samples.expectation(sample).get("automatic") in {"bounce", "auto-reply"}
        if machine_made:
            assert (filing.state, bool(filing.reason)) == (FilingState.SET_ASIDE, True), sample.name
        else:
            assert filing.state in {FilingState.FILED, FilingState.DUPLICATE}, sample.name
            assert filing.opinion_id in opinions, sample.name


@pytest.mark.shared
def test_every_sample_reaches_the_export_as_its_writer_wrote_it(
    door: Door, database: Database, python: str, process_environ: dict[str, str]
) -> None:
    samples = labelled_samples.samples()
    for sample in samples:
        assert door.send(_with_network_line_ends(sample.read_bytes()))[0] == 250
    command = [python, "-m", "feedback.cli", "export", "jsonl", "-", "--with-identity", "--reason", "核对样例"]
    answer = subprocess.run(command, env=process_environ, capture_output=True, encoding="utf-8", timeout=300)
    assert answer.returncode == 0, answer.stderr
    lines = {line["id"]: line for line in map(json.loads, answer.stdout.splitlines())}
    with database.reading() as session:
        filed = session.execute(
            sa.select(Filing.raw_message_id, Filing.opinion_id).order_by(Filing.raw_message_id)
        ).all()
    for sample, (_raw_message_id, opinion_id) in zip(samples, filed, strict=True):
        if opinion_id is not None:
            wrong = labelled_samples.mismatches_in_export(
                lines[str(opinion_id)], labelled_samples.expectation(sample)
            )
            assert wrong == [], sample.name


def _with_network_line_ends(content: bytes) -> bytes:
    """As a mail program hands it over: every line ends with CR LF, the last one too."""
    return re.sub(rb"\r\n|\n|\r(?!\n)", b"\r\n", content).removesuffix(b"\r\n") + b"\r\n"
