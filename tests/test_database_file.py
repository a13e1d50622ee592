"""A database file that is deleted, moved or replaced under a running house takes nothing in: no promise is broken."""

from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from feedback import db, schema, upkeep
from feedback.config import Settings
from feedback.db import Database
from feedback.errors import Refusal
from feedback.models import Unit
from tests import factories

pytestmark = pytest.mark.sqlite_only


def file_of(database: Database) -> Path:
    assert database.file is not None
    return database.file


def write(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session)


def test_a_deleted_file_refuses_instead_of_swallowing(database: Database) -> None:
    write(database)
    file_of(database).unlink()
    with pytest.raises(OperationalError):
        write(database)
    with pytest.raises(OperationalError):
        upkeep.require_storable(database, now=factories.NOW)
    assert not file_of(database).exists()  # and no empty one has taken its place


def test_a_file_that_comes_back_serves_again(database: Database) -> None:
    write(database)
    aside = file_of(database).with_name("aside")
    file_of(database).rename(aside)
    with pytest.raises(OperationalError):
        write(database)
    aside.rename(file_of(database))
    write(database)


def test_a_replaced_file_is_the_one_that_is_written(database: Database, template: Path) -> None:
    write(database)
    with database.writing() as session:
        session.add(Unit(name="在旧文件里"))
    database.engine.pool.dispose()
    write(database)
    fresh = file_of(database).with_name("fresh")
    fresh.write_bytes(template.read_bytes())
    for rest in ("-wal", "-shm"):
        Path(f"{file_of(database)}{rest}").unlink(missing_ok=True)
    fresh.replace(file_of(database))
    write(database)
    with database.reading() as session:
        assert session.query(Unit).count() == 0


def test_only_setting_up_makes_a_database(tmp_path: Path) -> None:
    settings = Settings.from_env({"FEEDBACK_DATA_DIR": str(tmp_path / "new")})
    made = db.connect(settings)
    with pytest.raises(Refusal, match="feedback init"):
        schema.require_current(made)
    assert not file_of(made).exists()
    schema.migrate(made)
    schema.require_current(made)
    assert file_of(made).stat().st_mode & 0o777 == 0o600
    made.engine.dispose()


def test_rows_go_only_into_the_file_that_lies_there(database: Database) -> None:
    """The connection for them is kept open from one time to the next."""

    def write_a_row(name: str) -> None:
        with database.writing_rows() as connection:
            connection.execute(insert(Unit).values(name=name))

    write_a_row("早")
    aside = file_of(database).with_name("aside")
    file_of(database).rename(aside)
    for _time in range(2):
        with pytest.raises(OperationalError):
            write_a_row("不在")
    aside.rename(file_of(database))
    write_a_row("晚")
    with database.reading() as session:
        assert session.scalars(select(Unit.name).order_by(Unit.id)).all() == ["早", "晚"]
