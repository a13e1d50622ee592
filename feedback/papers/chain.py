"""The chain of reviews: how long it is, what its stages are called, and who takes the last one (三审三校)."""

from feedback.errors import _
from feedback.models import PaperKind
from feedback.rights import Right

MOST_REVIEWS = 5
FORMAL_REVIEWS = 3
SHORT_REVIEWS = 1
ALONE = _("Review and signature")
SIGNATURE = _("Signature")
BEFORE_IT = (_("First review"), _("Second review"), _("Third review"), _("Fourth review"))


def default_reviews(kind: PaperKind) -> int:
    return FORMAL_REVIEWS if kind.is_formal else SHORT_REVIEWS


def names_of_stages(reviews: int) -> list[str]:
    """Sentences for the catalogue: first review, second review, signature."""
    return [ALONE] if reviews == 1 else [*BEFORE_IT[: reviews - 1], SIGNATURE] if reviews else []


def last_right(reviews: int) -> Right:
    """A chain of several ends with whom the head has charged; a single review may be any reviewer's."""
    return Right.APPROVE if reviews > 1 else Right.REVIEW


def right_for(stage: int, reviews: int) -> Right:
    """What the review with this number needs; the first one is 1."""
    return last_right(reviews) if stage == reviews else Right.REVIEW
