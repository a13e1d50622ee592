"""Answers that were nearly copied from earlier ones."""

from collections.abc import Collection, Iterator, Sequence

from rapidfuzz import fuzz

from feedback.proofreading.remark import Flaw, Remark

# Forms of politeness are alike everywhere; short texts are hardly more than that.
SHORTEST = 40
NEARLY = 85.0
# So many signs in a row are nobody's own by chance.
PASSAGE = 30
LONGEST_SAID = 60


def check(text: str, earlier: Sequence[str]) -> Iterator[Remark]:
    words = "".join(text.split())
    if len(words) < SHORTEST:
        return
    share = max((fuzz.ratio(words, "".join(other.split()), score_cutoff=NEARLY) for other in earlier), default=0.0)
    if share:
        yield Remark(Flaw.COPY, 0, len(text), {"share": round(share)})


def check_passages(text: str, others: Sequence[str], own: Sequence[str]) -> Iterator[Remark]:
    """Passages of what others have sent, unless what the text answers, or our own notice, has them too."""
    theirs = _passages(others) - _passages(own)
    start = 0
    while start <= len(text) - PASSAGE:
        end = start + PASSAGE
        if text[start:end] not in theirs:
            start += 1
            continue
        while end < len(text) and text[end + 1 - PASSAGE : end + 1] in theirs:
            end += 1
        words = text[start:end]
        said = words if len(words) <= LONGEST_SAID else f"{words[:LONGEST_SAID]}…"
        yield Remark(Flaw.PASSAGE, start, end, {"words": said})
        start = end


def _passages(texts: Collection[str]) -> set[str]:
    return {text[at : at + PASSAGE] for text in texts for at in range(len(text) - PASSAGE + 1)}
