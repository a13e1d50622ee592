"""The house that browser tests open: when it closes, nothing of it is still at work on a database that goes away."""

import threading
import urllib.error
import urllib.request

import pytest

from feedback.config import Settings
from feedback.db import Database
from tests.browser import Live


def test_it_closes_once_what_is_asked_has_been_answered(settings: Settings) -> None:
    house = Live(settings)
    database: Database = house.app.extensions["database"]
    inside, leave, ended = threading.Event(), threading.Event(), threading.Event()

    @house.app.get("/lasting")
    def lasting() -> str:
        with database.reading() as session:
            session.connection()
            inside.set()
            assert leave.wait(10)
        ended.set()
        return "done"

    visitor = threading.Thread(target=urllib.request.urlopen, args=(f"{house.address}/lasting",), daemon=True)
    visitor.start()
    assert inside.wait(10)
    threading.Timer(0.3, leave.set).start()
    house.stop()
    assert ended.is_set()


def test_who_comes_too_late_finds_it_closed(settings: Settings) -> None:
    house = Live(settings)
    house.stop()
    told: list[str] = []
    assert house._door({}, lambda status, headers, exc_info=None: told.append(status)) == []
    assert told == ["503 Service Unavailable"]
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{house.address}/")
