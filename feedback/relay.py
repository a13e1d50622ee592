"""The mail server that takes our outgoing mail."""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

SECONDS = 60
PERMANENT = 500


def send(url: str, message: EmailMessage) -> None:
    """Hand `message` to the relay. Raises smtplib.SMTPException or OSError."""
    with opened(url) as door:
        door.send_message(message)


@contextlib.contextmanager
def opened(url: str, seconds: float = SECONDS) -> Iterator[smtplib.SMTP]:
    """The relay at `smtp://` or `smtps://user:password@host:port`, greeted and signed in at.

    STARTTLS is used where the relay offers it. A password is sent only to a relay that has proved its name; without
    one any encryption is better than none, as between mail servers. Raises smtplib.SMTPException or OSError.
    """
    parts = urlsplit(url)
    host, needs_proof = parts.hostname or "", parts.scheme == "smtps" or bool(parts.username)
    if parts.scheme == "smtps":
        door: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=seconds, context=_context(needs_proof))
    else:
        door = smtplib.SMTP(host, parts.port or 25, timeout=seconds)
    with door:
        door.ehlo()
        if parts.scheme == "smtp" and door.has_extn("starttls"):
            door.starttls(context=_context(needs_proof))
        if parts.username:
            _sign_in(door, unquote(parts.username), unquote(parts.password or ""))
        yield door


def _context(needs_proof: bool) -> ssl.SSLContext:
    """Made only where it is used: reading all certificates takes longer than handing a mail over."""
    context = ssl.create_default_context()
    if not needs_proof:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _sign_in(door: smtplib.SMTP, user: str, password: str) -> None:
    if not isinstance(door.sock, ssl.SSLSocket):
        raise smtplib.SMTPNotSupportedError("the relay offers no encryption, so the password is not sent")
    door.login(user, password)


def reason_of(error: Exception) -> str:
    """The name of an error with its SMTP code; the server's own words may name the recipient."""
    code = _code(error)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def is_final(error: Exception) -> bool:
    """Whether this recipient or this message is refused for good. A fault of our own set-up is worth another try."""
    refused = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return refused and _code(error) >= PERMANENT


def is_no_address(error: Exception) -> bool:
    """Whether the relay says that there is no such mailbox (5.1.x, RFC 3463), and not that it dislikes us."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return any(code >= PERMANENT and words.startswith(b"5.1.") for code, words in error.recipients.values())


def _code(error: Exception) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((code for code, _words in error.recipients.values()), 0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
