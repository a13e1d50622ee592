"""Time limits that explain themselves: which days count, by which article, and where the last one falls."""

from feedback.clocks.calendar import Calendar, bundled
from feedback.clocks.rules import RULES, Clock, Rule, Unit
from feedback.clocks.working import Pause, Working, run

__all__ = ["RULES", "Calendar", "Clock", "Pause", "Rule", "Unit", "Working", "bundled", "run"]
