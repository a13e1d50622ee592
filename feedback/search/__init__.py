"""The words of the ledger: what was stored is indexed with it, and found again, ranked, with its surroundings."""

from feedback.search.building import BATCH, build, list_unlisted, start_over, unlisted
from feedback.search.entries import (
    Text,
    index,
    of_answer,
    of_file,
    of_file_text,
    of_note,
    of_opinion,
    of_writer,
    together,
    words_of_opinion,
)
from feedback.search.hits import (
    LENGTH,
    LONGEST_QUERY,
    MOST_WORDS,
    Hit,
    Page,
    require_words,
    search,
    waiting,
    words_of,
)
from feedback.search.matching import MOST, Matching, matching
from feedback.search.matter import Akin, akin
from feedback.search.reading import Read
from feedback.search.shared import sharing
from feedback.search.writers import cases_of

__all__ = [
    "BATCH",
    "LENGTH",
    "LONGEST_QUERY",
    "MOST",
    "MOST_WORDS",
    "Akin",
    "Hit",
    "Matching",
    "Page",
    "Read",
    "Text",
    "akin",
    "build",
    "cases_of",
    "index",
    "list_unlisted",
    "matching",
    "of_answer",
    "of_file",
    "of_file_text",
    "of_note",
    "of_opinion",
    "of_writer",
    "require_words",
    "search",
    "sharing",
    "start_over",
    "together",
    "unlisted",
    "waiting",
    "words_of",
    "words_of_opinion",
]
