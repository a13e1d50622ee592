"""Submissions: what an edge hands over to intake, and all of it that can be made ready before the transaction."""

import dataclasses
import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from feedback import identity, search, spam
from feedback.errors import Refusal, _
from feedback.folding import compatible
from feedback.identity import Author, SealedAuthor
from feedback.models import GENERAL, Channel, Kind, ReplyBy, Staff
from feedback.vault import Vault

MESSAGE_ID = "message-id"


@dataclass(frozen=True)
class StoredFile:
    """A file that already lies in the file store, as it is to be listed with an opinion."""

    filename: str
    content_type: str
    size: int
    sha256: str
    is_inline: bool = False


@dataclass(frozen=True)
class Submission:
    """What an edge hands over: the same value for every channel."""

    channel: Channel
    text: str
    received_at: datetime
    item: str = GENERAL
    kind: Kind = Kind.SUGGESTION
    subject: str = ""
    author: Author | None = None
    reply_by: ReplyBy = ReplyBy.TRACK
    attachments: tuple[StoredFile, ...] = ()
    # A clerk's own: who entered it, and when, where that is later than it came.
    recorded_by: Staff | None = None
    recorded_at: datetime | None = None
    raw_message_id: int | None = None
    fingerprint: bytes | None = None
    message_id: str | None = None
    html: str = ""
    imported_id: str | None = None
    postmarked_on: date | None = None
    has_envelope_remark: bool | None = None
    suspicion: tuple[spam.Signal, ...] = ()
    # What its history is to tell of it besides, as field and value: see feedback.ledger_import.
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def says_anything(self) -> bool:
        return bool(self.text.strip() or self.subject.strip() or self.attachments)


@dataclass(frozen=True)
class Prepared:
    """A submission with all that takes time: cleaned, hashed, cut up for the search and sealed, and found to say
    something.
    """

    submission: Submission
    shingles: str
    text_digest: bytes | None
    message_digest: bytes | None
    sealed_message_id: bytes | None
    sealed_html: bytes | None
    author: SealedAuthor | None


def prepare(vault: Vault, submission: Submission) -> Prepared:
    """Before the transaction, which others wait for. Raises Refusal for an empty submission."""
    submission = _storable(submission)
    _require_words(submission)
    message_id = submission.message_id
    filenames = [file.filename for file in submission.attachments]
    author = submission.author
    return Prepared(
        submission=submission,
        shingles=search.words_of_opinion(vault, submission.subject.strip(), submission.text, filenames, author),
        text_digest=text_digest(submission.text),
        message_digest=message_digest(vault, message_id) if message_id else None,
        sealed_message_id=vault.seal(message_id.encode()) if message_id else None,
        sealed_html=vault.seal(submission.html.encode()) if submission.html else None,
        author=identity.sealed(vault, author),
    )


def message_digest(vault: Vault, message_id: str) -> bytes:
    """What a reply's References are compared with."""
    return vault.digest(MESSAGE_ID, message_id)


def text_digest(text: str) -> bytes | None:
    """The same for the same words, whatever their spacing, width and case; None for no words."""
    folded = "".join(compatible(text).casefold().split())
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).digest() if folded else None


def _require_words(submission: Submission) -> None:
    if not submission.says_anything:
        raise Refusal(_("Please write your opinion."), field="text")


def _storable(submission: Submission) -> Submission:
    """Without zero signs: PostgreSQL takes none, and a letter must not wait for ever because of one."""

    def clean(words: str) -> str:
        return words.replace("\0", "")

    names = (name for file in submission.attachments for name in (file.filename, file.content_type))
    if not any("\0" in words for words in (submission.subject, submission.text, submission.message_id or "", *names)):
        return submission
    return dataclasses.replace(
        submission,
        subject=clean(submission.subject),
        text=clean(submission.text),
        message_id=clean(submission.message_id) if submission.message_id else None,
        attachments=tuple(
            dataclasses.replace(file, filename=clean(file.filename), content_type=clean(file.content_type))
            for file in submission.attachments
        ),
    )
