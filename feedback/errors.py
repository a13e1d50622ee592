"""What a rule says no with. Edges turn it into a 4xx page, an SMTP reply or one line and exit 1."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedback.history import Done


class Refusal(Exception):
    """A rule's no, in a sentence that a person may read.

    `sentence` is the English text with `%(name)s` places; edges translate it through the catalogues and fill
    the places from `values`. `field` names the form field that it speaks of, if it speaks of one.
    """

    def __init__(self, sentence: str, *, field: str | None = None, **values: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.values = values

    def __str__(self) -> str:
        return self.sentence % self.values if self.values else self.sentence


class NotFound(Refusal):
    """There is no such thing, or not for this person: both look alike from outside."""


class NotAllowed(Refusal):
    """The person is known and may not do this."""


class Conflict(Refusal):
    """The thing has changed meanwhile, or is not in a state in which this can be done."""


class Overtaken(Conflict):
    """It is no longer as it stood on the page. `done` is what a colleague did meanwhile."""

    def __init__(self, done: "Done | None") -> None:
        super().__init__(
            _("This has changed meanwhile. Nothing was done; it is shown as it stands now, with what you typed.")
        )
        self.done = done


def _(sentence: str) -> str:
    """Mark a sentence for the catalogues where it is written; the edge translates it where it is shown."""
    return sentence
