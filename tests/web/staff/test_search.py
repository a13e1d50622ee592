"""The search page: hits with their words marked, further pages, and the recorded search for a writer."""

from feedback import search
from feedback.db import Database
from feedback.identity import Author
from tests import factories
from tests.web.staff.conftest import Enter, send


def test_hits_are_marked_and_lead_to_their_case(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session, text="<b>路灯</b>不亮。").case
    page = enter("reader").get("/staff/search?text=路燈").text
    assert f'href="/staff/cases/{case.number}"' in page
    assert "&lt;b&gt;<mark>路灯</mark>&lt;/b&gt;" in page


def test_further_hits_stand_on_the_next_page(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        for number in range(21):
            factories.receipt(session, text=f"路灯不亮，第{number}盏")
    client = enter()
    with database.reading() as session:
        after = search.search(session, "路灯").following
    assert f"after={after}" in client.get("/staff/search?text=路灯").text
    assert client.get(f"/staff/search?text=路灯&after={after}").text.count("<mark>") == 1


def test_what_comes_near_stands_apart(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, text="过度费停发了，说公司在重整。")
    page = enter().get("/staff/search?text=过渡费 重整").text
    assert page.index("没有同时出现这些词的内容") < page.index("相近内容") < page.index("<mark>重整</mark>")


def test_mere_signs_are_asked_again(enter: Enter) -> None:
    answer = enter().get("/staff/search?text=%25_")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_an_unreadable_place_is_not_found(enter: Enter) -> None:
    assert enter().get("/staff/search?text=路灯&after=x").status_code == 404


def test_a_writer_is_searched_with_a_reason_and_it_is_recorded(enter: Enter, database: Database) -> None:
    with database.writing() as session:
        case = factories.receipt(session).case
        factories.receipt(session, author=Author(name="李女士"))
    client = enter()
    asked = send(client, "/staff/search/writers", page="/staff/search", person="王先生", reason="")
    assert (asked.status_code, case.number in asked.text) == (422, False)
    found = send(client, "/staff/search/writers", page="/staff/search", person="王先生", reason="来电核对")
    assert found.text.count('href="/staff/cases/') == 1
    assert f'href="/staff/cases/{case.number}"' in found.text
    assert "来电核对" in client.get(f"/staff/cases/{case.number}").text


def test_readers_are_not_offered_that(enter: Enter) -> None:
    assert "/staff/search/writers" not in enter("reader").get("/staff/search").text
