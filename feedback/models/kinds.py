"""How an opinion came, what it is, and how its writer wants the answer."""

from enum import StrEnum

from feedback.errors import _


class Channel(StrEnum):
    WEB = "web"
    EMAIL = "email"
    PHONE = "phone"
    POST = "post"
    VISIT = "visit"

    @property
    def label(self) -> str:
        return CHANNEL_LABELS[self]

    @property
    def is_recorded(self) -> bool:
        """Entered by a member of staff, who hands out the receipt code."""
        return self in (Channel.PHONE, Channel.POST, Channel.VISIT)


class Kind(StrEnum):
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    QUESTION = "question"
    REPORT = "report"
    PRAISE = "praise"

    @property
    def label(self) -> str:
        return KIND_LABELS[self]


class RefinedKind(StrEnum):
    """What an office calls the matter. Each of the form's codes stands for one until a clerk says more."""

    OPINION = "opinion"
    SUGGESTION = "suggestion"
    INQUIRY = "inquiry"
    HELP = "help"
    COMPLAINT = "complaint"
    CLAIM = "claim"
    ACCUSATION = "accusation"
    PRAISE = "praise"

    @property
    def label(self) -> str:
        return REFINED_KIND_LABELS[self]


class ReplyBy(StrEnum):
    """How the writer wants the answer. The tracking page shows it in any case."""

    TRACK = "track"
    PHONE = "phone"
    EMAIL = "email"
    POST = "post"
    NONE = "none"

    @property
    def label(self) -> str:
        return REPLY_BY_LABELS[self]


CHANNEL_LABELS = {
    Channel.WEB: _("Web"),
    Channel.EMAIL: _("E-mail"),
    Channel.PHONE: _("Phone"),
    Channel.POST: _("Post"),
    Channel.VISIT: _("Visit"),
}
KIND_LABELS = {
    Kind.COMPLAINT: _("Complaint"),
    Kind.SUGGESTION: _("Suggestion"),
    Kind.QUESTION: _("Question"),
    Kind.REPORT: _("Report of misconduct"),
    Kind.PRAISE: _("Praise"),
}
REFINED_KIND_LABELS = {
    RefinedKind.OPINION: _("Opinion (kind)"),
    RefinedKind.SUGGESTION: _("Suggestion"),
    RefinedKind.INQUIRY: _("Inquiry"),
    RefinedKind.HELP: _("Request for help"),
    RefinedKind.COMPLAINT: _("Complaint"),
    RefinedKind.CLAIM: _("Claim"),
    RefinedKind.ACCUSATION: _("Accusation of misconduct"),
    RefinedKind.PRAISE: _("Praise"),
}
# Which refinements belong to which code of the form; the first one is meant until a clerk says more.
REFINEMENTS: dict[Kind, tuple[RefinedKind, ...]] = {
    Kind.COMPLAINT: (RefinedKind.COMPLAINT, RefinedKind.CLAIM, RefinedKind.HELP),
    Kind.SUGGESTION: (RefinedKind.SUGGESTION, RefinedKind.OPINION),
    Kind.QUESTION: (RefinedKind.INQUIRY, RefinedKind.HELP),
    Kind.REPORT: (RefinedKind.ACCUSATION,),
    Kind.PRAISE: (RefinedKind.PRAISE,),
}
REPLY_BY_LABELS = {
    ReplyBy.TRACK: _("On the tracking page"),
    ReplyBy.PHONE: _("By phone"),
    ReplyBy.EMAIL: _("By e-mail"),
    ReplyBy.POST: _("By post"),
    ReplyBy.NONE: _("No answer needed"),
}
_FIRST_REFINEMENTS = " ".join(
    f"WHEN '{kind.value}' THEN '{first.value}'" for kind, (first, *_) in REFINEMENTS.items()
)
REFINED_KIND = f"COALESCE(refinement, CASE kind {_FIRST_REFINEMENTS} END)"
