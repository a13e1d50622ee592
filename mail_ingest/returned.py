"""Mail of ours that came back: which one, and with what status (RFC 3464, and what providers write instead)."""

import re
from collections.abc import Iterator

from feedback.config import Settings
from mail_ingest.parsed import ParsedMail

_ACTION = re.compile(r"^Action:[ \t]*([a-z-]+)", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"^Status:[ \t]*([245]\.\d{1,3}\.\d{1,3})", re.IGNORECASE | re.MULTILINE)
_DELIVERED = frozenset({"delayed", "delivered", "relayed", "expanded"})
_LARGEST = 512 * 1024
_MOST_IDS = 50


def returned(mail: ParsedMail, content: bytes, settings: Settings) -> tuple[list[str], str]:
    """The Message-IDs of ours that a bounce names, and its status code; none where nothing has failed."""
    if mail.automatic != "bounce":
        return [], ""
    texts = list(_texts(mail, content))
    actions = {action.lower() for text in texts for action in _ACTION.findall(text)}
    if actions and actions <= _DELIVERED:
        return [], ""
    domain = re.escape(settings.mail_from.rpartition("@")[2])
    ours = re.compile(rf"<[0-9a-f]{{32}}@{domain}>")
    named = [*mail.in_reply_to, *mail.references, *(found for text in texts for found in ours.findall(text))]
    status = next((found for text in texts for found in _STATUS.findall(text)), "")
    return [one for one in dict.fromkeys(named) if ours.fullmatch(one)][:_MOST_IDS], status


def _texts(mail: ParsedMail, content: bytes) -> Iterator[str]:
    """Everywhere a mail server may put the headers of what it returns."""
    yield mail.text[:_LARGEST]
    yield content[:_LARGEST].decode("latin-1").replace("\r\n", "\n")
    for file in mail.attachments:
        yield file.content[:_LARGEST].decode("latin-1").replace("\r\n", "\n")
