"""What to look at again before a text leaves the house. Remarks only: people decide (三审三校)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from feedback.proofreading import blanks, copies, dates, demands, figures, persons, spelling, titles
from feedback.proofreading.persons import introduced
from feedback.proofreading.remark import Flaw, Remark

__all__ = ["Context", "Flaw", "Remark", "introduced", "proofread"]


@dataclass(frozen=True)
class Context:
    """What the text is compared with; what is empty is not compared.

    `opinions` are those that it answers, `names` people who must not be named in it, `known_numbers` and `titles`
    what our own notice prints, `earlier` what was answered to others, `others` what others have sent.
    """

    opinions: Sequence[str] = ()
    notice: str = ""
    names: Sequence[str] = ()
    known_numbers: Sequence[str] = ()
    titles: Sequence[str] = ()
    earlier: Sequence[str] = ()
    others: Sequence[str] = ()
    today: date | None = None


def proofread(text: str, context: Context) -> list[Remark]:
    """All remarks on `text`, in the order of the places that they speak of."""
    named = list(titles.check(text, context.titles))
    found = [
        *persons.check(text, context.names, context.known_numbers),
        *figures.check(text, context.notice),
        *named,
        *(remark for remark in spelling.check(text) if not remark.is_within(named)),
        *dates.check(text, context.today),
        *demands.check(text, context.opinions),
        *copies.check(text, context.earlier),
        *copies.check_passages(text, context.others, [*context.opinions, context.notice]),
        *blanks.check(text),
    ]
    return sorted(found, key=lambda remark: (remark.start, remark.end))
