"""`feedback schema`: which state the database is in, and the way back to a former version of the program."""

import sqlalchemy as sa

from feedback import demo, schema
from feedback.db import Database
from feedback.models import Attachment, Case, Opinion
from tests import factories
from tests.commands.conftest import Command

FIRST_RELEASED = "0002"


def counted(database: Database) -> list[int | None]:
    with database.reading() as session:
        return [session.scalar(sa.select(sa.func.count()).select_from(one)) for one in (Case, Opinion, Attachment)]


def test_it_says_where_the_database_stands(command: Command) -> None:
    head = schema.needed()
    assert command("schema").stdout == f"The database is at {head}; this version works with {head}.\n"


def test_it_says_so_where_there_is_no_database(homeless_command: Command) -> None:
    assert homeless_command("schema").stdout == f"The database is at -; this version works with {schema.needed()}.\n"


def test_a_house_at_work_goes_back_to_the_first_release_and_forth_again_with_all_that_is_in_it(
    command: Command, database: Database
) -> None:
    with database.writing() as session:
        demo.fill(session, now=factories.NOW)
    before = counted(database)
    assert before[1]
    back = command("schema", "--back-to", FIRST_RELEASED)
    assert (back.returncode, back.stderr) == (0, "")
    assert f"The database is at {FIRST_RELEASED};" in back.stdout
    assert schema.standing(database) == FIRST_RELEASED
    assert command("init").returncode == 0
    assert counted(database) == before
    assert command("check", "--files").returncode == 0


def test_only_what_was_a_state_of_this_database_is_gone_back_to(command: Command, database: Database) -> None:
    for revision in ("base", "9999", "-1", "head-1"):
        refused = command("schema", "--back-to", revision)
        assert refused.returncode == 1
        assert "is no earlier state" in refused.stderr
    assert schema.standing(database) == schema.needed()
