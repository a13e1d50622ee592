"""`feedback doctor`: what is wrong, and what to do about it."""

import os
import sys
from collections import Counter

import click

from feedback import doctor as doctors
from feedback.commands import house
from feedback.doctor import Grade, Line
from feedback.errors import _
from feedback.terminal import say, translated


@click.command()
def doctor() -> None:
    """Look at everything within some seconds and say what is wrong; exit 1 where something must be done."""
    counted: Counter[Grade] = Counter()
    for line in doctors.examine(None, now=house.now()):
        counted[line.grade] += 1
        click.echo(_said(line))
    say(
        _("%(good)d good, %(note)d to be noted, %(bad)d bad"),
        good=counted[Grade.GOOD],
        note=counted[Grade.NOTE],
        bad=counted[Grade.BAD],
    )
    sys.stdout.flush()
    # What still hangs, a disk or a name server, is not waited for.
    os._exit(1 if counted[Grade.BAD] else 0)


def _said(line: Line) -> str:
    sentence = translated(line.sentence, **line.values)
    said = translated(
        _("[%(grade)s] %(topic)s: %(sentence)s"),
        grade=translated(line.grade.label),
        topic=translated(line.topic),
        sentence=sentence,
    )
    remedy = translated(line.remedy, **line.values) if line.remedy else ""
    return " ".join(f"{said} → {remedy}".split()) if remedy else " ".join(said.split())
