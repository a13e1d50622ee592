"""The `feedback` command: reads arguments, calls verbs, prints."""

import os
import sys

import click

from feedback.commands import doctor, keeping, ledger, mail_path, notice, run, setup
from feedback.terminal import explaining


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Huiyin: public feedback in one ledger."""


commands.add_command(setup.init)
commands.add_command(keeping.backup)
commands.add_command(keeping.check)
commands.add_command(keeping.restore)
commands.add_command(doctor.doctor)
commands.add_command(ledger.export)
commands.add_command(ledger.import_)
commands.add_command(ledger.search)
commands.add_command(mail_path.mail_path)
commands.add_command(notice.notice)
commands.add_command(run.run)
commands.add_command(setup.schema_)
commands.add_command(setup.user)


def main() -> None:
    # What is kept here concerns nobody else on this machine, wherever the data folder lies.
    os.umask(0o077)
    with explaining():
        answer = commands(prog_name="feedback", standalone_mode=False)
    sys.exit(answer if isinstance(answer, int) else 0)


if __name__ == "__main__":
    main()
