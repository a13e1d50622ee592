"""`python -m mail_ingest`: listen, file, parse, import. Each command loads only what it needs."""

import asyncio
import json
import logging
import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedback.errors import _
from feedback.terminal import complain, explaining, say, translated

if TYPE_CHECKING:
    from mail_ingest.filers import Filers
    from mail_ingest.importing import Account
    from mail_ingest.listener import Listener

# As a shell reports a program that Ctrl-C has ended.
INTERRUPTED = 130


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def commands(context: click.Context) -> None:
    """Take in mail. Without a command: listen for SMTP until SIGTERM or Ctrl-C."""
    if context.invoked_subcommand is None:
        listen()


def listen() -> None:
    from feedback import file_store, logs, metrics
    from feedback.commands import house
    from mail_ingest.filers import Filers
    from mail_ingest.listener import Listener

    logs.set_up()
    with house.ready() as database:
        logs.set_up(database.settings)
        metrics.begin(database.settings, "smtp")
        file_store.sweep_left(database.settings)
        filers = Filers(database, database.settings.filing)
        asyncio.run(_until_stopped(filers, Listener(database, filers.wake)))


async def _until_stopped(filers: "Filers", listener: "Listener | None" = None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if listener is not None:
        await listener.open()
    filing = asyncio.create_task(filers.run(stop))
    is_finished = listener is None or await listener.listen(stop)
    await filing
    if not is_finished:
        logging.getLogger(__name__).warning("stopped while mail was being stored: its sender was not told 250")
        logging.shutdown()
        # Leaving the ordinary way would wait for the threads, however long they take.
        os._exit(0)


@commands.command()
def file() -> None:
    """File kept mail until SIGTERM or Ctrl-C, without listening: for further hosts that share a PostgreSQL."""
    from feedback import logs
    from feedback.commands import house
    from mail_ingest.filers import Filers

    logs.set_up()
    with house.ready() as database:
        logs.set_up(database.settings)
        asyncio.run(_until_stopped(Filers(database, max(1, database.settings.filing))))


@commands.command()
@click.argument("file")
def parse(file: str) -> None:
    """Print what is read in one message as a JSON object. `-` is standard input."""
    from mail_ingest.parse import parse_to_dict

    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    printed = json.dumps(parse_to_dict(content), ensure_ascii=False, indent=1)
    # Half a surrogate pair has no UTF-8 form; written as an escape it is JSON still.
    sys.stdout.buffer.write(printed.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()


@commands.command("import")
@click.argument("path", type=click.Path(path_type=Path))
def import_(path: Path) -> None:
    """Bring in a mailbox that exists already: mbox, Maildir, a folder of .eml files, one .eml. Safe to repeat."""
    from tqdm import tqdm

    from feedback import logs
    from feedback.commands import house
    from mail_ingest.importing import Account, bring_in
    from mail_ingest.mailbox import Mailbox

    logs.set_up(level=logging.WARNING)
    account, is_interrupted = Account(), False
    with house.ready() as database:
        box = Mailbox(path)
        unit = {"unit": "B", "unit_scale": True} if box.is_mbox else {"unit": ""}
        with (
            tqdm(total=box.size, disable=None, file=sys.stderr, **unit) as bar,
            closing(bring_in(database, box, account)) as batches,
        ):
            try:
                for batch in batches:
                    bar.update(batch.progress)
                    for reason in batch.left_out:
                        bar.write(translated(reason.sentence, **reason.values), file=sys.stderr)
            except KeyboardInterrupt:
                is_interrupted = True
    _report(account)
    if is_interrupted:
        complain(_("Interrupted: run it again to bring in the rest."))
        sys.exit(INTERRUPTED)
    if account.left_out:
        sys.exit(1)


def _report(account: "Account") -> None:
    from feedback import claims
    from feedback.models import FilingState

    say(
        _(
            "%(filed)d filed, %(duplicates)d known already, %(aside)d set aside, %(waiting)d waiting, "
            "%(left_out)d left out, of %(all)d."
        ),
        filed=account.states[FilingState.FILED],
        duplicates=account.states[FilingState.DUPLICATE],
        aside=account.states[FilingState.SET_ASIDE],
        waiting=account.states[FilingState.WAITING] + account.states[FilingState.HELD],
        left_out=account.left_out,
        all=account.total,
    )
    for cause, count in sorted(account.deadly.items()):
        reason = translated(claims.CAUSES[cause])
        complain(
            _("%(count)d of those set aside: %(reason)s. Staff find them with the mail."), count=count, reason=reason
        )


def main() -> None:
    with explaining():
        answer = commands(prog_name="python -m mail_ingest", standalone_mode=False)
    sys.exit(answer if isinstance(answer, int) else 0)


if __name__ == "__main__":
    main()
