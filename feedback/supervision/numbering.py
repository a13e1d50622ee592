"""Running numbers without gaps: counted up in the transaction that stores what bears them."""

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from feedback.models import RunningNumber


def following(session: Session, series: str, year: int) -> int:
    """The next number of the series in that year, from 1. Whoever wants the next waits for this one."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    counted = (
        insert(RunningNumber)
        .values(series=series, year=year, last=1)
        .on_conflict_do_update(
            index_elements=[RunningNumber.series, RunningNumber.year], set_={"last": RunningNumber.last + 1}
        )
        .returning(RunningNumber.last)
    )
    return session.execute(counted).scalar_one()
