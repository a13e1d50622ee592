"""Who may do what. Verbs ask here; pages only leave out what would be refused anyway."""

from enum import StrEnum

from feedback.errors import NotAllowed, _
from feedback.models import Role, Staff


class Right(StrEnum):
    READ = "read"
    RECORD = "record"
    TRIAGE = "triage"
    ANSWER = "answer"
    OPEN_IDENTITY = "open-identity"
    OPEN_RAW = "open-raw"
    EXPORT = "export"
    EXPORT_IDENTITY = "export-identity"
    PUBLISH_NOTICE = "publish-notice"
    MANAGE_STAFF = "manage-staff"
    PROBE_PATH = "probe-path"
    TEACH_PATH = "teach-path"


_CLERK = frozenset(
    {
        Right.READ,
        Right.RECORD,
        Right.TRIAGE,
        Right.ANSWER,
        Right.OPEN_IDENTITY,
        Right.OPEN_RAW,
        Right.EXPORT,
        Right.PROBE_PATH,
    }
)
RIGHTS = {Role.ADMINISTRATOR: frozenset(Right), Role.CLERK: _CLERK, Role.READER: frozenset({Right.READ})}


def has(staff: Staff, right: Right) -> bool:
    return staff.is_active and right in RIGHTS[staff.role]


def require(staff: Staff, right: Right) -> None:
    """Raises NotAllowed."""
    if not has(staff, right):
        raise NotAllowed(_("Your role does not allow this."))
