"""Sealing and opening a resident's personal data."""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from feedback import db, history, rights
from feedback.errors import NotFound, _
from feedback.models import Action, Identity, Opinion, Staff
from feedback.vault import Vault

# As most people write theirs. The library says the same of it, in fifty times as long.
MOBILE = re.compile("1(?:[3-689][0-9]|7[0-8])[0-9]{8}")


@dataclass(frozen=True)
class Author:
    """Who wrote, as far as they said so. All empty is anonymous."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""

    @property
    def given(self) -> list[str]:
        return [field for field, value in vars(self).items() if value.strip()]


@dataclass(frozen=True)
class SealedAuthor:
    """What is stored of an author."""

    sealed: bytes
    given: list[str]
    phone_digest: bytes | None
    email_digest: bytes | None


def sealed(vault: Vault, author: Author | None) -> SealedAuthor | None:
    """None for an anonymous one. Takes time: before the transaction, where others wait for it."""
    if author is None or not (given := author.given):
        return None
    return SealedAuthor(
        sealed=vault.seal(json.dumps(vars(author), ensure_ascii=False).encode()),
        given=given,
        phone_digest=vault.digest("phone", comparable_phone(author.phone)) if author.phone.strip() else None,
        email_digest=vault.digest("email", author.email.strip().lower()) if author.email.strip() else None,
    )


@dataclass(frozen=True)
class Addressee:
    """What of a stored identity lies open: enough to write to them without knowing who it is."""

    id: int
    given: list[str]
    email_digest: bytes | None


def add_all(session: Session, authors: Sequence[SealedAuthor | None]) -> list[Addressee | None]:
    """Write the authors down together; None for an anonymous one."""
    named = [author for author in authors if author is not None]
    keys = iter(db.add_keyed_rows(session, Identity, [vars(author) for author in named], told_by="sealed"))
    return [Addressee(next(keys), author.given, author.email_digest) if author else None for author in authors]


def seal(session: Session, author: Author | None) -> Identity | None:
    """A new row with the sealed author, or None for an anonymous one."""
    (made,) = add_all(session, [sealed(db.vault(session), author)])
    return session.get_one(Identity, made.id) if made else None


def unseal(session: Session, row: Identity) -> Author:
    """The author in a row, without a word in the history: for sending an answer and for recorded exports only."""
    return Author(**json.loads(db.vault(session).open(row.sealed)))


def open_identity(session: Session, opinion: Opinion, *, by: Staff, reason: str, now: datetime) -> Author:
    """Who wrote `opinion`, shown to one clerk for a reason that stays in the history.

    Raises NotAllowed without the right, Refusal without a reason, NotFound for an anonymous opinion.
    """
    rights.require(by, rights.Right.OPEN_IDENTITY)
    why = history.reason(reason)
    writer = opinion.writer
    if writer is None:
        raise NotFound(_("This opinion was given anonymously."))
    history.record(session, Action.IDENTITY_OPENED, case_id=opinion.case_id, staff=by, note=why, now=now)
    return unseal(session, writer)


def comparable_phone(phone: str) -> str:
    """The number in E.164 where it is one of China's or an international one, else its digits alone."""
    if MOBILE.fullmatch(phone):
        return f"+86{phone}"
    import phonenumbers  # with the first number: it takes long to load

    folded = unicodedata.normalize("NFKC", phone)
    try:
        number = phonenumbers.parse(folded, "CN")
    except phonenumbers.NumberParseException:
        return "".join(sign for sign in folded if sign.isdigit())
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
