"""What holds on every page."""

import pytest
from flask.testing import FlaskClient


def test_every_page_has_the_strict_policy_and_its_language(client: FlaskClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert '<html lang="zh-CN">' in answer.text


def test_the_language_can_be_chosen_and_stays(client: FlaskClient) -> None:
    answer = client.get("/language/en", headers={"Referer": "http://localhost/answers?item=1.1"})
    assert answer.headers["Location"] == "/answers?item=1.1"
    assert '<html lang="en">' in client.get("/").text


def test_another_servers_page_is_not_gone_back_to(client: FlaskClient) -> None:
    answer = client.get("/language/en", headers={"Referer": "http://evil.example/"})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example/x"])
def test_a_path_that_reads_as_a_server_is_not_gone_to(client: FlaskClient, path: str) -> None:
    answer = client.get("/language/en", headers={"Referer": f"http://localhost{path}"})
    assert answer.headers["Location"] == "/"


def test_after_an_act_the_page_above_it_is_shown_again(client: FlaskClient) -> None:
    answer = client.get("/language/en", headers={"Referer": "http://localhost/staff/cases/2026-000001/classify"})
    assert answer.headers["Location"] == "/staff/cases/2026-000001"


def test_an_unknown_page_says_what_to_do(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert 'href="/"' in answer.text
