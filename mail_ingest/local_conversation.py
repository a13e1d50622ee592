"""LMTP from the mail server in front of us: one answer for each recipient, and who that server had it from."""

import re
from dataclasses import dataclass

from aiosmtpd.lmtp import LMTP

from mail_ingest.conversation import Conversation

# As Postfix's XFORWARD_README has it; what the server does not know it gives as [UNAVAILABLE].
XFORWARD = "250-XFORWARD NAME ADDR PROTO HELO"
ATTRIBUTE = re.compile(r"([A-Z]{1,20})=(\S{1,255})")
XTEXT = re.compile(r"\+([0-9A-F]{2})")
UNKNOWN = frozenset({"[UNAVAILABLE]", "[TEMPUNAVAIL]"})


@dataclass(frozen=True)
class Origin:
    """The address that connected to the server in front, and the name that it gave itself."""

    peer: str = ""
    helo: str = ""


class LocalConversation(Conversation, LMTP):
    origin: Origin | None = None

    async def smtp_XFORWARD(self, arg: str) -> None:  # noqa: N802 - the library's name
        """Where the next message comes from. Believed, for only the server in front can reach this port."""
        given = {name: _plain(value) for name, value in ATTRIBUTE.findall(arg or "")}
        before = self.origin or Origin()
        self.origin = Origin(given.get("ADDR", before.peer), given.get("HELO", before.helo))
        await self.push("250 2.0.0 OK")

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the library's name
        try:
            await super().smtp_DATA(arg)
        finally:
            self.origin = None


def _plain(value: str) -> str:
    said = XTEXT.sub(lambda code: chr(int(code[1], 16)), value)
    return "" if said in UNKNOWN else re.sub(r"(?i)^IPV6:", "", said)


def for_each(reply: str, recipients: int) -> str:
    """The answer to DATA: LMTP wants one for each recipient, in their order (RFC 2033, section 4.2)."""
    return "\r\n".join([reply] * recipients)
