"""What can become of reading a file."""

from enum import StrEnum

from feedback.errors import _


class Legibility(StrEnum):
    """What became of reading a file."""

    READ = "read"
    # A picture, a recording, a page that was scanned.
    WORDLESS = "wordless"
    # Only who has its password can open it.
    LOCKED = "locked"
    # Damaged, or too much for the limits that reading has.
    UNREADABLE = "unreadable"
    # A scanner is set and has not found it clean.
    WITHHELD = "withheld"

    @property
    def label(self) -> str:
        return LEGIBILITY_LABELS[self]


LEGIBILITY_LABELS = {
    Legibility.READ: _("text can be searched"),
    Legibility.WORDLESS: _("no text to search"),
    Legibility.LOCKED: _("locked with a password, not read"),
    Legibility.UNREADABLE: _("text cannot be read"),
    Legibility.WITHHELD: _("not read, not known to be free of viruses"),
}
