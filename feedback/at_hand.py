"""What was read of many cases at once (see bulk.gathering): a verb that finds it there asks for none of them.

Verbs on a single case find nothing there and ask the database, in one statement however many are joined to the case.
"""

from sqlalchemy import inspect

from feedback.models import Case


def has(case: Case, *names: str) -> bool:
    """Whether these of its columns and relationships were read; what was expired since is not there."""
    return inspect(case).unloaded.isdisjoint(names)


def matter(case: Case, *names: str) -> list[Case] | None:
    """The case with what is joined to it, where this and `names` of each were read; else None."""
    if not has(case, "duplicates", *names) or not all(has(one, *names) for one in case.duplicates):
        return None
    return [case, *case.duplicates]
