"""How much mail one sender may bring in an hour. What is over is told to come again later; nothing is lost by it.

A sender is counted apart for each network that it comes from: whoever forges its address uses up no share of it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from feedback import counters, forwarders
from feedback.config import Settings
from feedback.db import Database
from feedback.mailroom import Envelope
from mail_ingest.networks import is_public, network_of

WINDOW = timedelta(hours=1)
# Far more than any person writes; a campaign comes from many addresses, a broken program from one.
MOST_OF_ENVELOPE_SENDER = 1000
MOST_OF_AUTHOR = 500
MOST_OF_PEER = 5000


def admitted(
    connection: Connection, database: Database, brought: Sequence[tuple[Envelope, str]], *, now: datetime
) -> list[bool]:
    """Whether there is room for each of these messages, told by its envelope and its author; counts those it has.

    What is refused is not counted: who waits gets through.
    """
    if not database.settings.ratelimit:
        return [True] * len(brought)
    shares = [_shares(database.settings, envelope, author.lower()) for envelope, author in brought]
    asked = Counter(name for of_one in shares for name, _most in of_one)
    hits = counters.count_all(connection, database.vault, asked, WINDOW, now=now) if asked else {}
    # Those of this batch are asked in their order, as if each had come alone.
    counted = Counter({name: hits[name] - asked[name] for name in asked})
    answers = []
    for of_one in shares:
        has_room = all(counted[name] < most for name, most in of_one)
        if has_room:
            counted.update(name for name, _most in of_one)
        answers.append(has_room)
    refused = {name: counted[name] - hits[name] for name in asked if hits[name] > counted[name]}
    if refused:
        counters.count_all(connection, database.vault, refused, WINDOW, now=now)
    return answers


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
