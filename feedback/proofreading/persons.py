"""Names and numbers of people that should not leave the house."""

import re
from collections.abc import Iterator, Sequence

from stdnum import luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from feedback.notice_text.plain import half_width
from feedback.proofreading.remark import Flaw, Remark

# With the marks that people put between the groups of a long number.
_LONG_NUMBER = re.compile(r"(?<![\dA-Za-z])\d(?:[ -]?\d){6,18}[\dXx]?(?![\dA-Za-z])")
_MOBILE = re.compile(r"(?:86)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}-\d{7,8}")
_MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_CARD_LENGTHS = range(16, 20)
SHORTEST_NAME = 2


def check(text: str, names: Sequence[str], known_numbers: Sequence[str]) -> Iterator[Remark]:
    plain = half_width(text)
    for name in {name for name in names if len(name) >= SHORTEST_NAME}:
        for match in re.finditer(re.escape(half_width(name)), plain):
            yield _remark(Flaw.NAME, text, match)
    ours = {_bare(number) for number in known_numbers}
    for match in _LONG_NUMBER.finditer(plain):
        if _bare(match[0]) not in ours and _is_persons(match[0]):
            yield _remark(Flaw.NUMBER, text, match)
    for match in _MAILBOX.finditer(plain):
        if match[0].lower() not in ours:
            yield _remark(Flaw.NUMBER, text, match)


def _bare(number: str) -> str:
    return re.sub(r"[ -]", "", half_width(number)).lower()


def _is_persons(written: str) -> bool:
    number = _bare(written).upper()
    if _MOBILE.fullmatch(number) or _LANDLINE.fullmatch(written):
        return True
    return _is_identity_card(number) or (len(number) in _CARD_LENGTHS and number.isdigit() and luhn.is_valid(number))


def _is_identity_card(number: str) -> bool:
    """By its check sign (GB 11643). The year and region in it are not looked up: a misprint is private as well."""
    try:
        return len(number) == 18 and ric.calc_check_digit(number) == number[-1]
    except (ValidationError, ValueError):
        return False


def _remark(flaw: Flaw, text: str, match: re.Match[str]) -> Remark:
    words = text[match.start() : match.end()]
    return Remark(flaw, match.start(), match.end(), {"words": words})
