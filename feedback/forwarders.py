"""Our own mailboxes that pass mail on: the published one, a clerk's. Trusted apart from whoever wrote the mail."""

from feedback.authenticity import Authenticity, Outcome
from feedback.config import Settings


def is_ours(settings: Settings, address: str) -> bool:
    """Whether an address is one of FEEDBACK_FORWARDERS: named in full, or by its domain."""
    folded = address.strip().lower()
    domain = folded.rpartition("@")[2]
    return bool(domain) and any(listed.removeprefix("@") in (folded, domain) for listed in settings.forwarders)


def path_holds(found: Authenticity) -> bool:
    """Whether a signature or the sending server shows that the sender line is genuine (aligned, as DMARC says)."""
    domain = found.dmarc.domain
    if not domain:
        return False
    if found.dmarc.outcome is Outcome.PASS:
        return True
    return any(
        check.outcome is Outcome.PASS and (check.domain == domain or domain.endswith(f".{check.domain}"))
        for check in (found.spf, *found.dkim)
        if "." in check.domain
    )


def are_never_told(settings: Settings) -> frozenset[str]:
    """Addresses that get no acknowledgement: those that mail comes in or is passed on by, and our own."""
    named = {listed for listed in settings.forwarders if "@" in listed.lstrip("@")}
    return frozenset({*named, *settings.smtp_recipients, settings.mail_from.strip().lower()})
