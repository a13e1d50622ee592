"""`feedback mail-path`: whether mail to the published mailbox comes through, and how."""

from datetime import tzinfo

import click

from feedback import findings, probes, silence
from feedback.authenticity import Authenticity
from feedback.commands import house
from feedback.errors import _
from feedback.models import PathProbe, PathSample
from feedback.path_shapes import Shape
from feedback.terminal import say, translated


@click.group("mail-path")
def mail_path() -> None:
    """Whether mail to the published mailbox comes through."""


@mail_path.command()
def start() -> None:
    """Issue a code and print the mail to send from any private mailbox to the published one."""
    with house.ready() as database, database.writing() as session:
        script = probes.script(probes.start(session, now=house.now()))
    say(_("Mail this from any private mailbox, then look with `feedback mail-path show`:"))
    for name, text in ((_("To"), script.mailbox), (_("Subject line"), script.subject)):
        click.echo(f"{translated(name)}: {text}")
    click.echo(f"\n{script.body}")


@mail_path.command()
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 100), help="How many codes to show.")
def show(limit: int) -> None:
    """Show when the last codes arrived and in what shape, and whether mail stays away for longer than usual."""
    now = house.now()
    with house.ready() as database, database.reading() as session:
        issued = probes.latest(session, limit)
        found = findings.of(session, [sample.raw_message_id for probe in issued for sample in probe.samples])
        for probe in issued:
            _print_probe(probe, found, database.settings.zone)
        quiet = silence.look(session, now=now)
    for sentence, values in quiet.sentences():
        say(sentence, **values)
    if quiet.is_unusual:
        say(_("No mail has come for longer than usual. The forwarding of the published mailbox may be broken."))


def _print_probe(probe: PathProbe, found: dict[int, Authenticity], zone: tzinfo) -> None:
    issued_at = probe.issued_at.astimezone(zone).isoformat(timespec="seconds")
    if not probe.samples:
        say(_("%(code)s, issued %(at)s: not arrived yet"), code=probe.code, at=issued_at)
    for sample in probe.samples:
        arrived_at = sample.raw_message.received_at
        say(
            _("%(code)s, issued %(at)s: arrived %(arrived)s after %(seconds)d seconds, %(size)d bytes"),
            code=probe.code,
            at=issued_at,
            arrived=arrived_at.astimezone(zone).isoformat(timespec="seconds"),
            seconds=(arrived_at - probe.issued_at).total_seconds(),
            size=sample.raw_message.size,
        )
        _print_shape(sample, found.get(sample.raw_message_id, Authenticity()))


def _print_shape(sample: PathSample, authenticity: Authenticity) -> None:
    shape = Shape.from_json(sample.shape)
    told = [
        (_("Understood as"), translated(shape.way.label)),
        (_("Hops"), " ← ".join((str(shape.hops), *shape.servers))),
        (_("Envelope sender"), f"{translated(shape.envelope.label)} {shape.envelope_domain}".strip()),
        (_("From line"), f"{translated(shape.sender.label)} {shape.writer_header}".strip()),
        (_("Headers that mark it as passed on"), ", ".join(shape.marks) or translated(_("none"))),
    ]
    for name, text in told:
        click.echo(f"  {translated(name)}: {text}")
    intact = [
        _("subject intact") if shape.is_subject_intact else _("subject changed"),
        _("text intact") if shape.is_text_intact else _("text changed"),
    ]
    click.echo("  " + ", ".join(map(translated, intact)))
    for sentence, values in authenticity.sentences():
        click.echo("  " + translated(sentence, **values))
