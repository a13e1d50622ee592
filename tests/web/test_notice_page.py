"""The notice, the ways to be heard, the letter form, the QR code."""

import pytest
from flask.testing import FlaskClient

from feedback import notice_text, notices
from feedback.db import Database
from feedback.models import Notice
from feedback.notice_text.dates import number_of, numeral
from feedback.web.public import figures
from tests.factories import NOW

SPARSE = """关于整改情况的通报
一、第一方面
（一）针对学习不够问题。一是补学。全年组织集中学习十二次，并且逐一登记。二是检查。每季度检查一次，发现的问题当场改正。
联系电话：0000-1234567。
示例办公室
2026年1月5日
"""


def test_each_item_stands_with_its_official_title_and_its_own_link(client: FlaskClient, database: Database) -> None:
    page = client.get("/").text
    with database.reading() as session:
        notice = notices.current(session)
        assert notice.title in page
        for item in notice.items:
            assert f'href="/opinions/new?item={item.key}"' in page
            assert item.section is None or item.title in page


def test_numbers_read_as_in_an_official_notice_and_keys_stay_to_be_seen(client: FlaskClient) -> None:
    first = client.get("/").text.split('class="part"')[1]
    assert '<span class="number">一、</span>' in first
    for place, key in (("（一）", "1.1"), ("（二）", "1.2")):
        heading = first.split(f'id="title-{key}"')[1].split("</h3>")[0]
        assert f'<span class="number">{place}</span>' in heading
        assert f'<span class="key">{key}</span>' in heading


def test_each_numeral_is_read_as_the_number_that_it_was_made_of() -> None:
    assert [numeral(number) for number in (7, 10, 12, 20, 23)] == ["七", "十", "十二", "二十", "二十三"]
    assert all(number_of(numeral(number)) == number for number in range(1, 120))


def test_the_four_ways_stand_exactly_as_the_notice_has_them(client: FlaskClient) -> None:
    page = client.get("/").text
    for said in (
        'href="tel:03962636001">0396-2636001<',
        "驻马店市洪河大道666号",
        ">463000<",
        "对中共驻马店经济开发区工作委员会整改情况的意见、建议",
        "mailto:zmdkfqbgs@126.com",
        'src="/qr.svg"',
    ):
        assert said in page


def test_a_way_that_the_notice_does_not_name_is_not_shown(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        notices.publish(session, notice_text.read(SPARSE), SPARSE, now=NOW)
    page = client.get("/").text
    assert "0000-1234567" in page
    assert "mailto:" not in page
    assert "写信" not in page.split('id="ways"')[1]
    assert client.get("/letter").status_code == 200
    assert client.get("/opinions/new").status_code == 200


def test_a_house_without_a_notice_says_so(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        for notice in session.query(Notice):
            for item in notice.items:
                for measure in item.measures:
                    session.delete(measure)
                session.delete(item)
            for section in notice.sections:
                session.delete(section)
            session.flush()
            session.delete(notice)
    for address in ("/", "/opinions/new", "/answers", "/letter"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/letter", "/privacy", "/answers", "/track", "/opinions/new"])
def test_every_page_tells_whom_to_call(client: FlaskClient, address: str) -> None:
    page = client.get(address)
    assert page.status_code == 200
    assert "0396-2636001" in page.text
    assert "style=" not in page.text
    assert "<script>" not in page.text


def test_the_letter_form_has_address_remark_and_code(client: FlaskClient) -> None:
    page = client.get("/letter").text
    assert "463000" in page
    assert "对中共驻马店经济开发区工作委员会整改情况的意见、建议" in page
    assert 'src="/qr.svg"' in page


def test_the_qr_code_is_a_plain_picture(client: FlaskClient) -> None:
    answer = client.get("/qr.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.text.count("<path") >= 1
    assert "style" not in answer.text


def test_the_page_is_there_in_english(client: FlaskClient) -> None:
    client.get("/language/en")
    page = client.get("/opinions/new").text
    assert "Give an opinion" in page
    assert "我要提意见" not in page


def test_figures_are_set_off_and_the_rest_is_escaped() -> None:
    found = [{"value": "5", "unit": "次", "label": ""}, {"value": "15", "unit": "次", "label": ""}]
    marked = figures("学习15次<b>，开会5次", found)
    assert marked == ('学习<strong class="figure">15次</strong>&lt;b&gt;，开会<strong class="figure">5次</strong>')
    assert figures("<b>", []) == "&lt;b&gt;"
