"""The words that each kind of paper begins with: bundled, and as an administrator has changed them since."""

import functools
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import history, rights
from feedback.errors import Conflict, Refusal, _
from feedback.models import Action, PaperKind, PaperTemplate, Staff
from feedback.papers.chain import MOST_REVIEWS, default_reviews
from feedback.rights import Right

BUNDLED = Path(__file__).parent / "bundled"
PLACE = re.compile(r"\{([^{}\n]{1,40})\}")
LONGEST = 20_000


@dataclass(frozen=True)
class Template:
    """`row` is None for the bundled words; its key tells whether somebody has saved meanwhile (0 for none)."""

    kind: PaperKind
    text: str
    reviews: int
    row: PaperTemplate | None = None

    @property
    def key(self) -> int:
        return self.row.id if self.row else 0


@functools.cache
def bundled(kind: PaperKind) -> str:
    return (BUNDLED / f"{kind.value}.txt").read_text("utf-8").strip()


def template(session: Session, kind: PaperKind) -> Template:
    """The last one that was saved, else the bundled one."""
    latest = select(PaperTemplate).where(PaperTemplate.kind == kind).order_by(PaperTemplate.id.desc()).limit(1)
    row = session.scalar(latest)
    if row is None:
        return Template(kind, bundled(kind), default_reviews(kind))
    return Template(kind, row.text, row.reviews, row)


def templates(session: Session) -> list[Template]:
    return [template(session, kind) for kind in PaperKind]


def save_template(
    session: Session, standing: Template, text: str, reviews: int, *, seen: int, by: Staff, now: datetime
) -> PaperTemplate:
    """A new row; papers that are begun already keep their words. `seen` is the key that stood on the page.

    Raises Conflict where somebody has saved meanwhile, Refusal for no words, or too few or too many reviews.
    """
    rights.require(by, Right.KEEP_TEMPLATES)
    if standing.key != seen:
        raise Conflict(_("Somebody changed this template meanwhile. What you typed is kept below."))
    if not text.strip():
        raise Refusal(_("Please write the text of the template."), field="text")
    if len(text) > LONGEST:
        raise Refusal(_("The text may have up to %(most)d characters."), field="text", most=LONGEST)
    fewest = 1 if standing.kind.is_formal else 0
    if not fewest <= reviews <= MOST_REVIEWS:
        raise Refusal(
            _("This kind of paper may have %(fewest)d to %(most)d reviews."),
            field="reviews",
            fewest=fewest,
            most=MOST_REVIEWS,
        )
    row = PaperTemplate(kind=standing.kind, text=text.strip(), reviews=reviews, saved_by_id=by.id, saved_at=now)
    session.add(row)
    session.flush()
    before, after = {"reviews": standing.reviews}, {"reviews": reviews}
    what = {"paper": standing.kind.value}
    history.record(session, Action.TEMPLATE_CHANGED, staff=by, before=before, after={**what, **after}, now=now)
    return row
