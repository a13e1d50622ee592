"""The `feedback` command: reads arguments, calls verbs, prints."""

import importlib
import os
import sys

import click

from feedback.terminal import explaining

# Each is loaded when it is asked for: the modules of all of them take a second.
COMMANDS = {
    "init": "setup.init",
    "backup": "keeping.backup",
    "calendar": "calendar.calendar",
    "check": "keeping.check",
    "restore": "keeping.restore",
    "doctor": "doctor.doctor",
    "export": "ledger.export",
    "import": "ledger.import_",
    "search": "ledger.search",
    "mail-path": "mail_path.mail_path",
    "notice": "notice.notice",
    "run": "run.run",
    "schema": "setup.schema_",
    "user": "setup.user",
}


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _dot, name = COMMANDS[cmd_name].partition(".")
        found: click.Command = getattr(importlib.import_module(f"feedback.commands.{module}"), name)
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Huiyin: public feedback in one ledger."""


def main() -> None:
    # What is kept here concerns nobody else on this machine, wherever the data folder lies.
    os.umask(0o077)
    with explaining():
        answer = commands(prog_name="feedback", standalone_mode=False)
    sys.exit(answer if isinstance(answer, int) else 0)


if __name__ == "__main__":
    main()
