"""What a case is about, in a line, without what tells who wrote: a ledger is printed and goes round."""

from collections.abc import Iterable, Sequence

from feedback.identity import Author
from feedback.proofreading import persons

# So much of the words is looked at, so that a number at the end of what is shown is seen whole.
LOOKED_AT = 300
LONGEST = 100
BLACK = "＊＊"


def summary(subject: str, text: str, writers: Iterable[Author], ours: Sequence[str]) -> str:
    """The subject and how the words begin, on one line. `ours` are the office's own numbers, which may be read."""
    subject, text = " ".join(subject.split()), " ".join(text[:LOOKED_AT].split())
    whole = f"{subject}：{text}" if subject and not text.startswith(subject) else text or subject
    shown = blackened(whole, writers, ours)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def blackened(text: str, writers: Iterable[Author], ours: Sequence[str]) -> str:
    known = [part for writer in writers for part in (writer.name, writer.phone, writer.email, writer.address)]
    spots = sorted((remark.start, remark.end) for remark in persons.check(text, [*filter(None, known)], ours))
    shown, done = [], 0
    for start, end in spots:
        if start >= done:
            shown += [text[done:start], BLACK]
        done = max(done, end)
    return "".join([*shown, text[done:]])
