"""What somebody wrote: without quoted lines, without header blocks of a thread, without a program's signature."""

import re
from collections.abc import Sequence

from mail_ingest.banners import is_rule
from mail_ingest.cleaning import body_text, visible
from mail_ingest.markup import Line, shown
from mail_ingest.signatures import is_client_signature, without_signature

_QUOTE_MARK = re.compile(r"^((?:\s{0,2}(?:>|＞|&gt;)){1,50}) ?")
_MANY_BLANKS = re.compile(r"\n{3,}")


def with_depths(lines: Sequence[Line]) -> list[Line]:
    """Leading ``>`` marks turned into depth, on top of the depth that HTML gave."""
    counted: list[Line] = []
    for line in lines:
        match = _QUOTE_MARK.match(line.text) if line.text[:1] in "> ＞&" else None
        if match is None:
            counted.append(line)
        else:
            marks = match[1].replace("&gt;", ">").replace("＞", ">").count(">")
            counted.append(Line(line.depth + marks, line.text[match.end() :], line.is_signature))
    return counted


def written_above(lines: Sequence[Line]) -> list[Line]:
    """The words above a quoted message, without the rule that some programs draw over it."""
    kept = list(lines)
    while kept and (not visible(kept[-1].text).strip() or is_rule(kept[-1].text)):
        kept.pop()
    return kept


def written_between(lines: Sequence[Line], depth: int) -> list[Line]:
    """Answers between and below quoted lines. Where nothing below is marked as quoted, all of it is the quotation."""
    if not any(line.depth > depth for line in lines if line.text.strip()):
        return []
    answers: list[Line] = []
    for line in lines:
        if line.depth <= depth:
            answers.append(line)
        elif answers and answers[-1].text:
            answers.append(Line(depth, ""))
    return answers if any(line.text.strip() for line in answers) else []


def own_words(lines: Sequence[Line], address: str = "", is_list: bool = False) -> list[Line]:
    """``lines`` of one writer without what the mail program signed at their end."""
    return without_signature(lines, address, is_list)


def without_quoted(lines: Sequence[Line], depth: int) -> list[Line]:
    """Lines deeper than ``depth`` left out, if anything remains."""
    kept = [line for line in lines if line.depth <= depth]
    return kept if any(line.text.strip() and not is_client_signature(line.text) for line in kept) else list(lines)


def as_text(lines: Sequence[Line], depth: int = 0) -> str:
    """Lines as text; quoting deeper than ``depth`` gets its marks back."""
    printed = [("> " * max(0, line.depth - depth) + shown(line.text)).rstrip() for line in lines]
    return _MANY_BLANKS.sub("\n\n", body_text("\n".join(printed))).strip("\n\ufeff").strip()
