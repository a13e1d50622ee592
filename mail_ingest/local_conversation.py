"""LMTP from the mail server in front of us: one answer for each recipient, and who that server had it from."""

import re

from aiosmtpd.lmtp import LMTP

from mail_ingest.conversation import Conversation
from mail_ingest.terms import Origin

# As Postfix's XFORWARD_README has it; what the server does not know it gives as [UNAVAILABLE].
XFORWARD = "250-XFORWARD NAME ADDR PROTO HELO"
ATTRIBUTE = re.compile(r"([A-Z]{1,20})=(\S{1,255})")
XTEXT = re.compile(r"\+([0-9A-F]{2})")
UNKNOWN = frozenset({"[UNAVAILABLE]", "[TEMPUNAVAIL]"})


class LocalConversation(Conversation, LMTP):
    _given: Origin | None = None

    def origin(self) -> Origin:
        """Nobody where the server in front says nothing: it is not that one which brought the message."""
        return self._given or Origin()

    async def smtp_XFORWARD(self, arg: str) -> None:  # noqa: N802 - the library's name
        """Where the next message comes from. Believed, for only the server in front can reach this port."""
        given = {name: _plain(value) for name, value in ATTRIBUTE.findall(arg or "")}
        before = self.origin()
        self._given = Origin(given.get("ADDR", before.peer), given.get("HELO", before.helo))
        await self.push("250 2.0.0 OK")

    def answer(self, reply: str) -> None:
        """One answer for each recipient, in their order (RFC 2033, section 4.2)."""
        assert self.envelope is not None
        recipients = len(self.envelope.rcpt_tos)
        self._given = None
        super().answer("\r\n".join([reply] * recipients))


def _plain(value: str) -> str:
    said = XTEXT.sub(lambda code: chr(int(code[1], 16)), value)
    return "" if said in UNKNOWN else re.sub(r"(?i)^IPV6:", "", said)
