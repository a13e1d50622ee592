"""What to look at again before a text leaves the house. Remarks only: people decide (三审三校)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from feedback.proofreading import blanks, copies, dates, demands, figures, persons, titles
from feedback.proofreading.persons import introduced
from feedback.proofreading.remark import Flaw, Remark

__all__ = ["Context", "Flaw", "Remark", "introduced", "proofread"]


@dataclass(frozen=True)
class Context:
    """What the text is compared with; what is empty is not compared.

    `names` are people who must not be named in it, `known_numbers` and `titles` what our own notice prints,
    `earlier` what was answered to others.
    """

    opinion: str = ""
    notice: str = ""
    names: Sequence[str] = ()
    known_numbers: Sequence[str] = ()
    titles: Sequence[str] = ()
    earlier: Sequence[str] = ()
    today: date | None = None


def proofread(text: str, context: Context) -> list[Remark]:
    """All remarks on `text`, in the order of the places that they speak of."""
    found = [
        *persons.check(text, context.names, context.known_numbers),
        *figures.check(text, context.notice),
        *titles.check(text, context.titles),
        *dates.check(text, context.today),
        *demands.check(text, context.opinion),
        *copies.check(text, context.earlier),
        *blanks.check(text),
    ]
    return sorted(found, key=lambda remark: (remark.start, remark.end))
