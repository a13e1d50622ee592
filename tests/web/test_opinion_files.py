"""Files with an opinion: examined, kept while a mistake is mended, stored with it."""

import io

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import encode_multipart

from feedback import staging
from feedback.db import Database
from feedback.models import Attachment, Opinion
from tests import samples_of_files as samples
from tests.web import forms


def test_files_are_stored_under_safe_names(client: FlaskClient, database: Database) -> None:
    files = [forms.file(samples.PNG, "../照片.png"), forms.file(samples.PDF, "收据\u202e.exe")]
    forms.sent(client, attachments=files)
    with database.reading() as session:
        rows = session.scalars(sa.select(Attachment).order_by(Attachment.position)).all()
        assert [(row.filename, row.content_type) for row in rows] == [
            ("照片.png", "image/png"),
            ("收据.exe.pdf", "application/pdf"),
        ]
        assert [database.files.read(row.sha256) for row in rows] == [samples.PNG, samples.PDF]


def test_a_file_alone_is_an_opinion(client: FlaskClient, database: Database) -> None:
    forms.sent(client, body="", attachments=[forms.file(samples.PDF, "意见.pdf")])
    with database.reading() as session:
        assert session.scalars(sa.select(Opinion)).one().text == ""


def test_a_refused_file_is_named_and_the_good_one_is_kept(client: FlaskClient, database: Database) -> None:
    bad = forms.file(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "照片.png")
    answer = forms.send(client, attachments=[forms.file(samples.PDF, "收据.pdf"), bad])
    assert answer.status_code == 422
    assert "“照片.png”不能接收" in answer.text
    fields = forms.opinion() | forms.hidden(answer.text)
    assert len(fields["staged"]) == 1
    assert client.post("/opinions/new", data=fields).status_code == 303
    with database.reading() as session:
        assert session.scalars(sa.select(Attachment.filename)).all() == ["收据.pdf"]


def test_a_kept_file_can_be_removed(client: FlaskClient, database: Database) -> None:
    files = [forms.file(samples.PDF, "收据.pdf"), forms.file(samples.PNG, "照片.png")]
    fields = forms.hidden(forms.send(client, consent="", attachments=files).text)
    chosen = forms.opinion() | fields | {"remove": fields["staged"][0]}
    assert client.post("/opinions/new", data=chosen).status_code == 303
    with database.reading() as session:
        assert session.scalars(sa.select(Attachment.filename)).all() == ["照片.png"]


def test_eleven_files_are_too_many_and_all_are_kept(client: FlaskClient) -> None:
    files = [forms.file(samples.PNG + bytes([number]), f"照片{number}.png") for number in range(11)]
    answer = forms.send(client, attachments=files)
    assert answer.status_code == 422
    assert "11 个附件" in answer.text
    assert answer.text.count('name="remove"') == 11


def test_of_hundreds_of_files_none_is_kept(client: FlaskClient, database: Database) -> None:
    files = [forms.file(samples.PNG + bytes([number]), f"照片{number}.png") for number in range(21)]
    answer = forms.send(client, step="edit", attachments=files)
    assert "21 个附件" in answer.text
    assert "均未保留" in answer.text
    assert list(staging.folder(database.settings)) == []


def test_a_body_of_untold_length_is_not_read(client: FlaskClient, database: Database) -> None:
    csrf = forms.token(client.get("/opinions/new").text)
    files = [forms.file(samples.PNG, "照片.png")]
    boundary, body = encode_multipart(forms.opinion(csrf_token=csrf, step="edit", attachments=files))
    answer = client.post(
        "/opinions/new",
        input_stream=io.BytesIO(body),
        content_type=f'multipart/form-data; boundary="{boundary}"',
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 411
    assert list(staging.folder(database.settings)) == []


def test_a_forged_ticket_brings_no_file(client: FlaskClient) -> None:
    answer = forms.send(client, staged="forged")
    assert answer.status_code == 422
    assert "请重新选择" in answer.text


def test_an_empty_file_is_refused(client: FlaskClient) -> None:
    answer = forms.send(client, attachments=[forms.file(b"", "空.txt")])
    assert answer.status_code == 422
    assert "空文件" in answer.text
