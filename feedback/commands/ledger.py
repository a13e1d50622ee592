"""`feedback export`, `feedback import` and `feedback search`: the ledger out, in, and looked through."""

import contextlib
import getpass
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
from sqlalchemy import select
from sqlalchemy.orm import Session
from tqdm import tqdm

from feedback import export as exporting
from feedback import ledger_import
from feedback import search as searching
from feedback.commands import house
from feedback.db import Database
from feedback.errors import _
from feedback.ledger_import import Pace, Step
from feedback.models import Case
from feedback.search import Hit
from feedback.terminal import complain, say, translated

# To the listener, while more mail comes than can be written one by one.
MOST_SECONDS_GIVEN_WAY = 2.0
# To whoever waits for SQLite's lock: they look every millisecond whether it is free.
SECONDS_LEFT_TO_OTHERS = 0.005
PRINTED = ("id", "case", "snippet")
# Seconds for one page of hits: at a terminal one would rather wait than ask again.
PATIENCE = 5.0


@click.group()
def export() -> None:
    """Opinions on their way out."""


@export.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--with-identity", is_flag=True, help="With who wrote; needs --reason.")
@click.option("--reason", default="", help="Why identities are needed; recorded.")
def jsonl(file: Path, with_identity: bool, reason: str) -> None:
    """Write one JSON object for each opinion to FILE (`-` is standard output)."""
    with house.ready() as database:
        with database.writing() as session:
            operator = {"operator": getpass.getuser()}
            exporting.begin(
                session, "jsonl", now=house.now(), with_identity=with_identity, reason=reason, details=operator
            )
        with _written(file) as output, database.reading() as session:
            for line in exporting.jsonl(exporting.rows(session, select(Case), with_identity=with_identity)):
                output.write(line)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def import_(file: Path) -> None:
    """Import a ledger: JSON Lines, CSV or XLSX. Bad rows are named and left out; exit 1 where there were any."""
    size = file.stat().st_size
    with house.ready() as database:
        with database.writing() as session:
            ledger_import.begin(session, now=house.now(), details={"operator": getpass.getuser()})
        totals, pace = Counter[str](), ledger_import.Pace()
        with (
            ledger_import.steps(database.settings, file, pace, now=house.now()) as steps,
            tqdm(total=size, unit="B", unit_scale=True, disable=None, file=sys.stderr) as bar,
        ):
            for step in steps:
                _store(database, step, pace, totals)
                bar.update(step.place - bar.n)
    say(
        _("%(stored)d stored, %(known)d known already, %(bad)d bad"),
        stored=totals["stored"],
        known=totals["known"],
        bad=totals["bad"],
    )
    if totals["bad"]:
        sys.exit(1)


def _store(database: Database, step: Step, pace: Pace, totals: Counter[str]) -> None:
    """In one short transaction; a bad row is named once the others around it are safe."""
    stored = 0
    if step.new:
        if database.precedence is not None:
            database.precedence.give_way(MOST_SECONDS_GIVEN_WAY)
            time.sleep(SECONDS_LEFT_TO_OTHERS)
        with database.writing() as session:
            started = time.monotonic()
            stored = ledger_import.store(session, step.new)
            written = time.monotonic()
        pace.took(stored, written - started, time.monotonic() - written)
    for row in sorted(step.bad, key=lambda row: row.line):
        reason = translated(row.reason.sentence, **row.reason.values)
        tqdm.write(translated(_("line %(line)d: %(reason)s"), line=row.line, reason=reason), file=sys.stderr)
    totals.update(stored=stored, known=step.rows - stored - len(step.bad), bad=len(step.bad))


@click.command()
@click.argument("query")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many hits.")
def search(query: str, limit: int) -> None:
    """Print the opinions in which every word of QUERY stands, then what comes near, as JSON Lines, best first."""
    with house.ready() as database, database.reading() as session:
        for hit in itertools.islice(_found(session, query, limit), limit):
            click.echo(json.dumps({name: getattr(hit, name) for name in PRINTED}, ensure_ascii=False))


def _found(session: Session, query: str, limit: int) -> Iterator[Hit]:
    """Page after page; an opinion that stands on two of them is given once."""
    known: set[str] = set()
    after: str | None = None
    while len(known) < limit:
        page = searching.search(session, query, limit, after=after, patience=PATIENCE)
        found = [hit for hit in (*page.hits, *page.near) if hit.id not in known]
        known.update(hit.id for hit in found)
        yield from found
        after = page.following
        if after is None:
            if page.waiting:
                complain(_("%(count)d older texts are not indexed yet and were not searched."), count=page.waiting)
            return


@contextlib.contextmanager
def _written(file: Path) -> Iterator[BinaryIO]:
    """Standard output, or a file that takes its name only when it is whole."""
    if str(file) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if file.exists() and not file.is_file():  # a pipe or a device has no name to change
        with file.open("wb") as output:
            yield output
        return
    draft = file.with_name(f".{file.name}.part")
    try:
        with draft.open("wb") as output:
            yield output
        draft.replace(file)
    except OSError as error:
        # Whoever asked for `file` knows nothing of its draft; where writing failed the error names nothing at all.
        if error.filename in (None, str(draft)):
            error.filename = str(file)
        raise
    finally:
        draft.unlink(missing_ok=True)
