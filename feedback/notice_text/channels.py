"""Where a notice says to call and to write: phones, post address, postcode, envelope remark, e-mail."""

import re

from feedback.notice_text.parts import ChannelsText
from feedback.notice_text.plain import half_width, half_width_digits


def _spaced(*labels: str) -> str:
    """A pattern for these words, which are often printed with gaps, as in 电 话."""
    return "|".join(" {0,4}".join(label) for label in sorted(labels, key=len, reverse=True))


_PHONE_LABEL = rf"(?:{_spaced('电话', '热线', '手机', '座机', '联系方式', '致电', '拨打')})"
_ADDRESS_LABEL = rf"(?:{_spaced('邮政信箱', '邮政邮箱', '地址', '信箱', '请寄', '寄至', '请寄至', '邮寄至')})"
_POSTCODE_LABEL = rf"(?:{_spaced('邮政编码', '邮编')})"
_EMAIL_LABEL = rf"(?:{_spaced('电子邮箱', '电子邮件', '电子信箱', '邮箱')}|[Ee]-?[Mm]ail)"

_AREA = r"(?:\(0\d{2,3}\) ?-? ?|0\d{2,3} ?[-— ] ?|0\d{2,3})"
_NUMBER = (
    r"(?<![\d.@A-Za-z])(?:\+?86[- ]?)?(?:"
    r"1[3-9]\d[- ]?\d{4}[- ]?\d{4}"
    rf"|[48]00[- ]?\d{{3}}[- ]?\d{{4}}|{_AREA}\d{{7,8}}|{_AREA}1\d{{4}}|[2-8]\d{{6,7}}|1\d{{4}}|9\d{{4}})"
    r"(?: ?(?:转|-|分机:?) ?\d{1,5})?(?![\d.]?\d|@|[A-Za-z])"
)
_PHONE = re.compile(_NUMBER)
_MOBILE = re.compile(r"1[3-9]\d[- ]?\d{4}[- ]?\d{4}")
_UNLABELLED = re.compile(rf"(?<![\d.])(?<!传真)(?<!传真[: ])(?:{_AREA}\d{{7,8}}|1[3-9]\d{{9}})(?!\d)")
_LABELLED_PHONES = re.compile(
    rf"(?<!传真){_PHONE_LABEL}(?:号码|和传真|及传真|/传真)? ?(?:\([^()\n]{{0,20}}\) ?)?[:为是]? ?(?=[\d(+])"
)
_BETWEEN_PHONES = re.compile(
    r" ?(?:\([^()\d\n]{1,20}\))?[、,;/或和及 ]{1,4}(?:(?!传真)[^\d\n。:]{0,12}: ?)?(?=[\d(+])"
)

_ANY_LABEL = (
    rf"(?:[一-龥]{{0,4}}{_PHONE_LABEL}|传真|{_POSTCODE_LABEL}|{_EMAIL_LABEL}"
    r"|联系人|收件人|(?:请在|来信|寄信)?信封|请注明|请在)"
)
_ADDRESS = re.compile(
    rf"{_ADDRESS_LABEL}(?:\([^()\n]{{0,20}}\))? ?(?:[:为是] ?|(?<=[寄至]) ?)(?P<address>[^\n。;]{{1,200}})"
)
_ADDRESS_STOP = re.compile(rf" ?[,(]? ?(?:{_ANY_LABEL})| ?\(\d{{6}}\)")
_POSTCODE = re.compile(rf"{_POSTCODE_LABEL} ?[:为是]? ?(?P<postcode>\d{{6}})(?!\d)")
_BARE_POSTCODE = re.compile(r"\((?P<postcode>\d{6})\)")
_REMARK = re.compile(
    r"(?:(?:信封|封面|来信|信件)[^,。;\n()]{0,12}|\( ?(?:并|请)?[^,。;\n()邮主标]{0,4})注明 ?(?:[:为是] ?)?"
    r"(?:[“\"'「‘](?P<quoted>[^“”\"「」\n]{1,120})[”\"'」’]|(?P<plain>[^“”\"\n]{1,120}))"
)
_REMARK_STOP = re.compile(r"[)。;\n]|,(?![^()\n]{0,60}\))|字样")
_AT = r" ?(?:@|#|\(at\)|\[at\]|【at】|\{at\}|\(a\)| at ) ?"
_DOT = r"(?:\.| ?[(\[]dot[)\]] ?)"
_EMAIL = re.compile(
    rf"(?<![A-Za-z0-9._%+\-])(?P<name>[A-Za-z0-9._%+\-]{{1,64}}){_AT}"
    rf"(?P<host>[A-Za-z0-9\-]{{1,63}}(?:{_DOT}[A-Za-z0-9\-]{{1,63}}){{1,5}})",
    re.IGNORECASE,
)
_LABELLED_EMAIL = re.compile(rf"{_EMAIL_LABEL}(?:\([^()\n]{{0,30}}\))? ?[:为是]? ?(?=[A-Za-z0-9])")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−─", "-"))


def read_channels(text: str) -> ChannelsText:
    """The channels named in this text; what it does not name stays unknown."""
    plain = half_width(text).translate(_DASHES).replace("--", "-")
    printed = text.replace("——", "—")
    aligned = len(printed) == len(plain)
    return ChannelsText(
        phones=_phones(plain),
        address=_address(plain, printed if aligned else plain),
        postcode=_postcode(plain),
        envelope_remark=_remark(plain, printed if aligned else plain),
        email=_email(plain),
    )


def _phones(plain: str) -> tuple[str, ...]:
    found: list[str] = []
    label = _LABELLED_PHONES.search(plain)
    while label:
        listed, end = _phone_list(plain, label.end())
        found += listed
        label = _LABELLED_PHONES.search(plain, end)
    if not found:
        found = [_tidy_phone(match[0]) for match in _UNLABELLED.finditer(plain)]
    return tuple(dict.fromkeys(found))


def _phone_list(plain: str, start: int) -> tuple[list[str], int]:
    """The numbers from here on, for as long as nothing else comes between them, and where they end."""
    found, end = [], start
    match = _PHONE.match(plain, start)
    while match:
        found.append(_tidy_phone(match[0]))
        end = match.end()
        between = _BETWEEN_PHONES.match(plain, match.end())
        match = _PHONE.match(plain, between.end()) if between else None
    return found, end


def _tidy_phone(printed: str) -> str:
    """One spelling for one number: the area code before a hyphen, the extension after another."""
    bare = re.sub(r"^\((0\d{2,3})\) ?-? ?", r"\1-", printed)
    bare = re.sub(r" ?(?:转|分机:?) ?", "-", bare)
    if _MOBILE.fullmatch(bare):
        return re.sub("[- ]", "", bare)
    return re.sub(r" ?- ?| +", "-", bare.strip())


def _address(plain: str, printed: str) -> str | None:
    for match in _ADDRESS.finditer(plain):
        value = match["address"]
        stop = _ADDRESS_STOP.search(value)
        value = value[: stop.start()] if stop else value
        end = match.start("address") + len(_first_clauses(value))
        address = printed[match.start("address") : end].strip(" ，,；;（(")
        if address and not _EMAIL.match(half_width(address)):
            return half_width_digits(address)
    return None


def _first_clauses(value: str) -> str:
    """Up to the first comma, and on while what follows is still an address."""
    clauses = value.split(",")
    kept = 1
    while kept < len(clauses) and re.search(r"^[^ ]{2,30}(?:收|[室号楼层座院]|信箱)$", clauses[kept].strip()):
        kept += 1
    return ",".join(clauses[:kept])


def _postcode(plain: str) -> str | None:
    found = _POSTCODE.search(plain) or _BARE_POSTCODE.search(plain)
    return found["postcode"] if found else None


def _remark(plain: str, printed: str) -> str | None:
    found = _REMARK.search(plain)
    if found is None:
        return None
    if found["quoted"]:
        return printed[found.start("quoted") : found.end("quoted")].strip()
    stop = _REMARK_STOP.search(found["plain"])
    end = found.start("plain") + (stop.start() if stop else len(found["plain"]))
    return printed[found.start("plain") : end].strip(" ，,") or None


def _email(plain: str) -> str | None:
    for label in _LABELLED_EMAIL.finditer(plain):
        labelled = _EMAIL.match(plain, label.end())
        if labelled:
            return _tidy_email(labelled)
    found = _EMAIL.search(plain)
    return _tidy_email(found) if found else None


def _tidy_email(match: re.Match[str]) -> str:
    return match["name"] + "@" + re.sub(_DOT, ".", match["host"], flags=re.IGNORECASE)
