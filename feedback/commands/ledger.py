"""`feedback export`, `feedback import` and `feedback search`: the ledger out, in, and looked through."""

import contextlib
import getpass
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
from sqlalchemy import select

from feedback import export as exporting
from feedback.commands import house
from feedback.models import Case


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
    finally:
        draft.unlink(missing_ok=True)
