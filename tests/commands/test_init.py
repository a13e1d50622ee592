"""`feedback init` and `feedback user add`: a house is set up once, and says what it did."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from feedback import accounts
from feedback.db import Database
from feedback.models import Notice, Role, Staff
from tests.commands.conftest import Command


def test_a_first_start_makes_everything_and_a_second_one_nothing(homeless_command: Command, tmp_path: Path) -> None:
    first = homeless_command("init")
    assert first.returncode == 0, first.stderr
    assert "First administrator: admin" in first.stdout
    assert "One-time password: " in first.stdout
    assert (tmp_path / "data" / "huiyin.sqlite3").exists()
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600
    again = homeless_command("init")
    assert (again.returncode, again.stdout) == (0, "The house is set up.\n")


def test_the_one_time_password_opens_the_account_and_must_be_changed(command: Command, database: Database) -> None:
    shown = command("init").stdout
    password = shown.split("One-time password: ")[1].split("\n")[0]
    with database.reading() as session:
        member = session.scalars(sa.select(Staff)).one()
        assert accounts.HASHER.verify(member.password_hash, password)
        assert (member.username, member.role, member.must_change_password) == ("admin", Role.ADMINISTRATOR, True)
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 1


def test_it_speaks_chinese_to_who_speaks_chinese(command: Command) -> None:
    assert "首位管理员：admin" in command("init", environ={"LC_ALL": "zh_CN.UTF-8"}).stdout


def test_another_identity_key_is_noticed_before_anything_is_sealed_with_it(command: Command) -> None:
    changed = {"FEEDBACK_IDENTITY_KEY": Fernet.generate_key().decode()}
    for arguments in (["init"], ["notice", "show", "--json"]):
        answer = command(*arguments, environ=changed)
        assert answer.returncode == 1
        assert answer.stderr.count("\n") == 1
        assert "FEEDBACK_IDENTITY_KEY" in answer.stderr


def test_a_new_key_in_front_of_the_old_one_is_a_rotation(command: Command, environ: dict[str, str]) -> None:
    ring = f"{Fernet.generate_key().decode()},{environ['FEEDBACK_IDENTITY_KEY']}"
    assert command("notice", "show", "--json", environ={"FEEDBACK_IDENTITY_KEY": ring}).returncode == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("FEEDBACK_SMTP_PORT", "70000"),
        ("FEEDBACK_SMTP_RECIPIENTS", ","),
        ("FEEDBACK_SMTP_RECIPIENTS", "intake"),
        ("FEEDBACK_SMTP_RECIPIENTS", "a@example.com, @example.com"),
        ("FEEDBACK_MAIL_FROM", "办公室 <intake@example.com>"),
        ("FEEDBACK_MAIL_FROM", "intake@"),
        ("FEEDBACK_PUBLIC_URL", "feedback.example.com"),
        ("FEEDBACK_PUBLIC_URL", "https://feedback.example.com:port"),
        ("FEEDBACK_TRUSTED_HOSTS", "http://feedback.example.com/"),
        ("DATABASE_URL", "mysql://example.com/x"),
        ("DATABASE_URL", "postgresql://:::/x"),
        ("DATABASE_URL", "sqlite://"),
        ("FEEDBACK_CHALLENGE", "perhaps"),
        ("FEEDBACK_RATELIMIT", "1"),
        ("FEEDBACK_STAFF_2FA", "always"),
        ("FEEDBACK_RELAY_URL", "example.com"),
        ("FEEDBACK_RELAY_URL", "smtp://example.com:99999"),
        ("FEEDBACK_FILES_URL", "bucket"),
        ("FEEDBACK_FILES_URL", "s3://"),
        ("FEEDBACK_FILES_URL", "s3://bucket?endpoint=s3.example.com"),
        ("FEEDBACK_FILES_URL", "s3://bucket?endpoint=https://s3.example.com:99999"),
        ("FEEDBACK_FILES_URL", "s3://bucket?style=odd"),
        ("FEEDBACK_FILES_URL", "s3://bucket?secret=x"),
        ("FEEDBACK_IDENTITY_KEY", "short"),
        ("FEEDBACK_MAX_MESSAGE_BYTES", "12"),
        ("FEEDBACK_TIMEZONE", "Moon/Crater"),
        ("FEEDBACK_DATA_DIR", "/proc/nowhere"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(homeless_command: Command, name: str, value: str) -> None:
    answer = homeless_command("init", environ={name: value, "LC_ALL": "zh_CN.UTF-8"})
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1
    assert name in answer.stderr
    assert "。" in answer.stderr or "：" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_account_is_added_with_the_password_from_standard_input(command: Command, database: Database) -> None:
    answer = command("user", "add", "李女士", "--role", "clerk", "--password-stdin", text="四个词做的密码长一点好\n")
    assert answer.returncode == 1
    assert "12" in answer.stderr
    added = command("user", "add", "李女士", "--role", "clerk", "--password-stdin", text="correct horse battery\n")
    assert added.returncode == 0, added.stderr
    with database.reading() as session:
        member = session.scalars(sa.select(Staff)).one()
        assert (member.username, member.role, member.must_change_password) == ("李女士", Role.CLERK, False)
    twice = command("user", "add", "李女士", "--role", "clerk", "--password-stdin", text="correct horse battery\n")
    assert (twice.returncode, twice.stderr) == (1, "This user name is taken.\n")


def test_a_password_is_not_asked_for_without_a_terminal(command: Command) -> None:
    answer = command("user", "add", "clerk", "--role", "clerk")
    assert answer.returncode == 1
    assert "--password-stdin" in answer.stderr


def test_a_database_that_is_away_is_one_line(homeless_command: Command) -> None:
    away = {"DATABASE_URL": "postgresql://huiyin:secret@127.0.0.1:9/huiyin"}
    answer = homeless_command("notice", "show", "--json", environ=away)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "secret" not in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_database_of_a_later_version_is_left_alone(command: Command, database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    answer = command("init")
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (1, "", 1)
    assert "later version" in answer.stderr


def test_a_file_that_is_no_database_is_one_line(homeless_command: Command, tmp_path: Path) -> None:
    (tmp_path / "text.sqlite3").write_text("this is a text and no database at all, whatever its name says" * 100)
    answer = homeless_command("init", environ={"DATABASE_URL": f"sqlite:///{tmp_path / 'text.sqlite3'}"})
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (1, "", 1)
    assert "not a database" in answer.stderr
