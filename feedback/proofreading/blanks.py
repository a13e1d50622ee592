"""Places of a template that nobody has filled in."""

import re
from collections.abc import Iterator

from feedback.proofreading.remark import Flaw, Remark

_BLANK = re.compile(r"【待填[^】\n]*】|[×X＿_]{3,}")


def check(text: str) -> Iterator[Remark]:
    for match in _BLANK.finditer(text):
        yield Remark(Flaw.BLANK, match.start(), match.end(), {"words": match[0]})
