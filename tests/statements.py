"""What a database is asked meanwhile, so that a test can say how much that is."""

import contextlib
from collections.abc import Iterator

import sqlalchemy as sa


@contextlib.contextmanager
def heard(engine: sa.Engine) -> Iterator[list[str]]:
    """The statements of this engine, in their order."""
    said: list[str] = []

    def hear(*told: object) -> None:
        said.append(str(told[2]))

    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)


def reads(said: list[str]) -> list[str]:
    return [statement for statement in said if statement.startswith("SELECT")]
