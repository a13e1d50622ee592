"""DNS for the checks of one message: all look-ups together within one time limit."""

import time
from collections.abc import Callable

import dns.exception
import dns.rdatatype
import dns.resolver

# Name and record type (TXT, A, AAAA, MX, PTR) to records in text: a TXT record with one character for each of its
# bytes, an MX as "10 mx.example.com". No record is an empty list. Raises Unanswered.
Lookup = Callable[[str, str], list[str]]


class Unanswered(Exception):
    """DNS gave no answer in time, or there is none to ask."""


class Resolver:
    """The system's DNS servers. `seconds` after the first question nothing is asked any more."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline: float | None = None
        self._answers: dict[tuple[str, str], list[str]] = {}

    def __call__(self, name: str, kind: str) -> list[str]:
        question = (name.rstrip(".").lower(), kind)
        if question not in self._answers:
            self._answers[question] = self._ask(*question)
        return self._answers[question]

    def _ask(self, name: str, kind: str) -> list[str]:
        now = time.monotonic()
        self._deadline = self._deadline or now + self._seconds
        left = self._deadline - now
        if left <= 0:
            raise Unanswered("time is up")
        try:
            answer = dns.resolver.resolve(name, kind, lifetime=left, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.LabelTooLong, dns.name.EmptyLabel):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            # Without a network each further question would take its full time: they would not fare better.
            self._deadline = now
            raise Unanswered(type(error).__name__) from error
        return [_text(record, kind) for record in answer]


def _text(record: dns.rdata.Rdata, kind: str) -> str:
    if kind == "TXT":
        return b"".join(record.strings).decode("latin-1")  # type: ignore[attr-defined]
    return record.to_text().rstrip(".")
