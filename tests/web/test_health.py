"""/healthz, /readyz, /metrics: what a watcher of the machine relies on."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families as parsed

from feedback import durability, mailroom, upkeep
from feedback.config import Settings
from feedback.db import Database
from feedback.errors import Refusal
from feedback.models import Channel, Counter
from feedback.web import create_app, health, looking
from tests import factories, statements
from tests.away import away
from tests.web import forms


def samples(client: FlaskClient) -> dict[str, float]:
    """Each sample under its name and, where it has one, its label's value: `huiyin_cases registered`."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in parsed(answer.text)
        for sample in family.samples
    }


def test_alive_and_ready(client: FlaskClient, database: Database) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (200, "ready\n")
    with database.reading() as session:
        assert session.scalars(sa.select(Counter.hits)).all() == [1], "one row, which stays"
    assert list(database.files) == []


def test_whoever_asks_all_day_makes_no_work(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "SECONDS_TO_REMEMBER", 600.0)  # on a busy machine five may go by
    assert (client.get("/readyz").status_code, samples(client)["huiyin_opinions_total phone"]) == (200, 0)
    with database.writing() as session:
        factories.receipt(session, channel=Channel.PHONE)
    with statements.heard(client.application.extensions["database"].engine) as said:
        for _question in range(3):
            assert client.get("/readyz").status_code == 200
            assert samples(client)["huiyin_opinions_total phone"] == 0
    assert said == []


def test_after_some_seconds_it_is_looked_anew(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "SECONDS_TO_REMEMBER", 0.0)
    monkeypatch.setattr(health._counts, "times_as_long", 0.0)
    for count in (1, 2):
        assert client.get("/readyz").status_code == 200
        with database.writing() as session:
            assert session.scalars(sa.select(Counter.hits)).all() == [count], "the same row, written again"
            factories.receipt(session, channel=Channel.PHONE)
        assert samples(client)["huiyin_opinions_total phone"] == count


def test_not_ready_when_the_database_cannot_be_written(client: FlaskClient, database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE counter")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the database cannot be written\n")
    assert client.get("/healthz").status_code == 200


def test_not_ready_when_files_cannot_be_written(client: FlaskClient, database: Database) -> None:
    database.files.folder.parent.mkdir(exist_ok=True)
    database.files.folder.write_text("a file where the folder should be")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the file store cannot be written\n")


def test_the_figures_are_there_while_the_database_is_away(client: FlaskClient, database: Database) -> None:
    database.engine.dispose()
    client.application.extensions["database"].engine.dispose()
    with away(database):
        found = samples(client)
    assert found["huiyin_database_up"] == 0
    assert found["huiyin_disk_free_bytes"] > 0
    assert "huiyin_intake_total email 421" in found
    assert "huiyin_cases registered" not in found


def test_the_figures_say_that_the_database_answers_and_that_nothing_needed_is_off(client: FlaskClient) -> None:
    found = samples(client)
    assert found["huiyin_database_up"] == 1
    assert {found[f"huiyin_durability_off {name}"] for name in durability.MUST_BE_ON} == {0.0}


@pytest.mark.parametrize(
    ("setting", "address", "headers", "status"),
    [
        ("private", "127.0.0.1", {}, 200),
        ("private", "10.1.2.3", {}, 200),
        ("private", "::ffff:192.168.1.1", {}, 200),
        ("private", "8.8.8.8", {}, 403),
        ("private", "2001:4860::1", {}, 403),
        ("private", "127.0.0.1", {"X-Forwarded-For": "8.8.8.8"}, 403),
        ("8.8.8.0/24,2001:db8::/32", "8.8.8.8", {}, 200),
        ("8.8.8.0/24,2001:db8::/32", "127.0.0.1", {}, 403),
        ("all", "8.8.8.8", {}, 200),
    ],
)
@pytest.mark.sqlite_only
def test_the_figures_are_not_for_strangers(
    environ: dict[str, str], setting: str, address: str, headers: dict[str, str], status: int
) -> None:
    client = create_app(Settings.from_env(environ | {"FEEDBACK_METRICS": setting})).test_client()
    client.environ_base["REMOTE_ADDR"] = address
    assert client.get("/metrics", headers=headers).status_code == status
    assert client.get("/healthz", headers=headers).status_code == 200
    client.application.extensions["database"].engine.dispose()


@pytest.mark.sqlite_only
def test_behind_our_own_proxy_the_visitor_counts(environ: dict[str, str]) -> None:
    client = create_app(Settings.from_env(environ | {"FEEDBACK_PROXIES": "1"})).test_client()
    for address, status in (("8.8.8.8", 403), ("10.1.2.3", 200)):
        assert client.get("/metrics", headers={"X-Forwarded-For": address}).status_code == status
    client.application.extensions["database"].engine.dispose()


@pytest.mark.sqlite_only
@pytest.mark.parametrize("setting", ["10.0.0.0/33", "somewhere", "10.0.0.1/8"])
def test_a_network_that_is_none_stops_the_program(environ: dict[str, str], setting: str) -> None:
    with pytest.raises(Refusal, match="FEEDBACK_METRICS"):
        Settings.from_env(environ | {"FEEDBACK_METRICS": setting})


def test_what_an_operator_acts_on_is_there(client: FlaskClient, database: Database) -> None:
    before = samples(client)
    forms.sent(client)
    assert forms.send(client, body="").status_code == 422
    found = samples(client)
    for name in (
        "huiyin_intake_total web 303",
        "huiyin_intake_total web 422",
        "huiyin_accept_seconds_count web",
        "huiyin_web_answers_total form post 303",
    ):
        assert found[name] - before.get(name, 0) == 1, name
    assert found["huiyin_web_seconds_count form post"] - before.get("huiyin_web_seconds_count form post", 0) == 2
    assert found["huiyin_disk_free_bytes"] > found["huiyin_disk_floor_bytes"] > 0
    assert found["huiyin_database_bytes"] > 100_000
    assert found["huiyin_outbox_oldest_queued_seconds"] == 0


def test_watchers_learn_how_old_the_last_backup_is(
    client: FlaskClient, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "SECONDS_TO_REMEMBER", 0.0)
    monkeypatch.setattr(health._counts, "times_as_long", 0.0)
    assert samples(client)["huiyin_backup_age_seconds"] == math.inf
    upkeep.backup(database, tmp_path / "copy", now=datetime.now(UTC) - timedelta(hours=60))
    assert samples(client)["huiyin_backup_age_seconds"] == pytest.approx(60 * 3600, abs=60)


def test_a_new_house_shows_every_series_at_zero(client: FlaskClient) -> None:
    found = samples(client)
    assert {found[f"huiyin_opinions_total {channel.value}"] for channel in Channel} == {0.0}
    assert found["huiyin_mail_oldest_waiting_seconds"] == 0.0


def test_what_came_in_and_what_waits_is_counted(client: FlaskClient, database: Database) -> None:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with database.writing() as session:
        factories.receipt(session, channel=Channel.PHONE)
        factories.receipt(session, channel=Channel.WEB)
        mailroom.keep(session, b"Subject: x\r\n\r\nx", mailroom.Envelope(), received_at=hour_ago)
    found = samples(client)
    assert found["huiyin_opinions_total phone"] == 1
    assert found["huiyin_cases registered"] == 2
    assert found["huiyin_cases_overdue"] == 2  # received in March, long past its limit
    assert found["huiyin_mail waiting"] == 1
    assert found["huiyin_mail_oldest_waiting_seconds"] == pytest.approx(3600, abs=60)
