"""Files of a form that is not sent yet."""

import os
from datetime import timedelta

import pytest

from feedback import staging
from feedback.config import Settings
from feedback.db import Database
from feedback.errors import Refusal
from tests import samples_of_files as samples
from tests.factories import NOW


def test_a_ticket_brings_the_file_back(settings: Settings) -> None:
    staged = staging.stage(settings, samples.PNG, "../照片.png")
    assert staged.filename == "照片.png"
    ticket = staging.ticket(settings, staged, now=NOW)
    assert staging.redeem(settings, ticket, now=NOW + timedelta(hours=23)) == staged


def test_an_old_a_forged_and_an_orphaned_ticket_are_refused(settings: Settings) -> None:
    staged = staging.stage(settings, samples.PNG, "照片.png")
    ticket = staging.ticket(settings, staged, now=NOW)
    with pytest.raises(Refusal):
        staging.redeem(settings, ticket, now=NOW + timedelta(hours=25))
    with pytest.raises(Refusal):
        staging.redeem(settings, f"{ticket}x", now=NOW)
    staging.folder(settings).remove(staged.sha256)
    with pytest.raises(Refusal):
        staging.redeem(settings, ticket, now=NOW)


def test_an_adopted_file_lies_in_the_store(settings: Settings, database: Database) -> None:
    staged = staging.stage(settings, samples.PDF, "收据.pdf")
    with database.writing() as session:
        stored = staging.adopt(session, staged)
    assert database.files.read(stored.sha256) == samples.PDF
    assert (stored.filename, stored.content_type, stored.size) == ("收据.pdf", "application/pdf", len(samples.PDF))


def test_at_most_ten_files_and_twenty_megabytes(settings: Settings) -> None:
    small = staging.stage(settings, samples.PNG, "照片.png")
    staging.require_fits([small] * 10)
    with pytest.raises(Refusal, match="11 files"):
        staging.require_fits([small] * 11)
    large = staging.stage(settings, samples.PDF + bytes(11 * 1024 * 1024), "收据.pdf")
    staging.require_fits([large])
    with pytest.raises(Refusal, match="20 MB"):
        staging.require_fits([large, large])
    with pytest.raises(Refusal, match="20 MB"):
        staging.stage(settings, samples.PDF + bytes(staging.MOST_BYTES), "收据.pdf")


@pytest.mark.parametrize(
    ("bound", "most"), [("MOST_FOLDER_FILES", 2), ("MOST_FOLDER_BYTES", 3 * len(samples.PNG) + 5)]
)
def test_the_longest_untouched_files_make_room(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    monkeypatch.setattr(staging, bound, most)
    staged = []
    for place in range(4):
        staged.append(staging.stage(settings, samples.PNG + bytes([place]), "照片.png"))
        at = NOW.timestamp() + place
        os.utime(staging.folder(settings).path(staged[-1].sha256), (at, at))
    left = [each for each in staged if staging.folder(settings).has(each.sha256)]
    assert left == staged[-len(left) :]
    assert len(left) == (most if bound == "MOST_FOLDER_FILES" else 3)


def test_the_sweep_takes_what_nobody_touched_for_a_day(settings: Settings) -> None:
    old = staging.stage(settings, samples.PNG, "照片.png")
    new = staging.stage(settings, samples.PDF, "收据.pdf")
    for staged, age in ((old, timedelta(hours=25)), (new, timedelta(hours=1))):
        at = (NOW - age).timestamp()
        os.utime(staging.folder(settings).path(staged.sha256), (at, at))
    assert staging.sweep(settings, NOW) == 1
    assert list(staging.folder(settings)) == [new.sha256]
