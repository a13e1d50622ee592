"""`feedback run`: sets the house up, says where to go, and starts what the Procfile names."""

import os
import socket
import sys
from pathlib import Path

import click
from honcho import manager
from honcho.environ import parse_procfile

from feedback import demo, stopping, upkeep
from feedback.commands import house, setup
from feedback.config import PROJECT, LogForm, Settings
from feedback.errors import Refusal, _
from feedback.terminal import say, translated

PROCESSES = ("web", "smtp", "worker")
# What honcho returns after SIGINT and SIGTERM.
ASKED_TO_END = (130, 143)


@click.command()
@click.option("--demo", "is_demo", is_flag=True, help="Fill an empty house with invented opinions first.")
def run(is_demo: bool) -> None:
    """Set up, say where to go, and start the web, the mail listener and the worker; Ctrl-C stops them all."""
    settings = Settings.from_env()
    require_free(settings.host, settings.port, "FEEDBACK_HOST, PORT")
    require_free(settings.smtp_host, settings.smtp_port, "FEEDBACK_SMTP_HOST, FEEDBACK_SMTP_PORT")
    if settings.lmtp_port:
        require_free(settings.lmtp_host, settings.lmtp_port, "FEEDBACK_LMTP_HOST, FEEDBACK_LMTP_PORT")
    with house.connected() as database:
        setup.tell(upkeep.set_up(database, now=house.now()))
        if is_demo:
            with database.writing() as session:
                made = demo.fill(session, now=house.now())
            for account in made:
                say(
                    _("Account for trying out: %(name)s, password %(password)s (%(role)s)"),
                    name=account.username,
                    password=account.password,
                    role=translated(account.role.label),
                )
    say_where(settings)
    sys.exit(start(PROJECT / "Procfile"))


def say_where(settings: Settings) -> None:
    say(_("For residents: %(url)s"), url=f"{settings.public_url}/")
    say(_("For staff: %(url)s"), url=f"{settings.public_url}/staff/")
    say(
        _("Mail to %(recipients)s comes in at %(host)s, port %(port)d"),
        recipients=", ".join(settings.smtp_recipients),
        host=settings.smtp_host,
        port=settings.smtp_port,
    )
    say(_("Everything is kept in %(folder)s"), folder=settings.data_dir)
    say(_("Ctrl-C stops it."))
    sys.stdout.flush()


def require_free(host: str, port: int, name: str) -> None:
    """Raises Refusal where another program has the port: otherwise that would drown in the log of three programs."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise Refusal(
                _("%(name)s: %(host)s, port %(port)d cannot be used: %(reason)s"),
                name=name,
                host=host,
                port=port,
                reason=reason,
            ) from error


def start(procfile: Path) -> int:
    """Run the processes until one ends or a signal comes, then stop them all.

    Returns the exit code of the one that ended first, and 0 where a signal asked for the end. honcho's own command
    would give each process another PORT; here each reads the settings itself.
    """
    commands = parse_procfile(procfile.read_text()).processes
    environ = {
        **os.environ,
        # The interpreter of this very command, and its programs, whatever the shell would find.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
    }
    if sys.stdout.isatty():  # what they write goes through a pipe, but a person reads it
        environ.setdefault("FEEDBACK_LOG", LogForm.TEXT)
    # honcho kills what is still there after five seconds.
    manager.KILL_WAIT = stopping.SECONDS_UNTIL_KILLED
    processes = manager.Manager()
    for name in PROCESSES:
        # Without a shell in between the exit code is the program's own.
        processes.add_process(name, f"exec {commands[name]}", env=environ, cwd=str(PROJECT))
    processes.loop()
    return 0 if processes.returncode in ASKED_TO_END else processes.returncode or 0
