"""Storing what a form brings: all that takes time first, then one short transaction with whoever else sends then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import intake, logs, receipts, spending, submissions
from feedback.errors import Conflict, _
from feedback.models import Opinion
from feedback.submissions import Prepared
from feedback.together import Together
from feedback.web import challenge, enclosures
from feedback.web.challenge import FormToken
from feedback.web.house import database
from feedback.web.sheet import Sheet

RECEIPT_SHOWN = timedelta(minutes=30)


@dataclass(frozen=True)
class Posted:
    """What is to be stored. `code` is the receipt code that it will have; `proof` that of a solved challenge."""

    prepared: Prepared
    code: str
    token: FormToken | None
    proof: str | None
    now: datetime


def init_app(app: Flask) -> None:
    app.extensions["storing"] = Together(app.extensions["database"], _store_all)


def store(page: Sheet, token: FormToken | None, proof: str | None, now: datetime) -> str:
    """The receipt code. A form that was sent before leads to the same one; raises Conflict when it says other things.

    Scripts that post the contract's fields only have no token: each of their posts is an opinion.
    """
    files = enclosures.adopt(page.enclosed)
    vault = database().vault
    fingerprint = page.fingerprint(vault, token) if token else None
    prepared = submissions.prepare(vault, page.submission(files, fingerprint=fingerprint, now=now))
    code = receipts.code_of(challenge.receipt_seed(vault, token)) if token else receipts.new_code()
    together: Together[Posted, str | None] = current_app.extensions["storing"]
    number = together.write(Posted(prepared, code, token, proof, now))
    if number:
        logs.mark(case=number)
    return code


def _store_all(session: Session, posts: Sequence[Posted]) -> list[str | None]:
    """The number of each case; None for a form that was sent before."""
    fresh = [posted for posted in posts if not _is_repeated(session, posted)]
    prepared, codes = [posted.prepared for posted in fresh], [posted.code for posted in fresh]
    made = intake.receive_all(session, prepared, codes=codes)
    numbers = {posted.code: receipt.number for posted, receipt in zip(fresh, made, strict=True)}
    return [numbers.get(posted.code) for posted in posts]


def _is_repeated(session: Session, posted: Posted) -> bool:
    """Whether its form was sent before, with every word the same, and the receipt may still be shown."""
    token, fingerprint = posted.token, posted.prepared.submission.fingerprint
    if token and not spending.spend(session, "form", token.key, until=token.expires_at):
        earlier = session.scalar(select(Opinion).where(Opinion.fingerprint == fingerprint))
        if earlier is not None and posted.now - earlier.received_at < RECEIPT_SHOWN:
            return True
        raise Conflict(_ALREADY_SENT)
    challenge.spend(session, posted.proof, posted.now)
    return False


_ALREADY_SENT = _(
    "This form was sent before and is registered. If you have changed it and want to send it as a further opinion, "
    "press send once more."
)
