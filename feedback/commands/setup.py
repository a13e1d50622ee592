"""`feedback init` and `feedback user`."""

import sys

import click

from feedback import accounts, schema, upkeep
from feedback.commands import house
from feedback.errors import Refusal, _
from feedback.models import Role
from feedback.terminal import say, translated

# A small house is indexed at once; a large one starts meanwhile.
INDEXING_SECONDS = 5.0


@click.command()
def init() -> None:
    """Create or migrate the database, publish the bundled notice if there is none, make the first administrator."""
    with house.connected() as database:
        tell(upkeep.set_up(database, now=house.now()))
        left = upkeep.index(database, seconds=INDEXING_SECONDS)
    if left:
        say(_("%(count)d older texts are still to be indexed for the search; the worker does it."), count=left)


def tell(setup: upkeep.Setup) -> None:
    """What the set-up did. The one-time password is shown here and nowhere else."""
    if setup.notice_title:
        say(_("Published the bundled notice: %(title)s"), title=setup.notice_title)
    if setup.administrator:
        say(_("First administrator: %(name)s"), name=setup.administrator)
        say(_("One-time password: %(password)s"), password=setup.password)
        say(_("It is shown only now and must be changed at the first sign-in."))
    say(_("The house is set up."))


@click.command("schema")
@click.option(
    "--back-to", metavar="REVISION", help="Take later migrations back, before going back to a former version."
)
def schema_(back_to: str | None) -> None:
    """Show which state the database's schema is in, or take it back to an earlier one. Stop the services before."""
    with house.connected() as database:
        if back_to is not None:
            schema.step_back(database, back_to)
        say(
            _("The database is at %(standing)s; this version works with %(needed)s."),
            standing=schema.standing(database) or "-",
            needed=schema.needed(),
        )


@click.group()
def user() -> None:
    """Staff accounts."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What they may do.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, first line.")
def add(name: str, role: str, password_stdin: bool) -> None:
    """Add an account; the password is asked for."""
    with house.ready() as database:
        password = _password_line() if password_stdin else _asked_password()
        with database.writing() as session:
            member = accounts.add(session, name, Role(role), password, now=house.now())
        say(_("Added %(name)s."), name=member.username)


def _password_line() -> str:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise Refusal(_("There is no password on standard input."))
    return line


def _asked_password() -> str:
    if not sys.stdin.isatty():
        raise Refusal(_("There is no terminal to ask for the password: use --password-stdin."))
    asked: str = click.prompt(
        translated(_("Password")), hide_input=True, confirmation_prompt=translated(_("Once more"))
    )
    return asked
