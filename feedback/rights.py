"""Who may do what. Verbs ask here; pages only leave out what would be refused anyway."""

from enum import StrEnum

from feedback.errors import NotAllowed, _
from feedback.models import Role, Staff


class Right(StrEnum):
    """READ is to see every case; who has WORK alone sees and works on those of their own unit (see seeing)."""

    READ = "read"
    RECORD = "record"
    TRIAGE = "triage"
    WORK = "work"
    ANSWER = "answer"
    REVIEW = "review"
    APPROVE = "approve"
    SUPERVISE = "supervise"
    STRIKE_OFF = "strike-off"
    SEALED = "sealed"
    OPEN_IDENTITY = "open-identity"
    OPEN_RAW = "open-raw"
    EXPORT = "export"
    EXPORT_IDENTITY = "export-identity"
    IMPORT = "import"
    PUBLISH_NOTICE = "publish-notice"
    MANAGE_STAFF = "manage-staff"
    KEEP_CALENDAR = "keep-calendar"
    SHARE_VIEWS = "share-views"
    KEEP_TEMPLATES = "keep-templates"
    PROBE_PATH = "probe-path"
    TEACH_PATH = "teach-path"

    @property
    def label(self) -> str:
        return RIGHT_LABELS[self]


RIGHT_LABELS = {
    Right.READ: _("see every case"),
    Right.RECORD: _("record what came by phone, post or visit"),
    Right.TRIAGE: _("sort and assign cases"),
    Right.WORK: _("work on a case for its unit"),
    Right.ANSWER: _("give answers"),
    Right.REVIEW: _("review drafts"),
    Right.APPROVE: _("approve for the head of the office"),
    Right.SUPERVISE: _("supervise"),
    Right.STRIKE_OFF: _("strike off"),
    Right.SEALED: _("see sealed cases"),
    Right.OPEN_IDENTITY: _("open identities"),
    Right.OPEN_RAW: _("open raw messages"),
    Right.EXPORT: _("export"),
    Right.EXPORT_IDENTITY: _("export identities"),
    Right.IMPORT: _("import old ledgers"),
    Right.PUBLISH_NOTICE: _("publish notices"),
    Right.MANAGE_STAFF: _("manage staff"),
    Right.KEEP_CALENDAR: _("keep the holiday table"),
    Right.SHARE_VIEWS: _("keep the views that all share"),
    Right.KEEP_TEMPLATES: _("keep the templates of papers"),
    Right.PROBE_PATH: _("test the mail path"),
    Right.TEACH_PATH: _("teach the mail path"),
}
_CLERK = frozenset(
    {
        Right.READ,
        Right.RECORD,
        Right.TRIAGE,
        Right.WORK,
        Right.ANSWER,
        Right.REVIEW,
        Right.OPEN_IDENTITY,
        Right.OPEN_RAW,
        Right.EXPORT,
        Right.PROBE_PATH,
    }
)
_WATCHING = frozenset(
    {
        Right.READ,
        Right.REVIEW,
        Right.SUPERVISE,
        Right.STRIKE_OFF,
        Right.SEALED,
        Right.EXPORT,
        Right.SHARE_VIEWS,
    }
)
RIGHTS = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.HEAD: _WATCHING | {Right.TRIAGE, Right.WORK, Right.ANSWER, Right.APPROVE},
    Role.SUPERVISOR: _WATCHING,
    Role.CLERK: _CLERK,
    Role.UNIT_MEMBER: frozenset({Right.WORK}),
    Role.READER: frozenset({Right.READ}),
}


def has(staff: Staff, right: Right) -> bool:
    return staff.is_active and right in RIGHTS[staff.role]


def require(staff: Staff, right: Right) -> None:
    """Raises NotAllowed."""
    if not has(staff, right):
        raise NotAllowed(_("Your role does not allow this."))
