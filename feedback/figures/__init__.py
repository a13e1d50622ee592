"""What the office has received and what became of it, in a period: for the page of figures."""

from feedback.figures.counts import Answered, Count, Figures, Rated, figures
from feedback.figures.periods import Period, Step, read, usual

__all__ = ["Answered", "Count", "Figures", "Period", "Rated", "Step", "figures", "read", "usual"]
