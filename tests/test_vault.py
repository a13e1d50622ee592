"""Sealing mail piece by piece: what is opened is what was sealed, whole and in its order, or nothing."""

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.errors import Refusal
from feedback.vault import MARK, PIECE, SALT, TAG, Vault

OLD, NEW = (Fernet.generate_key().decode() for _key in range(2))
VAULT = Vault([OLD])
STEP = PIECE + TAG
HEAD = len(MARK) + SALT


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5])
def test_what_was_sealed_comes_back(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    sealed = VAULT.seal_mail(content[:size])
    assert VAULT.open(sealed) == content[:size]
    assert len(sealed) <= HEAD + size + TAG * (size // PIECE + 1), "no more than a tag for each piece is added"


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 2 * PIECE), max_size=6))
def test_it_may_come_in_parts_of_any_size(sizes: list[int]) -> None:
    parts = [bytes([number]) * size for number, size in enumerate(sizes)]
    sealing = VAULT.sealing()
    sealed = b"".join([sealing.add(part) for part in parts]) + sealing.finish()
    assert VAULT.open(sealed) == b"".join(parts)


def pieces() -> tuple[bytes, list[bytes]]:
    sealed = VAULT.seal_mail(b"a" * PIECE + b"b" * PIECE + b"c" * 10)
    return sealed[:HEAD], [sealed[at : at + STEP] for at in range(HEAD, len(sealed), STEP)]


@pytest.mark.parametrize("order", [(0, 1), (0,), (), (1, 0, 2), (0, 0, 1, 2), (1, 2), (0, 1, 2, 2), (0, 2)])
def test_pieces_that_are_missing_moved_or_doubled_do_not_open(order: tuple[int, ...]) -> None:
    head, parts = pieces()
    with pytest.raises(Refusal):
        VAULT.open(head + b"".join(parts[number] for number in order))


def test_a_changed_bit_a_changed_salt_and_a_piece_of_another_mail_do_not_open() -> None:
    head, parts = pieces()
    other_head, other = pieces()
    for sealed in (
        head + parts[0][:-1] + bytes([parts[0][-1] ^ 1]) + parts[1] + parts[2],
        other_head + b"".join(parts),
        head + other[0] + parts[1] + parts[2],
        head + b"".join(parts) + b"x",
        head[:10],
    ):
        with pytest.raises(Refusal):
            VAULT.open(sealed)


def test_what_older_versions_sealed_is_opened() -> None:
    assert VAULT.open(Fernet(OLD).encrypt(b"words")) == b"words"


def test_the_ring_is_turned_without_sealing_anew() -> None:
    sealed = VAULT.seal_mail(b"words")
    turned = Vault([NEW, OLD])
    assert turned.open(sealed) == b"words"
    with pytest.raises(Refusal):
        VAULT.open(turned.seal_mail(b"words"))
    with pytest.raises(Refusal):
        Vault([NEW]).open(sealed)


def test_the_same_words_are_sealed_differently_each_time() -> None:
    assert VAULT.seal_mail(b"words") != VAULT.seal_mail(b"words")


def test_digests_stay_what_they_were() -> None:
    vault = Vault(["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="])
    found = vault.digest("limit", "王先生 \udce9")
    assert found.hex() == "54311419f69be537d046b0a6ad9df71098154aedfa2142ca51c0b538fa01802a"
