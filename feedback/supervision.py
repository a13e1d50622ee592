"""Time limits."""

import functools
from datetime import date

from feedback import clocks
from feedback.clocks import Clock


@functools.lru_cache(maxsize=1024)
def first_notice_due(received_on: date) -> date:
    """By when the writer is told whether the matter is accepted (see feedback.clocks for the rule)."""
    due_on = clocks.run(Clock.NOTICE.rule, received_on, clocks.bundled()).due_on
    assert due_on is not None  # nothing has paused it yet
    return due_on
