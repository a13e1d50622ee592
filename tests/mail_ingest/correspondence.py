"""A writer and the office in correspondence: the first mail, our acknowledgement of it, and what may follow."""

import re
from dataclasses import dataclass
from email.message import EmailMessage

import sqlalchemy as sa

from feedback import outbox
from feedback.db import Database
from feedback.models import Case, Opinion, Outgoing, OutgoingKind
from tests.mail_ingest import doors
from tests.mail_ingest.doors import Door

FIRST = "<first@example.com>"
STRANGER = "stranger@example.net"


@dataclass(frozen=True)
class Acknowledged:
    """What the writer holds in hands: our mail, the code in it, and the token in its subject."""

    case: Case
    mail: Outgoing
    message: EmailMessage
    code: str

    @property
    def token(self) -> str:
        return str(self.message["Subject"]).rpartition("回音 ")[2].rstrip("〕")


def begun(door: Door, database: Database, **headers: str) -> Acknowledged:
    """One opinion has come in by mail, and its writer has the acknowledgement."""
    assert door.send(doors.message(**{"Message_ID": FIRST, **headers}))[0] == 250
    return acknowledged(database)


def acknowledged(database: Database) -> Acknowledged:
    """The latest acknowledgement."""
    with database.reading() as session:
        chosen = sa.select(Outgoing).where(Outgoing.kind == OutgoingKind.ACKNOWLEDGEMENT).order_by(Outgoing.id.desc())
        mail = session.scalars(chosen).first()
        assert mail is not None
        found = re.search(r"[2-9HKLMTWXY]{3}(?:-[2-9HKLMTWXY]{3}){6}", outbox.text(session, mail))
        assert found
        return Acknowledged(session.get_one(Case, mail.case_id), mail, outbox.compose(session, mail), found[0])


def sequences(database: Database) -> list[tuple[int, int]]:
    """Case and place of every opinion, in order of arrival."""
    with database.reading() as session:
        return [
            (opinion.case_id, opinion.sequence)
            for opinion in session.scalars(sa.select(Opinion).order_by(Opinion.id))
        ]


def outgoing(database: Database) -> list[Outgoing]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Outgoing).order_by(Outgoing.id)))
