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
# The commonest surnames, without those that are everyday words (任何, 有关, 向, 和, 党, 高, 时 …).
_SURNAME = (
    "(?:欧阳|司马|上官|诸葛|王|李|张|刘|陈|杨|赵|黄|周|吴|徐|孙|胡|朱|林|何|郭|马|罗|梁|宋|郑|谢|韩|唐|冯|于|董|萧|程"
    "|曹|袁|邓|许|傅|沈|曾|彭|吕|苏|卢|蒋|蔡|贾|丁|魏|薛|叶|阎|余|潘|杜|戴|夏|钟|汪|田|姜|范|方|石|姚|谭|廖|邹|熊|陆|郝|孔|白|崔|康|毛"
    "|邱|秦|江|史|顾|侯|邵|孟|龙|万|段|雷|钱|汤|尹|黎|易|武|乔|贺|赖|龚|文)"
)
_ADDRESSED = rf"{_SURNAME}[\u4e00-\u9fff]{{0,2}}?(?:先生|女士|小姐|同志|老师|师傅|大爷|大妈|阿姨)|{_SURNAME}某+"
_INTRODUCED = re.compile(
    rf"(?:我叫|我是|本人|姓名(?:是|为)?[:：]?)\s*({_SURNAME}[\u4e00-\u9fff]{{1,2}})(?![\u4e00-\u9fff])"
)


def introduced(opinion: str) -> list[str]:
    """The names by which people call themselves in their own words."""
    return list(dict.fromkeys(_INTRODUCED.findall(opinion)))


def check(text: str, names: Sequence[str], known_numbers: Sequence[str]) -> Iterator[Remark]:
    plain = half_width(text)
    known = [
        re.escape(half_width(name))
        for name in sorted(set(names), key=len, reverse=True)
        if len(name) >= SHORTEST_NAME
    ]
    named = re.compile("|".join([*known, _ADDRESSED]))
    for match in named.finditer(plain):
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
