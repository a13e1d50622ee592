"""Adding the signals up, and saying in words what was found."""

import functools
import importlib.resources
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.errors import _
from feedback.folding import compatible
from feedback.spam import signals
from feedback.spam.letter import Letter

MARKED_FROM = 5.0
# Enough to know an advertisement by; a letter of a hundred pages is not read through for it.
READ_LENGTH = 20_000
# Not met in the words: who kept the ledger that it was imported from said so.
IN_LEDGER = "ledger"
_FILLER, _CHINESE = r"[\s·•.。*_\-~|/\\★☆◆◇■□●○]", "[\u3400-\u9fff]"
# Begins with the filler itself: what is looked for after looking back is not found as fast.
FILLERS_IN_CHINESE = re.compile(f"{_FILLER}(?<={_CHINESE}{_FILLER}){_FILLER}*+(?={_CHINESE})")

SENTENCES = {
    "loans": _("Offers loans"),
    "invoices": _("Offers invoices for sale"),
    "contact": _("Asks to be called or added as a contact for an offer"),
    "trade": _("Buys or sells goods"),
    "earnings": _("Promises earnings or a franchise"),
    "gambling": _("Offers gambling or tips for the stock market"),
    "cures": _("Promises a cure or a better body"),
    "courses": _("Offers courses"),
    "awards": _("Invites to a paid award or conference"),
    "publicity": _("Offers advertising or addresses"),
    "papers": _("Offers theses, seals or certificates"),
    "adult": _("Offers adult contacts"),
    "phishing": _("Wants one to sign in or to claim money somewhere"),
    "abroad": _("Wording of advertising mail in English"),
    "resident": _("Speaks of matters of the residents"),
    "program": _("A program is attached"),
    "false-link": _("A link says one site and leads to another"),
    "many-links": _("Many links and few words"),
    "picture-only": _("A picture from elsewhere in place of words"),
    "no-chinese": _("Not a word of Chinese"),
    "bulk": _("Sent as a mass mailing, to nobody by name"),
    "forged": _("The sender's domain does not stand behind this mail and asks to reject it"),
    IN_LEDGER: _("The ledger that it was imported from calls it spam"),
}


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that was met, and how much it weighs; below zero it speaks against advertising."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of phrase of the list."""

    weight: float
    name: str
    pattern: re.Pattern[str]


def judge(letter: Letter) -> list[Signal]:
    """Every signal that is met, the heaviest first."""
    words = f"{_comparable(letter.subject)}\n{_comparable(letter.text)}"
    met = signals.weights(letter)
    for turn in turns():
        if turn.pattern.search(words):
            met[turn.name] = met.get(turn.name, 0.0) + turn.weight
    return sorted((Signal(name, weight) for name, weight in met.items()), key=lambda one: -one.weight)


def is_marked(met: Sequence[Signal]) -> bool:
    return sum(one.weight for one in met) >= MARKED_FROM


def kept(stored: Sequence[Mapping[str, Any]]) -> list[Signal]:
    """The signals as a case keeps them."""
    return [Signal(one["name"], one["weight"]) for one in stored]


def sentences(met: Sequence[Signal]) -> list[str]:
    """What staff read, for the catalogue."""
    return [SENTENCES[one.name] for one in met if one.name in SENTENCES]


@functools.cache
def turns() -> tuple[Turn, ...]:
    lines = (importlib.resources.files("feedback.spam") / "wording.txt").read_text("utf-8").splitlines()
    fields = [line.split("\t") for line in lines if line and not line.startswith("#")]
    # In small letters, as the words are: without regard to case a search takes twice the time.
    return tuple(Turn(float(weight), name, re.compile(pattern.lower())) for weight, name, pattern in fields)


def _comparable(text: str) -> str:
    """One width and case; the fillers by which advertisers dodge filters taken out between Chinese characters."""
    return FILLERS_IN_CHINESE.sub("", compatible(text[:READ_LENGTH]).lower())
