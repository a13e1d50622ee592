"""SPF, DKIM, DMARC and ARC of one message as it came in.

The checks are those of pyspf, dkimpy and authheaders. authheaders' own `authenticate_message` is not used: it cuts a
domain at its first hyphen, looks at the topmost signature only and gives SPF no resolver.
"""

import functools
import importlib.resources
from dataclasses import dataclass

import dkim
import spf
from authheaders.dmarc_lookup import DMARCException, answer_to_dict
from publicsuffix2 import PublicSuffixList

from feedback.authenticity import Authenticity, Check, Outcome
from mail_ingest import burdens
from mail_ingest.addresses import parse_mailboxes
from mail_ingest.headers import read_headers
from mail_ingest.networks import is_public
from mail_ingest.resolver import Lookup, Unanswered

# Real mail has two or three signatures; each costs a look-up and a hash of the whole body.
MOST_SIGNATURES = 5
MOST_SEALS = 10
# A name of a thousand Chinese characters, encoded, and an address.
LONGEST_FROM = 8 * 1024
# What dkimpy raises for signatures and keys that are not as they should be, besides its own exceptions.
MALFORMED = (dkim.DKIMException, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)

SPF_OUTCOMES = {
    "pass": Outcome.PASS,
    "fail": Outcome.FAIL,
    "softfail": Outcome.FAIL,
    "neutral": Outcome.NONE,
    "none": Outcome.NONE,
    "permerror": Outcome.BROKEN_RECORD,
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a message came: the address that connected, its HELO name, MAIL FROM, and the address in the From line."""

    peer: str
    helo: str
    envelope_sender: str
    header_from: str


def examine(content: bytes, arrival: Arrival, lookup: Lookup) -> Authenticity:
    """All four checks. What DNS gives no answer for is `not-checked`; no message makes this raise."""
    envelope = _spf(arrival, lookup)
    crlf = _with_crlf(content)
    if burdens.can_be_checked(crlf):
        signatures, seal = _dkim(crlf, lookup), _arc(crlf, lookup)
    else:
        signatures, seal = (Check(),), Check()
    sender, policy = _dmarc(domain_of(arrival.header_from), [envelope, *signatures], lookup)
    return Authenticity(envelope, signatures, sender, policy, seal, is_checked=True)


def header_from(content: bytes) -> str:
    """The address in the From line; empty where there is none, or more than one: then nobody can vouch for it.

    Nor for one in a line longer than any real one: made of quotation marks, it would take seconds to read.
    """
    headers, _body = read_headers(content, 0, len(content))
    lines = headers.all(b"from")
    written = parse_mailboxes(lines) if sum(map(len, lines)) <= LONGEST_FROM else ()
    return written[0].address if len(written) == 1 else ""


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].strip().rstrip(".").lower() if "@" in address else ""


def organisation(domain: str) -> str:
    """The domain that somebody registered: `mail.example.com.cn` gives `example.com.cn`."""
    # Strict, for the library takes a whole unlisted top-level domain for one organisation.
    registered = _suffixes().get_public_suffix(domain, strict=True)
    return str(registered or ".".join(domain.split(".")[-2:]))


@functools.cache
def _suffixes() -> PublicSuffixList:
    listed = importlib.resources.files("authheaders") / "public_suffix_list.txt"
    with listed.open(encoding="utf-8") as lines:
        return PublicSuffixList(lines)


def _spf(arrival: Arrival, lookup: Lookup) -> Check:
    domain = domain_of(arrival.envelope_sender) or arrival.helo.lower()
    if not is_public(arrival.peer) or "." not in domain:
        return Check()
    try:
        result = _Query(arrival, lookup).check()[0]
    except (spf.PermError, spf.TempError, ValueError, LookupError, TypeError):
        return Check(Outcome.BROKEN_RECORD, domain)
    return Check(SPF_OUTCOMES.get(result, Outcome.NOT_CHECKED), domain)


class _Query(spf.query):  # type: ignore[misc]
    """pyspf's check with our resolver in place of its own."""

    def __init__(self, arrival: Arrival, lookup: Lookup) -> None:
        super().__init__(i=arrival.peer.removeprefix("IPv6:"), s=arrival.envelope_sender, h=arrival.helo)
        self._lookup = lookup

    def dns(self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[object]:
        try:
            records = self._lookup(str(name), qtype)
        except Unanswered as error:
            raise spf.TempError("DNS") from error
        if not records and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError(f"Void lookup limit of {spf.MAX_VOID_LOOKUPS} exceeded")
        return [_as_pyspf_has_it(record, qtype) for record in records]


def _as_pyspf_has_it(record: str, kind: str) -> object:
    if kind == "TXT":
        return (record.encode("latin-1"),)
    if kind == "MX":
        preference, _space, host = record.partition(" ")
        return (int(preference), host)
    return record


class _Keys:
    """Public keys for dkimpy (name and time limit to TXT record), noting when DNS gave no answer."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self.is_unanswered = False

    def __call__(self, name: bytes, timeout: float = 0) -> bytes | None:
        try:
            records = self._lookup(name.decode("ascii"), "TXT")
        except Unanswered:
            self.is_unanswered = True
            return None
        return records[0].encode("latin-1") if records else None


def _dkim(content: bytes, lookup: Lookup) -> tuple[Check, ...]:
    """One check for each signature, the topmost first."""
    try:
        message = dkim.DKIM(content)
    except MALFORMED:
        return ()
    signatures = burdens.signature_headers(message.headers, b"dkim-signature")
    return tuple(
        _signature(message, place, lookup) if burdens.is_light(header) else Check()
        for place, header in enumerate(signatures[:MOST_SIGNATURES])
    )


def _signature(message: dkim.DKIM, place: int, lookup: Lookup) -> Check:
    keys = _Keys(lookup)
    message.signature_fields = {}
    try:
        holds = message.verify(idx=place, dnsfunc=keys)
    except dkim.ValidationError:
        holds = False
    except NameError:  # dkimpy without the library for elliptic curves
        return Check(Outcome.NOT_CHECKED, _signer(message))
    except MALFORMED:
        return Check(Outcome.NOT_CHECKED if keys.is_unanswered else Outcome.BROKEN_RECORD, _signer(message))
    if keys.is_unanswered:
        return Check(Outcome.NOT_CHECKED, _signer(message))
    # With l= anybody may write on below the signed part; what is read might not be what was signed.
    is_whole = b"l" not in message.signature_fields
    return Check(Outcome.PASS if holds and is_whole else Outcome.FAIL, _signer(message))


def _signer(message: dkim.DKIM) -> str:
    return str(message.signature_fields.get(b"d", b"").decode("ascii", "replace").lower())


def _arc(content: bytes, lookup: Lookup) -> Check:
    keys = _Keys(lookup)
    try:
        chain = dkim.ARC(content)
        seals = burdens.signature_headers(chain.headers, *dkim.ARC.ARC_HEADERS)
        if len(seals) > 3 * MOST_SEALS or not all(burdens.is_light(header) for header in seals):
            return Check()
        verdict, sets, _comment = chain.verify(dnsfunc=keys)
    except (*MALFORMED, NameError):
        return Check(Outcome.BROKEN_RECORD)
    sealer = sets[0].get("as-domain", b"").decode("ascii", "replace").lower() if sets else ""
    if keys.is_unanswered:
        return Check(Outcome.NOT_CHECKED, sealer)
    outcomes = {dkim.CV_Pass: Outcome.PASS, dkim.CV_None: Outcome.NONE}
    return Check(outcomes.get(verdict, Outcome.FAIL), sealer)


def _dmarc(domain: str, vouchers: list[Check], lookup: Lookup) -> tuple[Check, str]:
    """Whether one that vouches is of the From's own organisation, and what its owner asks for where none is."""
    if "." not in domain:
        return Check(), ""
    try:
        rule, is_own = _rule(domain, lookup)
    except Unanswered:
        return Check(Outcome.NOT_CHECKED, domain), ""
    except DMARCException:
        return Check(Outcome.BROKEN_RECORD, domain), ""
    if not rule.get("p"):
        return Check(Outcome.NONE, domain), ""
    spf_check, *signatures = vouchers
    is_vouched = _is_aligned(spf_check, domain, rule.get("aspf", "r")) or any(
        _is_aligned(one, domain, rule.get("adkim", "r")) for one in signatures
    )
    policy = rule["p"] if is_own else rule.get("sp", rule["p"])
    if is_vouched:
        return Check(Outcome.PASS, domain), policy
    undecided = any(one.outcome is Outcome.NOT_CHECKED for one in vouchers)
    return Check(Outcome.NOT_CHECKED if undecided else Outcome.FAIL, domain), policy


def _rule(domain: str, lookup: Lookup) -> tuple[dict[str, str], bool]:
    """The DMARC record of a domain or of its organisation, and whether it is the domain's own."""
    for holder in dict.fromkeys((domain, organisation(domain))):
        records = [text for text in lookup(f"_dmarc.{holder}", "TXT") if text.startswith("v=DMARC1")]
        if len(records) == 1:
            return answer_to_dict(records[0]), holder == domain
    return {}, True


def _is_aligned(check: Check, domain: str, mode: str) -> bool:
    if check.outcome is not Outcome.PASS:
        return False
    return check.domain == domain if mode == "s" else organisation(check.domain) == organisation(domain)


def _with_crlf(content: bytes) -> bytes:
    """Signatures are made over CR LF; a mailbox on disk has bare LF."""
    return content if b"\r\n" in content[: burdens.LONGEST_HEADER] else content.replace(b"\n", b"\r\n")
