"""All that a reader sees is the text, in order; everything else is a listed file."""

import base64
import gzip

import pytest

from mail_ingest.parse import parse, parse_to_dict
from tests.mail_ingest.messages import OPINION, message, plain


def parts(*contents: str | bytes, kind: str = "mixed") -> bytes:
    """A multipart message of parts that bring their own headers."""
    head = message("", content_type=f'multipart/{kind}; boundary="b"')
    raw = [content if isinstance(content, bytes) else content.encode() for content in contents]
    return head + b"".join(b"--b\r\n" + content + b"\r\n" for content in raw) + b"--b--\r\n"


def text_part(text: str, subtype: str = "plain") -> str:
    return f"Content-Type: text/{subtype}; charset=utf-8\r\n\r\n{text}"


def test_text_picture_text_is_read_in_order() -> None:
    picture = 'Content-Type: image/jpeg; name="a.jpg"\r\nContent-Disposition: inline; filename="a.jpg"\r\n\r\nx'
    found = parse_to_dict(parts(text_part("第一段"), picture, text_part("第二段")))
    assert found["text"].split() == ["第一段", "第二段"] == found["opinion"]["text"].split()
    assert [item["filename"] for item in found["attachments"]] == ["a.jpg"]


def test_plain_alternative_is_enough() -> None:
    found = parse_to_dict(parts(text_part(OPINION), text_part("<p>另一种写法</p>", "html"), kind="alternative"))
    assert plain(found["text"]) == plain(OPINION)
    assert found["html"] == "<p>另一种写法</p>"


@pytest.mark.parametrize(
    "stub",
    [
        "",
        "  \n ",
        "您的邮件客户端不支持HTML格式，请更换后查看。",
        "This is an HTML email. Please view it in an HTML enabled client.",
        "????????????",
    ],
)
def test_stub_gives_way_to_html(stub: str) -> None:
    page = "".join(f"<div>{line}</div>" for line in OPINION.split("\n"))
    assert plain(parse_to_dict(parts(text_part(stub), text_part(page, "html"), kind="alternative"))["text"]) == plain(
        OPINION
    )


def test_flowed_text_is_joined() -> None:
    body = "第一行 \r\n接着第一行 \r\n还是第一行\r\n第二行\r\n-- \r\n签名"
    found = parse_to_dict(message(body, content_type="text/plain; charset=utf-8; format=flowed; delsp=yes"))
    assert found["text"].split("\n")[:2] == ["第一行接着第一行还是第一行", "第二行"]


def test_hidden_html_is_not_text() -> None:
    page = (
        '<div style="display:none !important">一</div><span '
        'style="font-size:0px">二</span><p hidden>三</p><div style="visibility: '
        'hidden">四</div>'
        '<div style="max-height:0;overflow:hidden">五</div><script>六</script>'
        "<style>七</style><!-- 八 --><title>九</title><p>看得见</p>"
    )
    assert parse_to_dict(message(page, content_type="text/html; charset=utf-8"))["text"] == "看得见"


def test_characters_of_private_use_stay() -> None:
    words = "县\ue000镇\ue001村"
    for content_type in ("text/plain", "text/html"):
        assert (
            parse_to_dict(message(words, content_type=f"{content_type}; charset=utf-8"))["opinion"]["text"] == words
        )


def test_text_behind_any_number_of_tags_is_found() -> None:
    page = "<div>" * 200_000 + "<script>x</script>请公布账目。" + "</div>" * 200_000
    found = parse_to_dict(message(page, content_type="text/html; charset=utf-8"))
    assert found["text"] == "请公布账目。"
    assert "html cut" in found["defects"]


def test_blocks_rows_and_breaks_are_lines() -> None:
    page = (
        "<h1>标题</h1><p>一<br>二</p><ul><li>三</li><li>四</li></ul><table><tr>"
        "<td>项目</td><td>金额</td></tr><tr><td>土地</td><td>90元</td></tr></table>五"
    )
    text = parse_to_dict(message(page, content_type="text/html; charset=utf-8"))["text"]
    assert [line for line in text.split("\n") if line] == [
        "标题",
        "一",
        "二",
        "三",
        "四",
        "项目\t金额",
        "土地\t90元",
        "五",
    ]


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ("Content-Type: application/pdf; name=\"=?gbk?B?vtmxqLLEwc8ucGRm?=\"", "举报材料.pdf"),
        ("Content-Type: application/pdf; name==?gbk?B?vtmxqLLEwc8ucGRm?=", "举报材料.pdf"),
        ("Content-Type: application/pdf\r\nContent-Disposition: attachment; "
        "filename*=GBK''%BE%D9%B1%A8%B2%C4%C1%CF.pdf", "举报材料.pdf"),
        ("Content-Type: application/pdf\r\nContent-Disposition: attachment; "
        "filename*=\"utf-8''%E4%B8%BE%E6%8A%A5.pdf\"", "举报.pdf"),
        ("Content-Type: application/pdf\r\nContent-Disposition: attachment; "
        "filename=\"%E4%B8%BE%E6%8A%A5.pdf\"", "举报.pdf"),
        ("Content-Type: application/pdf\r\nContent-Disposition: attachment; "
        "filename=\"C:\\Users\\a\\x.pdf\"", "x.pdf"),
        ("Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"../../etc/passwd\"", "passwd"),
        ("Content-Type: application/pdf\r\nContent-Disposition: attachment;\r\n "
        "filename*0=\"a very \";\r\n filename*1=\"long.pdf\"", "a very long.pdf"),
        ("Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a b c.pdf", "a b c.pdf"),
        ("Content-Type: application/pdf\r\nContent-Disposition: attachment; "
        "filename=\"=?utf-8?B?5Li+?=\r\n =?utf-8?B?5oqlLnBkZg==?=\"", "举报.pdf"),
        ("Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"a\x00\x1f.pdf\"", "a.pdf"),
        ("Content-Type: application/pdf\r\nContent-Disposition: attachment; "
        "filename=\"=?utf-8?B?Li4vLi4vYS5wZGY=?=\"", "a.pdf"),
        ("Content-Type: application/pdf\r\nContent-Disposition: attachment", "attachment-1.pdf"),
    ],
)  # fmt: skip
def test_names_of_files(headers: str, name: str) -> None:
    found = parse_to_dict(parts(text_part("x"), headers + "\r\n\r\n%PDF"))
    assert [item["filename"] for item in found["attachments"]] == [name]


def test_picture_shown_by_cid_is_inline_without_a_disposition() -> None:
    page = text_part('<img src="cid:p1@a">', "html")
    picture = "Content-Type: image/png\r\nContent-ID: <p1@a>\r\n\r\nx"
    other = "Content-Type: image/png\r\nContent-ID: <p2@a>\r\n\r\nx"
    found = parse_to_dict(parts(page, picture, other, kind="related"))
    assert [(item["content_id"], item["inline"]) for item in found["attachments"]] == [
        ("p1@a", True),
        ("p2@a", False),
    ]


def test_uuencoded_file_is_taken_out() -> None:
    body = "请看附件。\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n谢谢。\r\n"
    found = parse(message(body))
    assert found.text.split() == ["请看附件。", "谢谢。"]
    assert [(item.filename, item.content) for item in found.attachments] == [("a.txt", b"Cat")]


def test_opaque_signature_is_opened() -> None:
    inner = text_part(OPINION).encode()

    def element(tag: int, *contents: bytes) -> bytes:
        body = b"".join(contents)
        return bytes((tag, 0x84)) + len(body).to_bytes(4, "big") + body

    octets = element(0x24, element(0x04, inner[:20]), element(0x04, inner[20:]))
    content_info = element(0x30, bytes.fromhex("06092a864886f70d010701"), element(0xA0, octets))
    signed = element(0x30, bytes.fromhex("020101"), element(0x31), content_info)
    wrapped = element(0x30, bytes.fromhex("06092a864886f70d010702"), element(0xA0, signed))
    raw = message(
        base64.encodebytes(wrapped),
        content_type='application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"',
    ).replace(b"Content-Transfer-Encoding: 8bit", b"Content-Transfer-Encoding: base64")
    assert plain(parse_to_dict(raw)["opinion"]["text"]) == plain(OPINION)


def test_clear_signed_text_is_opened() -> None:
    body = (
        "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\n一\r\n- --二\r\n"
        "-----BEGIN PGP SIGNATURE-----\r\n\r\nxx\r\n-----END PGP SIGNATURE-----\r\n"
    )
    assert parse_to_dict(message(body))["opinion"]["text"] == "一\n--二"


def test_invitation_alone_is_told_in_words() -> None:
    calendar = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:接访日\r\nLOCATION:二楼\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    assert parse_to_dict(message(calendar, content_type="text/calendar; charset=utf-8"))["text"].split() == [
        "接访日",
        "二楼",
    ]


def test_opinion_in_an_attached_text() -> None:
    attached = (
        b"Content-Type: text/plain; charset=gbk\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\n"
    ) + OPINION.encode("gbk")
    found = parse_to_dict(parts(text_part("\r\n"), attached))
    assert plain(found["opinion"]["text"]) == plain(OPINION)
    assert [item["filename"] for item in found["attachments"]] == ["a.txt"]


@pytest.mark.parametrize("cut", ["==", "=", ""])
def test_base64_without_padding_is_read(cut: str) -> None:
    encoded = base64.b64encode("请公布账目。".encode()).decode().rstrip("=") + cut
    raw = message(encoded).replace(b"Encoding: 8bit", b"Encoding: base64")
    assert parse_to_dict(raw)["text"].startswith("请公布账目")


def test_footer_behind_base64_is_kept() -> None:
    encoded = base64.encodebytes(OPINION.encode()).decode() + "\r\n_____\r\nUnsubscribe: mailto:x@example.com\r\n"
    found = parse_to_dict(message(encoded).replace(b"Encoding: 8bit", b"Encoding: base64"))
    assert plain(found["text"]).startswith(plain(OPINION))
    assert "Unsubscribe" in found["text"]


def test_binary_attachment_keeps_its_bytes() -> None:
    content = gzip.compress(b"x" * 1000)
    part = (b"Content-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n") + base64.encodebytes(
        content
    )
    assert parse(parts(text_part("x"), part)).attachments[0].content == content
