"""Reply tokens: the short sign in the subject of each mail of ours by which an e-mail reply finds its case."""

import re
import secrets
from collections.abc import Iterable, Iterator

from feedback import receipts
from feedback.errors import NotFound
from feedback.folding import compatible
from feedback.vault import Vault

# 36 bits: it counts only together with a second fact, and each guess is a mail of its own.
LENGTH = 9
MOST_CANDIDATES = 20
_SIGN = f"[{receipts.ALPHABET}]"
_GROUPED = re.compile(rf"(?<![0-9A-Z-]){_SIGN}{{3}}-{_SIGN}{{3}}-{_SIGN}{{3}}(?![0-9A-Z-])")
_RECEIPT = re.compile(rf"(?<![0-9A-Z])(?:{_SIGN}{{3}}[-\s]?){{6}}{_SIGN}{{3}}(?![0-9A-Z])")
# intake+ABCDEFGHJ@…: the part that most mail servers leave to the owner of the mailbox (RFC 5233).
_DETAIL = re.compile(r"^[^@+]{1,64}\+([^@+]{1,64})@")
LONGEST_SUBJECT = 1_000


def token_of(vault: Vault, message_id: str) -> str:
    """The token of the mail that we sent under this Message-ID, in groups: nobody without the key can make it."""
    digest = vault.digest("reply-token", message_id)
    signs = "".join(receipts.ALPHABET[octet % len(receipts.ALPHABET)] for octet in digest[:LENGTH])
    return receipts.grouped(signs)


def digest(vault: Vault, token: str) -> bytes:
    """What is stored of a token."""
    return vault.digest("reply-token-look-up", "".join(token.split("-")))


def marked(subject: str, token: str) -> str:
    return f"{subject} 〔回音 {token}〕"


def new_message_id(domain: str) -> str:
    """One that nobody can guess: knowing it is having had the mail."""
    return f"<{secrets.token_hex(16)}@{domain}>"


def tokens_in(subjects: Iterable[str], addresses: Iterable[str]) -> list[str]:
    """Everything in subjects and recipient addresses that has the form of a token."""
    found = [token for subject in subjects for token in _GROUPED.findall(_folded(subject))]
    found += [detail for detail in _details(addresses) if len(detail) == LENGTH]
    return list(dict.fromkeys(found))[:MOST_CANDIDATES]


def codes_in(subjects: Iterable[str], addresses: Iterable[str]) -> list[str]:
    """Every receipt code in subjects and recipient addresses; its check character holds."""
    written = [code for subject in subjects for code in _RECEIPT.findall(_folded(subject))]
    return list(dict.fromkeys(_valid([*written, *_details(addresses)])))[:MOST_CANDIDATES]


def is_ours(detail: str) -> bool:
    """Whether the part of an address behind the plus could be a token or a receipt code."""
    signs = "".join(sign for sign in _folded(detail) if sign.isalnum())
    return (len(signs) == LENGTH and set(signs) <= set(receipts.ALPHABET)) or bool(list(_valid([signs])))


def without_detail(address: str) -> str:
    """`intake@…` for `intake+ABCDEFGHJ@…`, where what follows the plus could be one of our signs; else as it is."""
    found = _DETAIL.match(address)
    return address.replace(f"+{found[1]}", "", 1) if found and is_ours(found[1]) else address


def masked(text: str) -> str:
    """`text` without receipt codes, for staff to read: the code is the writer's alone."""
    return _RECEIPT.sub("＊＊＊", text)


def _details(addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        found = _DETAIL.match(address)
        if found:
            yield "".join(sign for sign in _folded(found[1]) if sign.isalnum())


def _valid(written: Iterable[str]) -> Iterator[str]:
    for code in written:
        try:
            yield receipts.normalised(code)
        except NotFound:
            continue


def _folded(text: str) -> str:
    return compatible(text[:LONGEST_SUBJECT]).upper()
