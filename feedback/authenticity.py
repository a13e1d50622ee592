"""Who vouches for a mail: what SPF, DKIM, DMARC and ARC said when it came in, kept beside it and put in words.

Nothing here decides: a failed check is told to staff, and no mail is refused, hidden or delayed for it.
"""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from feedback.errors import _


class Outcome(StrEnum):
    """What one check said. `not-checked`: switched off, no network, or nothing that it could be held against."""

    PASS = "pass"  # noqa: S105 - the word of the standards
    FAIL = "fail"
    NONE = "none"
    BROKEN_RECORD = "broken-record"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Check:
    """`domain`: the one that vouches (or does not): the signer's, the envelope's, the From's, the last sealer's."""

    outcome: Outcome = Outcome.NOT_CHECKED
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Authenticity:
    """The four checks of one message; `dkim` has one entry for each signature, the topmost first.

    `policy` is what the From's domain asks for on failure (DMARC p=: none, quarantine, reject), else empty.
    """

    spf: Check = Check()
    dkim: tuple[Check, ...] = ()
    dmarc: Check = Check()
    policy: str = ""
    arc: Check = Check()
    is_checked: bool = False

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        spf, dmarc, arc = (_check(kept[name]) for name in ("spf", "dmarc", "arc"))
        dkim = tuple(_check(one) for one in kept["dkim"])
        return cls(spf, dkim, dmarc, kept["policy"], arc, kept["is_checked"])

    def sentences(self) -> list[tuple[str, dict[str, str]]]:
        """What staff read: sentences for the catalogue, each with the values of its places."""
        if not self.is_checked:
            return [(_("Signatures and sending servers were not checked."), {})]
        said = [(SPF_WORDS, self.spf), *((DKIM_WORDS, one) for one in self.dkim or (Check(Outcome.NONE),))]
        said += [(DMARC_WORDS, self.dmarc), (ARC_WORDS, self.arc)]
        return [(words[check.outcome], {"domain": check.domain}) for words, check in said]


SPF_WORDS = {
    Outcome.PASS: _("SPF: the sending server may send for %(domain)s."),
    Outcome.FAIL: _("SPF: the sending server is not one of %(domain)s; forwarded mail often looks like this."),
    Outcome.NONE: _("SPF: %(domain)s does not say which servers may send for it."),
    Outcome.BROKEN_RECORD: _("SPF: what %(domain)s publishes about its servers cannot be read."),
    Outcome.NOT_CHECKED: _("SPF: the sending server was not checked."),
}
DKIM_WORDS = {
    Outcome.PASS: _("DKIM: the signature of %(domain)s holds."),
    Outcome.FAIL: _("DKIM: the signature of %(domain)s does not hold; the message was changed or not signed by it."),
    Outcome.NONE: _("DKIM: the message is not signed."),
    Outcome.BROKEN_RECORD: _("DKIM: the signature of %(domain)s cannot be read."),
    Outcome.NOT_CHECKED: _("DKIM: the signature was not checked."),
}
DMARC_WORDS = {
    Outcome.PASS: _("DMARC: %(domain)s stands behind the sender's address."),
    Outcome.FAIL: _("DMARC: nothing shows that the sender's address at %(domain)s is genuine."),
    Outcome.NONE: _("DMARC: %(domain)s gives no rule about its addresses."),
    Outcome.BROKEN_RECORD: _("DMARC: the rule that %(domain)s gives about its addresses cannot be read."),
    Outcome.NOT_CHECKED: _("DMARC: the sender's address was not checked."),
}
ARC_WORDS = {
    Outcome.PASS: _("ARC: the chain of those who passed the message on holds; the last seal is that of %(domain)s."),
    Outcome.FAIL: _("ARC: the chain of those who passed the message on is broken."),
    Outcome.NONE: _("ARC: those who passed the message on left no seal."),
    Outcome.BROKEN_RECORD: _("ARC: the seals of those who passed the message on cannot be read."),
    Outcome.NOT_CHECKED: _("ARC: the seals of those who passed the message on were not checked."),
}


def _check(kept: dict[str, str]) -> Check:
    return Check(Outcome(kept["outcome"]), kept["domain"])
