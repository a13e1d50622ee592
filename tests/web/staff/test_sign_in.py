"""Signing in: one door, the same words for every wrong key, and sign-ins that end at the server."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from limits import parse

from feedback import accounts, signins
from feedback.config import Settings
from feedback.db import Database
from feedback.errors import Refusal
from feedback.models import Role, Staff, StaffSession
from feedback.web import clock, create_app, limits
from feedback.web.staff import sign_in
from tests import factories, statements
from tests.web.staff.conftest import PASSWORD, Enter, send, token

Limited = Callable[[str], FlaskClient]


def test_a_wrong_password_and_an_unknown_name_look_alike(app: Flask, members: None) -> None:
    client = app.test_client()
    wrong = send(client, "/staff/login", username="clerk", password="not this one at all")
    unknown = send(client, "/staff/login", username="nobody", password="not this one at all")
    assert wrong.status_code == unknown.status_code == 422
    pages = [re.sub(r'value="[^"]*"', "", answer.text) for answer in (wrong, unknown)]
    assert pages[0] == pages[1]
    assert "not this one" not in wrong.text


def test_a_name_with_a_zero_sign_is_a_wrong_name(app: Flask, members: None) -> None:
    answer = send(app.test_client(), "/staff/login", username="nobody\0", password="not this one at all")
    assert answer.status_code == 422


def test_an_unknown_name_costs_the_same_work(app: Flask, members: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    verify = accounts.argon2.PasswordHasher.verify

    def counted(hasher: accounts.argon2.PasswordHasher, stored: str, password: str) -> bool:
        asked.append(stored)
        return verify(hasher, stored, password)

    monkeypatch.setattr(accounts.argon2.PasswordHasher, "verify", counted)
    for name in ("clerk", "nobody"):
        send(app.test_client(), "/staff/login", username=name, password="not this one at all")
    assert len(asked) == 2


def test_trying_out_passwords_at_an_open_desk_is_limited(settings: Settings, members: None) -> None:
    app = create_app(settings.model_copy(update={"ratelimit": True}))
    client = app.test_client()
    send(client, "/staff/login", username="clerk", password=PASSWORD)
    wrong = {"present": "guess", "password": "a long enough phrase", "again": "a long enough phrase"}
    form = token(client, "/staff/account")
    codes = [
        client.post("/staff/account/password", data={"csrf_token": form, **wrong}).status_code for _ in range(11)
    ]
    app.extensions["database"].engine.dispose()
    assert codes == [422] * 10 + [429]


def test_every_page_of_the_room_asks_for_the_sign_in(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/staff/cases/2026-000001?x=1")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/staff/login?next=/staff/cases/2026-000001?x%3D1"


def test_every_route_of_the_room_is_behind_the_door(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("staff.") and "login" not in rule.rule and "GET" in rule.methods:
            target = rule.rule
            for name in rule.arguments:
                target = target.replace(f"<{name}>", "x").replace(f"<int:{name}>", "1")
            assert client.get(target).headers.get("Location", "").startswith("/staff/login"), rule


def test_signing_out_ends_the_sign_in_for_whoever_kept_the_cookie(app: Flask, enter: Enter) -> None:
    client = enter()
    cookie = client.get_cookie("huiyin_staff", path="/staff")
    assert cookie
    send(client, "/staff/logout", page="/staff/")
    thief = app.test_client()
    thief.set_cookie("huiyin_staff", cookie.value, path="/staff")
    assert thief.get("/staff/").status_code == 303


def test_the_row_holds_no_token(enter: Enter, database: Database) -> None:
    cookie = enter().get_cookie("huiyin_staff", path="/staff")
    assert cookie
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")
    with database.reading() as session:
        row = session.scalars(sa.select(StaffSession)).one()
    assert cookie.value.encode() not in row.token_digest


@pytest.mark.parametrize("later", [signins.IDLE, signins.LONGEST], ids=["idle", "too old"])
def test_a_sign_in_lapses(enter: Enter, monkeypatch: pytest.MonkeyPatch, later: timedelta) -> None:
    client = enter()
    assert client.get("/staff/").status_code == 200
    moment = clock.now() + later + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert client.get("/staff/").status_code == 303


def test_signing_out_everywhere_ends_the_other_devices_too(enter: Enter) -> None:
    here, there = enter(), enter()
    send(here, "/staff/account/sign-ins/end-all", page="/staff/account")
    assert here.get("/staff/").status_code == there.get("/staff/").status_code == 303


def test_only_ones_own_sign_ins_can_be_ended(enter: Enter, database: Database) -> None:
    other, client = enter("administrator"), enter("clerk")
    with database.reading() as session:
        theirs = session.scalars(sa.select(StaffSession.id).order_by(StaffSession.id)).first()
    answer = send(client, f"/staff/account/sign-ins/{theirs}/end", page="/staff/account")
    assert answer.status_code == 404
    assert other.get("/staff/").status_code == 200


def test_a_deactivated_member_is_out_at_once(enter: Enter, database: Database) -> None:
    client = enter("clerk")
    with database.writing() as session:
        admin = accounts.find(session, "administrator")
        clerk = accounts.find(session, "clerk")
        accounts.deactivate(session, clerk, seen=clerk.version, by=admin, now=clock.now())
    assert client.get("/staff/").status_code == 303
    answer = send(client, "/staff/login", username="clerk", password=PASSWORD)
    assert answer.status_code == 422


def test_a_one_time_password_has_to_be_changed_before_anything_else(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        accounts.add(session, "new", Role.CLERK, PASSWORD, now=factories.NOW, is_one_time=True)
    client = enter("new")
    assert client.get("/staff/").headers["Location"] == "/staff/first-password"
    mine = "another long pass phrase"
    answer = send(client, "/staff/first-password", present=PASSWORD, password=mine, again=mine)
    assert answer.headers["Location"] == "/staff/"
    assert client.get("/staff/").status_code == 200
    assert enter("new", mine).get("/staff/").status_code == 200


def test_changing_the_password_ends_the_other_sign_ins(enter: Enter) -> None:
    here, there = enter(), enter()
    mine = "another long pass phrase"
    target = "/staff/account/password"
    send(here, target, page="/staff/account", present=PASSWORD, password=mine, again=mine)
    assert here.get("/staff/").status_code == 200
    assert there.get("/staff/").status_code == 303


@pytest.mark.parametrize(
    ("present", "new", "again"),
    [
        ("wrong", "a long enough phrase", None),
        (PASSWORD, "short", None),
        (PASSWORD, PASSWORD, None),
        (PASSWORD, "a long enough phrase", "x"),
    ],
)
def test_a_bad_new_password_changes_nothing(enter: Enter, present: str, new: str, again: str | None) -> None:
    client = enter()
    fields = {"present": present, "password": new, "again": again or new}
    assert send(client, "/staff/account/password", page="/staff/account", **fields).status_code == 422
    assert enter().get("/staff/").status_code == 200


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/staff/", "//evil.example/staff/", "/\\evil.example", "/staff/\\..", "/", "javascript:x"],
)
def test_after_signing_in_one_goes_to_pages_of_this_room_only(app: Flask, members: None, target: str) -> None:
    client = app.test_client()
    answer = send(client, "/staff/login", username="clerk", password=PASSWORD, next=target)
    assert answer.headers["Location"] == "/staff/"


def test_after_signing_in_one_goes_where_one_wanted_to(app: Flask, members: None) -> None:
    client = app.test_client()
    answer = send(client, "/staff/login", username="clerk", password=PASSWORD, next="/staff/?state=accepted")
    assert answer.headers["Location"] == "/staff/?state=accepted"


def test_failed_tries_are_limited_by_name_across_processes(settings: Settings, members: None) -> None:
    limited = settings.model_copy(update={"ratelimit": True})
    for _process in range(2):
        app = create_app(limited)
        client = app.test_client()
        codes = [
            send(client, "/staff/login", username="Clerk ", password=f"guess {place}").status_code
            for place in range(5)
        ]
        assert codes == [422] * 5
        app.extensions["database"].engine.dispose()
    app = create_app(limited)
    answer = send(app.test_client(), "/staff/login", username="clerk", password=PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    app.extensions["database"].engine.dispose()


@pytest.fixture
def limited(settings: Settings, members: None) -> Iterator[Limited]:
    """`limited("192.0.2.1")`: a client there, of a house that limits requests."""
    app = create_app(settings.model_copy(update={"ratelimit": True}))

    def client(network: str) -> FlaskClient:
        made = app.test_client()
        made.environ_base["REMOTE_ADDR"] = network
        return made

    yield client
    app.extensions["database"].engine.dispose()


def tried(client: FlaskClient, times: int, password: str = "not this one at all") -> list[int]:
    form = token(client, "/staff/login")
    fields = {"csrf_token": form, "username": "clerk", "password": password}
    return [client.post("/staff/login", data=fields).status_code for _try in range(times)]


def test_many_tries_at_once_are_no_more_than_one_after_another(
    limited: Limited, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def slow(*_arguments: object) -> bool:
        made.append("")
        time.sleep(1)  # until the others have come as far
        return False

    monkeypatch.setattr(accounts.argon2.PasswordHasher, "verify", slow)
    clients = [limited("192.0.2.1") for _place in range(16)]
    with ThreadPoolExecutor(16) as threads:
        codes = [code for [code] in threads.map(lambda client: tried(client, 1), clients)]
    assert sorted(codes) == [422] * 10 + [429] * 6
    assert len(made) == 10


def test_tries_from_elsewhere_do_not_put_a_member_off(limited: Limited) -> None:
    assert tried(limited("192.0.2.1"), 11) == [422] * 10 + [429]
    assert tried(limited("198.51.100.1"), 1, PASSWORD) == [303]


def test_tries_of_one_name_from_everywhere_are_limited_too(limited: Limited) -> None:
    client = limited("192.0.2.1")
    limits.limiter.limiter.hit(parse(sign_in.TRIES_OF_NAME), "sign-in name clerk", cost=99)
    assert tried(client, 2) == [422, 429]


def test_the_addresses_of_one_household_count_as_one(limited: Limited) -> None:
    codes = [tried(limited(f"2001:db8::{place}"), 5) for place in (1, 2, 3)]
    assert codes == [[422] * 5, [422] * 5, [429] * 5]
    assert tried(limited("2001:db8:0:1::1"), 1) == [422]


def test_right_passwords_are_not_counted(limited: Limited) -> None:
    client = limited("192.0.2.1")
    form = token(client, "/staff/login")
    fields = {"csrf_token": form, "username": "clerk", "password": PASSWORD}
    assert [client.post("/staff/login", data=fields).status_code for _try in range(12)] == [303] * 12


def test_a_weaker_hash_is_renewed_at_the_next_sign_in(
    enter: Enter, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.reading() as session:
        before = accounts.find(session, "clerk").password_hash
    stronger = accounts.argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(accounts, "HASHER", stronger)
    enter("clerk")
    with database.reading() as session:
        after = session.scalars(sa.select(Staff.password_hash).where(Staff.username == "clerk")).one()
    assert before != after
    assert "t=2" in after


def test_a_second_factor_that_does_not_exist_is_not_pretended(settings: Settings) -> None:
    from feedback.config import SecondFactor

    with pytest.raises(Refusal, match="FEEDBACK_STAFF_2FA"):
        create_app(settings.model_copy(update={"second_factor": SecondFactor.REQUIRED}))


def test_one_statement_tells_who_asks(enter: Enter, database: Database, app: Flask) -> None:
    client = enter()
    with statements.heard(app.extensions["database"].engine) as said:
        assert client.get("/staff/first-password").status_code == 303
    assert len([each for each in said if each != "BEGIN"]) == 1


def test_what_was_typed_after_a_sign_in_had_lapsed_can_be_sent_again(
    app: Flask, enter: Enter, database: Database
) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
    client = enter()
    form = token(client, f"/staff/cases/{case.number}")
    with database.writing() as session:
        signins.end_all(session, accounts.find(session, "clerk"), now=clock.now())
    note = {"csrf_token": form, "version": "1", "note": "写了很久的备注"}
    answer = client.post(f"/staff/cases/{case.number}/note", data=note)
    assert answer.status_code == 401
    assert "写了很久的备注" in answer.text
    send(client, "/staff/login", username="clerk", password=PASSWORD)
    kept = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text.split("<form")[-1]))
    assert client.post(f"/staff/cases/{case.number}/note", data=kept).status_code == 303
