"""`feedback notice`: reading a published notice in, and showing the one that stands."""

import json
import sys
from pathlib import Path

import click

from feedback import notice_text, notices
from feedback.commands import house
from feedback.errors import _
from feedback.terminal import say


@click.group()
def notice() -> None:
    """The published notice."""


@notice.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
def import_(file: Path) -> None:
    """Read a notice as plain text, pasted web page and all, and publish it."""
    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    source = notice_text.decode(content)
    text = notice_text.read(source)
    with house.ready() as database, database.writing() as session:
        published, is_new = notices.publish(session, text, source, now=house.now())
        title = published.title
    items = sum(len(section.items) for section in text.sections)
    if is_new:
        say(
            _("Published: %(title)s (%(sections)d sections, %(items)d items)"),
            title=title,
            sections=len(text.sections),
            items=items,
        )
    else:
        say(_("This very text is published already: %(title)s"), title=title)


@notice.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object.")
def show(as_json: bool) -> None:
    """Show the published notice."""
    with house.ready() as database, database.reading() as session:
        outline = notices.outline(session, notices.current(session))
    if as_json:
        click.echo(json.dumps(outline, ensure_ascii=False, indent=2))
        return
    click.echo(outline["title"])
    for section in outline["sections"]:
        click.echo(f"{section['number']} {section['title']}")
        for item in section["items"]:
            click.echo(f"  {item['key']} {item['title']}")
