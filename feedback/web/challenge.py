"""What keeps programs from filling the ledger, without asking anything of a person.

With JavaScript the browser solves a small proof of work by itself (altcha, PBKDF2, about a second). Without it,
nothing is asked either; what stands in the way of a program is

- a form token: signed, issued with the form, good for one opinion and one day. Each opinion costs a page load first;
- time: a form that comes back in less than ten seconds is shown again with everything kept. A person presses once
  more and is through; a program has to wait, for each opinion;
- a field that no person sees and that programs which fill in everything fill in;
- a tighter limit: WITHOUT_PROOF opinions an hour from one address, while those with a proof are counted apart.

Solved challenges and used form tokens are remembered until they expire, so neither works twice.
"""

import functools
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import altcha
from flask import request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from feedback import spending
from feedback.config import Settings
from feedback.errors import Refusal, _
from feedback.vault import Vault
from feedback.web import limits

READING_TIME = timedelta(seconds=10)
FORM_LIFE = timedelta(days=1)
CHALLENGE_LIFE = timedelta(hours=2)
WITHOUT_PROOF = "20 per hour"
TRAP = "website"
COST = 5_000  # PBKDF2 rounds for each try
FEWEST_TRIES, MOST_TRIES = 60, 180
LONGEST_PROOF = 4096


@dataclass(frozen=True)
class FormToken:
    """One showing of a form, known to the person who was shown it and to nobody else."""

    key: str
    issued_at: datetime

    @property
    def expires_at(self) -> datetime:
        return self.issued_at + FORM_LIFE


def new_token(settings: Settings, now: datetime) -> str:
    return _signer(settings.secret_key).dumps([secrets.token_urlsafe(18), int(now.timestamp())])


def token(settings: Settings, now: datetime) -> FormToken | None:
    """The token of the form that was posted; None when it has none, a forged one, or one that is too old."""
    try:
        key, issued = _signer(settings.secret_key).loads(request.form.get("form_token", ""))
    except (BadSignature, ValueError, TypeError):
        return None
    found = FormToken(key, datetime.fromtimestamp(issued, UTC))
    return found if now < found.expires_at else None


def puzzle(settings: Settings, now: datetime) -> str:
    """A challenge for the browser, as JSON. The number of tries is bounded: no old phone works for minutes."""
    tries = FEWEST_TRIES + secrets.randbelow(MOST_TRIES - FEWEST_TRIES)
    made = altcha.create_challenge(
        algorithm="PBKDF2/SHA-256",
        cost=COST,
        counter=tries,
        expires_at=now + CHALLENGE_LIFE,
        hmac_secret=_key(settings, "challenge"),
        hmac_key_secret=_key(settings, "solution"),
    )
    return json.dumps(made.to_dict())


def require_person(settings: Settings, form: FormToken | None, now: datetime) -> str | None:
    """The mark of a solved challenge, for `spend`; None where the other way was gone or no challenge is set.

    Raises Refusal with what to do when the post may come from a program (nothing typed is lost then), and
    TooManyRequests for too many opinions without a proof. To be called outside of transactions: it counts requests.
    """
    if not settings.challenge:
        return None
    if request.form.get(TRAP):
        raise Refusal(_("Please read it once more and press send: the field that is to stay empty was filled in."))
    proof = _proof(settings)
    if proof is None:
        # Issued in the future: the clock was put right meanwhile, and nobody can wait for that hour to come.
        if form is None or timedelta(0) <= now - form.issued_at < READING_TIME:
            raise Refusal(_("Please read it once more and then press send."))
        if not limits.allow(WITHOUT_PROOF, "without-proof", limits.network()):
            raise TooManyRequests
    return proof


def _proof(settings: Settings) -> str | None:
    posted = request.form.get("altcha", "")
    if not 0 < len(posted) <= LONGEST_PROOF:
        return None
    checked = altcha.verify_solution(posted, _key(settings, "challenge"), hmac_key_secret=_key(settings, "solution"))
    return altcha.Payload.from_base64(posted).challenge.signature if checked.verified else None


def spend(session: Session, proof: str | None, now: datetime) -> None:
    """Use a solved challenge up. Raises Refusal when it was used before."""
    if proof and not spending.spend(session, "challenge", proof, until=now + CHALLENGE_LIFE):
        raise Refusal(_("Please read it once more and then press send."))


def receipt_seed(vault: Vault, form: FormToken) -> bytes:
    """Unguessable bits that are the same for the same form, so that a form sent twice leads to one receipt.

    The receipt code is made of them rather than kept anywhere: the second of two answers is the one that a browser
    shows when somebody presses twice.
    """
    return vault.digest("receipt of a form", form.key)


@functools.cache
def _signer(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="form")


def _key(settings: Settings, purpose: str) -> str:
    return f"{purpose}:{settings.secret_key}"
