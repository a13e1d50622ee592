"""A person at a terminal: sentences in their language, and one clear line for what is expected to go wrong."""

import contextlib
import os
import sys
from collections.abc import Iterator

import click
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from feedback import catalogues
from feedback.errors import Refusal, _


def language() -> str:
    return catalogues.language_of(os.environ)


def translated(text: str, **values: object) -> str:
    return catalogues.said(text, language(), **values)


def say(text: str, **values: object) -> None:
    """A sentence on standard output."""
    click.echo(translated(text, **values))


def complain(text: str, **values: object) -> None:
    """A sentence on standard error, in one line."""
    click.echo(" ".join(translated(text, **values).split()), err=True)


@contextlib.contextmanager
def explaining() -> Iterator[None]:
    """Ends the program with one line on standard error and exit code 1 where something expected goes wrong.

    That is a rule's no, a wrong setting, a database that is away, a file that cannot be read or written. Anything
    else is a defect of ours and keeps its traceback.
    """
    try:
        yield
    except Refusal as refusal:
        complain(refusal.sentence, **refusal.values)
        sys.exit(1)
    except click.Abort:
        sys.exit(1)  # Ctrl-C or the end of the input at a question
    except click.ClickException as error:
        complain(_("%(reason)s Try --help."), reason=error.format_message())
        sys.exit(1)
    except (OperationalError, InterfaceError) as error:
        complain(_("DATABASE_URL: the database does not answer: %(reason)s"), reason=_first_line(error))
        sys.exit(1)
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # its kinds speak of our statements; the bare one of a file that is none
            raise
        complain(_("DATABASE_URL: the database does not answer: %(reason)s"), reason=_first_line(error))
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`). Python would complain again while it closes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        reason = error.strerror or str(error)
        complain(_("%(name)s: %(reason)s"), name=error.filename or type(error).__name__, reason=reason)
        sys.exit(1)


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).partition("\n")[0]
