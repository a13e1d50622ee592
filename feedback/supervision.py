"""Time limits."""

from datetime import date, timedelta

FIRST_NOTICE_DAYS = 15
SATURDAY = 5


def first_notice_due(received_on: date) -> date:
    """By when the writer is told whether the matter is accepted: within 15 days of receipt.

    Regulations on Petition Work (信访工作条例) article 23. The first day is not counted (Civil Code article 201); a
    last day on a weekend rolls on to Monday (article 203).
    """
    last = received_on + timedelta(days=FIRST_NOTICE_DAYS)
    while last.weekday() >= SATURDAY:
        last += timedelta(days=1)
    return last
