"""/healthz, /readyz, /metrics: what a watcher of the machine relies on."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families as parsed

from feedback import mailroom
from feedback.db import Database
from feedback.models import Channel, Counter
from feedback.web import health
from tests import factories


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
        assert session.scalar(sa.select(sa.func.count()).select_from(Counter)) == 0
    assert [path for path in database.files.folder.rglob("*") if path.is_file()] == []


def test_whoever_asks_all_day_makes_no_work(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (client.get("/readyz").status_code, samples(client)["huiyin_opinions_total phone"]) == (200, 0)
    statements: list[str] = []
    app_database = client.application.extensions["database"]
    sa.event.listen(app_database.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    with database.writing() as session:
        factories.receipt(session, channel=Channel.PHONE)
    for _question in range(3):
        assert client.get("/readyz").status_code == 200
        assert samples(client)["huiyin_opinions_total phone"] == 0
    assert statements == []
    monkeypatch.setattr(health, "SECONDS_TO_REMEMBER", 0.0)
    assert samples(client)["huiyin_opinions_total phone"] == 1


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
