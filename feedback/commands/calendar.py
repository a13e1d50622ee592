"""`feedback calendar`: the table of holidays by which working days and last days are reckoned."""

import json
from pathlib import Path
from typing import Any

import click

from feedback import holidays
from feedback.commands import house
from feedback.db import Database
from feedback.errors import Refusal, _
from feedback.terminal import say


@click.group()
def calendar() -> None:
    """The table of holidays and make-up days."""


@calendar.command()
def show() -> None:
    """Print the table that counts, as JSON."""
    with house.ready() as database, database.reading() as session:
        click.echo(json.dumps(holidays.table(session), ensure_ascii=False, indent=2))


@calendar.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_(file: Path) -> None:
    """Put FILE (as `show` prints it, with a new version) in force, and name each time limit that it moves."""
    with house.ready() as database:
        new = _read(file)
        with database.writing() as session:
            version = holidays.enter(session, new, by=None, now=house.now()).version
        reckon(database)
        _report(database, version)


def reckon(database: Database) -> None:
    """All limits, a batch to a transaction: others write in between."""
    is_last = False
    while not is_last:
        with database.writing() as session:
            is_last = holidays.reckon(session, now=house.now()).is_last


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise Refusal(_("%(file)s is no JSON."), file=file.name) from error
    if not isinstance(found, dict):
        raise Refusal(_("A holiday table needs a version and its years."))
    return found


def _report(database: Database, version: str) -> None:
    with database.reading() as session:
        table = holidays.latest(session)
        assert table is not None
        count = holidays.count_moved(session, table)
        for limit in holidays.moved(session, table, most=max(count, 1)):
            click.echo(f"{limit.case.number} {limit.clock.value} {limit.due_before} {limit.due_after}")
    say(_("Holiday table %(version)s counts; time limits moved: %(count)d."), version=version, count=count)
