"""Phones, post and e-mail out of the closing words."""

import pytest

from feedback.notice_text.channels import read_channels


@pytest.mark.parametrize(
    ("printed", "phones"),
    [
        ("联系电话：0396-1234567", ("0396-1234567",)),
        ("监督电话:0396—1234567", ("0396-1234567",)),
        ("电话：０３９６－１２３４５６７", ("0396-1234567",)),
        ("电话：（0396）1234567", ("0396-1234567",)),
        ("电话（0396）1234567", ("0396-1234567",)),
        ("电 话：0396 1234567", ("0396-1234567",)),
        ("电话：03961234567", ("03961234567",)),
        ("咨询电话：010-12345678转802", ("010-12345678-802",)),
        ("电话：010-12345678-802", ("010-12345678-802",)),
        ("手机：13800000000", ("13800000000",)),
        ("手机：138 0000 0000", ("13800000000",)),
        ("热线：12345、0396-12345", ("12345", "0396-12345")),
        ("电话：400-123-4567", ("400-123-4567",)),
        ("电话：0396-1234567、2345678或13800000000", ("0396-1234567", "2345678", "13800000000")),
        ("电话：0396-1234567（办公室）；0396-7654321（纪检组）", ("0396-1234567", "0396-7654321")),
        ("联系电话：0396-1234567\n监督电话：0396-7654321", ("0396-1234567", "0396-7654321")),
        ("联系方式：0396-1234567", ("0396-1234567",)),
        ("请致电0396-1234567反映", ("0396-1234567",)),
        ("有意见请找办公室，0396-1234567。", ("0396-1234567",)),
        ("传真：0396-1234567", ()),
        ("电话：0396-1234567，传真：0396-7654321", ("0396-1234567",)),
        ("欢迎监督。", ()),
    ],
)
def test_phones(printed: str, phones: tuple[str, ...]) -> None:
    assert read_channels(printed).phones == phones


@pytest.mark.parametrize(
    ("printed", "address"),
    [
        ("邮政信箱:示例市示例路1号,邮政编码:123456", "示例市示例路1号"),
        ("通讯地址：示例市示例路1号；邮编：123456", "示例市示例路1号"),
        ("邮寄地址：示例市示例路1号（示例大楼）3楼。", "示例市示例路1号（示例大楼）3楼"),
        ("来信地址：示例市示例路1号 邮编：123456", "示例市示例路1号"),
        ("地 址：示例市示例路1号（邮编123456）", "示例市示例路1号"),
        ("地址：示例市示例路1号（信封请注明：意见）", "示例市示例路1号"),
        ("地址：示例市示例路1号，办公室收，邮编：123456", "示例市示例路1号，办公室收"),
        ("来信请寄：示例市123信箱，电话：12345", "示例市123信箱"),
        ("来信请寄至示例市示例路1号", "示例市示例路1号"),
        ("邮寄地址：示例市示例路１号", "示例市示例路1号"),
        ("邮政信箱：示例市示例路1号\n电话：12345", "示例市示例路1号"),
        ("电子信箱：a@example.com", None),
        ("电话：12345", None),
    ],
)
def test_address(printed: str, address: str | None) -> None:
    assert read_channels(printed).address == address


@pytest.mark.parametrize(
    "printed", ["邮政编码：123456", "邮编123456", "邮 编:１２３４５６", "地址：示例路1号（123456）"]
)
def test_postcode(printed: str) -> None:
    assert read_channels(printed).postcode == "123456"


@pytest.mark.parametrize(
    ("printed", "remark"),
    [
        ("（信封请注明：对甲的意见、建议），电子邮箱", "对甲的意见、建议"),
        ("(信封请注明:对甲的意见,建议),电子邮箱", "对甲的意见,建议"),
        ("信封上请注明“整改意见”字样", "整改意见"),
        ("请在信封注明整改意见字样。", "整改意见"),
        ("信封请注明整改意见，邮编", "整改意见"),
        ("邮编123456（请注明“整改意见”）", "整改意见"),
        ("来信请在信封右上角注明「整改意见」", "整改意见"),
        ("（邮件主题请注明“整改意见”）", None),
        ("欢迎监督", None),
    ],
)
def test_envelope_remark(printed: str, remark: str | None) -> None:
    assert read_channels(printed).envelope_remark == remark


@pytest.mark.parametrize(
    "printed",
    [
        "电子邮箱：office@example.com。",
        "电子邮件:office＠example.com",
        "邮箱：office(at)example.com",
        "E-mail：office（at）example.com",
        "Email: office [at] example.com",
        "email：office#example.com（请将#换成@）",
        "电子信箱：ｏｆｆｉｃｅ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        "电子邮箱：office【at】example【dot】com".replace("【dot】", "(dot)"),
        "请写信到office@example.com",
        "电子邮箱（请注明主题）：office@example.com",
    ],
)
def test_email(printed: str) -> None:
    assert read_channels(printed).email == "office@example.com"


def test_nothing_said_is_nothing_known() -> None:
    channels = read_channels("")
    assert (channels.phones, channels.address, channels.email) == ((), None, None)
