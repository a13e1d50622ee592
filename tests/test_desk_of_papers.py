"""What waits on somebody's desk is read at once, however much that is."""

from feedback import papers
from feedback.db import Database
from feedback.models import PaperKind, Role, Staff
from feedback.triage import Act
from tests import factories, statements


def begin(database: Database, count: int) -> None:
    with database.writing() as session:
        clerk = session.query(Staff).filter_by(username="clerk").one()
        for _place in range(count):
            case = factories.receipt(session).case
            paper = papers.begin(
                session, case, PaperKind.BRIEF, Act(clerk, factories.NOW, case.version), text="答复。"
            )
            papers.submit(session, paper, Act(clerk, factories.NOW, paper.version))


def test_a_desk_costs_the_same_for_one_paper_and_for_ten(database: Database) -> None:
    with database.writing() as session:
        factories.staff(session)
        head = factories.staff(session, "head", Role.HEAD).id
    counts = []
    for more, waiting in ((1, 1), (9, 10)):
        begin(database, more)
        with database.reading() as session:
            reader = session.get_one(Staff, head)
            with statements.heard(database.engine) as said:
                assert len(papers.desk(session, reader).to_review) == waiting
        counts.append(len(statements.reads(said)))
    assert counts[0] == counts[1]
