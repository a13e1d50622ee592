"""The ledger (台账): a line for each case, what they come to, and the workbook that an office files."""

from feedback.ledger.lines import Line, among, lines
from feedback.ledger.sums import Sums, add_up
from feedback.ledger.workbook import Heading, write

__all__ = ["Heading", "Line", "Sums", "add_up", "among", "lines", "write"]
