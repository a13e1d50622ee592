"""Attribution lines: ``在 2025-11-13，"王先生" <a@b> 写道：``, ``On ... wrote:`` and their kin in other languages."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mail_ingest.addresses import ADDRESS
from mail_ingest.cleaning import visible
from mail_ingest.markup import Line, noted
from mail_ingest.parsed import Mailbox

# The verb of the attribution, by language of the client.
_VERBS = (
    "写道|写到|写入|寫道|寫到|編寫|编写|来信|发表|说道|撰写"
    "|wrote|writes|said|schrieb|geschrieben|a écrit|écrit|escribió|escribio|ha scritto|scritto|escreveu"
    "|schreef|geschreven|heeft"
    "|skrev|kirjoitti|napisał|napisała|napisał\\(a\\)|napsal|napsala|napsal\\(a\\)|napísal|napísala"
    "|napísal\\(a\\)|je napisao|napisao|napisala"
    "|ezt írta|írta|a scris|scris|yazdı|написал|написала|написал\\(а\\)|пишет|писал|написав|написала|пише"
    "|kirjutas|rašė|rakstīja"
    "|書きました|のメール|のメッセージ|作成|작성|님이|đã viết|έγραψε|כתב|كتب|menulis|เขียน"
)
_VERB = re.compile(rf"(?:{_VERBS})", re.IGNORECASE)
_VERB_END = re.compile(rf"(?:{_VERBS})\s*[:：]\s*$", re.IGNORECASE)
_BRACKETED = re.compile(r"[<\[(（＜]\s*(?:mailto:)?[^<>\s@()\[\]]+@[^<>\s@()\[\]]+")
_BRACKETED_END = re.compile(r"@[^<>\s@()\[\]]+\s*[>\])）＞]+\s*[:：]\s*$")
_ENDS = re.compile(r"[:：]\s*[-—_*]*\s*$")
_DATE = re.compile(
    r"\b\d{4}\b.{0,40}\d{1,2}[:.：h]\d{2}|\d{1,2}[:.：h]\d{2}.{0,60}\b\d{4}\b|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
    r"|\d{4}\s*[年년]\s*\d{1,2}"
    r"|\d{1,2}\.?\s*[^\W\d]{3,12}\.?\s*(?:de )?\d{4}|[^\W\d]{3,12}\s\d{1,2},?\s\d{4}"
)
_CLOCK = re.compile(
    r"\d{1,2}\s*[:：.时h]\s*\d{2}(?:[:.：]\d{2})?(?:\s*[AaPp]\.?\s?[Mm]\.?)?(?:\s*(?:GMT"
    r"|UTC)?\s*[+-]\d{1,2}:?\d{0,2}|\s[A-Z]{3,4}\b)?"
)
_YEAR = re.compile(
    r"\d{4}\s*(?:年\s*\d{1,2}\s*月\s*\d{1,2}\s*日?|[-/.]\d{1,2}[-/.]\d{1,2})?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}"
)
_QUOTED_NAME = re.compile(r"[\"“„«'‘「]\s*([^\"“”„«»'’」]{1,100}?)\s*[\"”“»'’」]\s*[(<\[]*\s*$")
# Little words between date and name.
_AROUND_NAME = re.compile(
    r"^(?:[\s,，、;:)）(]|于|在|周[一二三四五六日]|星期[一二三四五六日]|上午|下午|晚上|用户|пользователь"
    r"|používateľ|użytkownik|användaren|heeft|schrieb|skrev|à|a las|om|um|at|kl\.?|o|óra|időpontban"
    r"|el usuario|the user|by|från|von|par|da|de)(?=[\s\"“«„<(]|$|[,，、]|(?<=[,，、\s]))\s*",
    re.IGNORECASE,
)
# A person telling about a letter, not a program quoting one.
_NARRATED = re.compile(r"^\s*(?:我|本人|俺|他|她|你|您|村|县|镇|有人|记者|领导|I |He |She |We |They )")
_MAX_LENGTH = 400
_JOINED_LINES = 4


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who is quoted below, and where the quotation starts."""

    sender: Mailbox | None
    date_text: str
    end: int
    depth: int


def read_attribution(lines: Sequence[Line], start: int, has_banner: bool = False) -> Attribution | None:
    """The attribution that begins at ``start``; it may be wrapped over a few lines."""
    first = lines[start].text
    if not first.strip() or len(first) > _MAX_LENGTH or not _may_begin(first):
        return None
    joined = ""
    for position in range(start, min(start + _JOINED_LINES, len(lines))):
        text = visible(noted(lines[position].text)).replace("\xa0", " ").strip()
        if not text:
            return None
        joined = f"{joined} {text}".strip() if not joined.endswith(("<", "(")) else joined + text
        if len(joined) > _MAX_LENGTH:
            return None
        if _ENDS.search(joined) or joined.startswith("--"):
            unescaped = html.unescape(joined)
            if _is_attribution(unescaped, lines, position + 1, has_banner):
                return _attribution(unescaped, position + 1, lines[start].depth)
            if position == start and _ENDS.search(joined) and not ADDRESS.search(unescaped):
                return None
    return None


_TELLING = re.compile(r"[<@\d]|&lt;")


def _may_begin(text: str) -> bool:
    if text.startswith("--"):
        return _VERB.search(text) is not None
    return _TELLING.search(text) is not None


def _is_attribution(text: str, lines: Sequence[Line], end: int, has_banner: bool) -> bool:
    """A program's line names somebody's address in brackets, and a date; anything less needs a quotation below it."""
    has_verb = _VERB.search(text) is not None
    has_date = _DATE.search(text) is not None
    has_address = ADDRESS.search(text) is not None
    is_bracketed = _BRACKETED.search(text) is not None
    if _NARRATED.match(text) and not is_bracketed:
        return False
    if is_bracketed and has_date and (has_verb or _BRACKETED_END.search(text)):
        return True
    if not (has_banner or quoted_below(lines, end, lines[end - 1].depth)):
        return is_bracketed and _VERB_END.search(text) is not None
    if has_verb:
        return has_address or has_date or text.startswith("--")
    return has_address and has_date


def quoted_below(lines: Sequence[Line], start: int, depth: int) -> bool:
    """Whether the next text is quoted deeper, or indented as Outlook for Mac does it."""
    for position in range(start, min(start + 4, len(lines))):
        line = lines[position]
        if line.text.strip() or line.depth > depth:
            return line.depth > depth or (depth > 0 and line.depth == depth) or line.text.startswith("    ")
    return False


def _attribution(text: str, end: int, depth: int) -> Attribution:
    address = ADDRESS.search(re.sub(r"<mailto:[^<>]*>", " ", text)) or ADDRESS.search(text)
    if address is None:
        verb = _VERB.search(text)
        before = text[: verb.start()] if verb else text
        name = _name(before)
        return Attribution(Mailbox(name, "") if name else None, text, end, depth)
    before = text[: text.find(address[0])]
    return Attribution(Mailbox(_name(before), address[0]), text.replace(address[0], " "), end, depth)


def _name(before: str) -> str:
    """The name in front of the address: in quotes, or what follows the date."""
    before = before.rstrip(" \t<[(（＜")
    before = re.sub(r"(?:mailto:|&lt;)$", "", before).rstrip(" \t<[(（")
    quoted = _QUOTED_NAME.search(before)
    if quoted:
        return quoted[1].strip()
    last = 0
    for pattern in (_CLOCK, _YEAR):
        for match in pattern.finditer(before):
            last = max(last, match.end())
    name = before[last:]
    while (cut := _AROUND_NAME.match(name)) is not None and cut.end():
        name = name[cut.end() :]
    return re.sub(r"\s*(?:于|在)\s*$", "", name).strip(" \t,，:;\"'“”")
