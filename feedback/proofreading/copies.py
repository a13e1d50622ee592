"""Answers that were nearly copied from earlier ones."""

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from feedback.proofreading.remark import Flaw, Remark

# Forms of politeness are alike everywhere; short texts are hardly more than that.
SHORTEST = 40
NEARLY = 85.0


def check(text: str, earlier: Sequence[str]) -> Iterator[Remark]:
    words = "".join(text.split())
    if len(words) < SHORTEST:
        return
    share = max((fuzz.ratio(words, "".join(other.split()), score_cutoff=NEARLY) for other in earlier), default=0.0)
    if share:
        yield Remark(Flaw.COPY, 0, len(text), {"share": round(share)})
