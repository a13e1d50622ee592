"""What the office has received and what became of it, in a period: for the page of figures."""

from feedback.figures.counts import Answered, Count, Figures, figures
from feedback.figures.periods import Period, Step, read, usual
from feedback.figures.ratings import ASPECTS, SCORES, Rated, Satisfaction

__all__ = [
    "ASPECTS",
    "SCORES",
    "Answered",
    "Count",
    "Figures",
    "Period",
    "Rated",
    "Satisfaction",
    "Step",
    "figures",
    "read",
    "usual",
]
