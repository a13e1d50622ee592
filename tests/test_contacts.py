"""Ways to reach a person."""

import pytest

from feedback import contacts
from feedback.errors import Refusal


@pytest.mark.parametrize(
    "typed",
    [
        "13800000000",
        "１３８００００００００",
        "138 0000 0000",
        "+86 138-0000-0000",
        "0396-2636001",
        "（0396）2636001",
        "2636001",
        "0396-2636001转8001",
        "010-12345678",
        "+1 212 555 0100",
    ],
)
def test_plausible_numbers_are_taken(typed: str) -> None:
    assert contacts.require_phone(typed)


@pytest.mark.parametrize("typed", ["1380000000", "138000000000", "12", "无", "abc", "0396-26360019999999"])
def test_what_cannot_be_dialled_is_refused_beside_its_field(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        contacts.require_phone(typed)
    assert refused.value.field == "phone"


def test_addresses_are_read_in_full_width_too() -> None:
    assert contacts.require_email(" ｗａｎｇ＠example．com ") == "wang@example.com"


@pytest.mark.parametrize("typed", ["wang", "wang@", "wang@@example.com", "wang@exa mple.com", "@example.com"])
def test_what_is_no_address_is_refused_beside_its_field(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        contacts.require_email(typed)
    assert refused.value.field == "email"
