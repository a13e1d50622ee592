"""How much mail one sender may bring in an hour. What is over is told to come again later; nothing is lost by it.

A sender is counted apart for each network that it comes from: whoever forges its address uses up no share of it.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feedback import counters, forwarders
from feedback.config import Settings
from feedback.mailroom import Envelope
from mail_ingest.networks import is_public, network_of

WINDOW = timedelta(hours=1)
# Far more than any person writes; a campaign comes from many addresses, a broken program from one.
MOST_OF_ENVELOPE_SENDER = 1000
MOST_OF_AUTHOR = 500
MOST_OF_PEER = 5000


class Flood(Exception):
    """A sender has brought more than its share in this hour."""


def require_room(session: Session, settings: Settings, envelope: Envelope, author: str, *, now: datetime) -> None:
    """Count a message for all who brought it; raises Flood where one of them is over its share.

    Then the transaction is rolled back, and what was refused is not counted: who waits gets through.
    """
    if not settings.ratelimit:
        return
    for name, most in _shares(settings, envelope, author.lower()):
        if counters.count(session, f"mail {name}", WINDOW, now=now) > most:
            raise Flood


def _shares(settings: Settings, envelope: Envelope, author: str) -> list[tuple[str, int]]:
    sender, network = envelope.sender.lower(), network_of(envelope.peer)
    shares = []
    if sender and not forwarders.is_ours(settings, sender):
        shares.append((f"sender {sender} from {network}", MOST_OF_ENVELOPE_SENDER))
    if author and not forwarders.is_ours(settings, author):
        shares.append((f"author {author} from {network}", MOST_OF_AUTHOR))
    # A server of our own network passes on what others have sent to it.
    if is_public(envelope.peer) and envelope.peer not in settings.forwarders:
        shares.append((f"peer {network}", MOST_OF_PEER))
    return shares
