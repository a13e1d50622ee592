"""Who wrote, as keyed digests: the index can be asked for a name or a number by who holds the identity key alone.

Of a phone number the last four and the last eight digits and the whole are kept, of a name the whole and its pairs of
signs, of an e-mail address the whole. Whatever they find is opened and compared before it counts.
"""

import itertools

from feedback.identity import Author, comparable_phone
from feedback.search.folding import folded
from feedback.vault import Vault

ENDS = (4, 8)
SHORTEST_NAME = 2
# Of 32 bytes the first five: the same ones for two values are as rare as they need be, and are found out.
_KEPT = 5
# Base 32, two signs at a time.
_PAIRS = [first + second for first, second in itertools.product("abcdefghijklmnopqrstuvwxyz234567", repeat=2)]


def digests(vault: Vault, author: Author | None) -> frozenset[str]:
    """Under what `author` is found."""
    if author is None:
        return frozenset()
    name, digits = folded(author.name), phone_digits(author.phone)
    values = (
        {("name", name), *(("pair of a name", pair) for pair in _pairs(name))}
        if len(name) >= SHORTEST_NAME
        else set()
    )
    values |= {("end of a phone", digits[-length:]) for length in ENDS if len(digits) >= length}
    values |= {("phone", digits)} if digits else set()
    values |= {("email", email)} if (email := author.email.strip().lower()) else set()
    return frozenset(_digest(vault, *value) for value in values)


def asked(vault: Vault, query: str) -> list[str]:
    """What to ask the index for; empty for less than the last four digits of a number or two signs of a name."""
    if "@" in query:
        return [_digest(vault, "email", query.strip().lower())]
    digits = phone_digits(query)
    if digits:
        fitting = [length for length in ENDS if length <= len(digits)]
        return [_digest(vault, "end of a phone", digits[-fitting[-1] :])] if fitting else []
    return [_digest(vault, "pair of a name", pair) for pair in _pairs(folded(query))]


def fits(query: str, author: Author) -> bool:
    """Whether `author` is whom `query` asks for."""
    if "@" in query:
        return query.strip().lower() == author.email.strip().lower()
    if digits := phone_digits(query):
        return phone_digits(author.phone).endswith(digits)
    return folded(query) in folded(author.name)


def phone_digits(phone: str) -> str:
    """The digits of a number as it is dialled inside China; empty for what is no number."""
    compared = comparable_phone(phone) if any(sign.isdigit() for sign in phone) else ""
    return "".join(sign for sign in compared.removeprefix("+86") if sign.isdigit())


def _pairs(name: str) -> list[str]:
    return [name[at : at + 2] for at in range(len(name) - 1)]


def _digest(vault: Vault, purpose: str, value: str) -> str:
    """Eight lower-case letters and digits: longer than any shingle of a text, so that none is taken for the other."""
    number = int.from_bytes(vault.digest(purpose, value)[:_KEPT])
    return "".join([_PAIRS[number >> bits & 1023] for bits in (30, 20, 10, 0)])
