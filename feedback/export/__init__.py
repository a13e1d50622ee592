"""Opinions on their way out: the one selection of lines, and three formats that they can be written in."""

from feedback.export.formats import csv, jsonl, xlsx
from feedback.export.lines import Line, Writer, begin, rows

__all__ = ["Line", "Writer", "begin", "csv", "jsonl", "rows", "xlsx"]
