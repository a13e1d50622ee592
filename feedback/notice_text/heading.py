"""What stands above the text of a notice: title, day of publication, edition."""

import re
from datetime import date

from feedback.notice_text.dates import dates_in
from feedback.notice_text.markers import without_decoration
from feedback.notice_text.plain import half_width_digits
from feedback.notice_text.signature import ORGAN
from feedback.notice_text.webpage import after_trail, is_navigation

_KIND = r"(?:通报|公告|公示|通告|报告|情况|说明|启事)"
_TITLE_END = re.compile(rf"{_KIND}(?:[（(][^（）()]{{1,12}}[）)])?$")
_SUBJECT = re.compile(r"关于|整改|巡[察视]|督[察查]|审计|反馈|征求")
_SENTENCE = re.compile(r"[。；;！!？?]")
_TAIL = re.compile(
    r" *(?:发布(?:日期|时间|者|机构)|发文(?:日期|时间)|更新时间"
    r"|[【(（]?(?:来源|时间|日期|作者)[：:]|浏览|字[体号]|打印|【?关闭).*$"
)
_SITE = re.compile(rf"(?P<title>.*{_KIND}) ?[-_|—–－]+ ?[^-_|]{{2,30}}$")
# A line end that got lost in pasting: the text goes on after the title and a space.
_TEXT_AFTER = re.compile(rf"(?P<title>[^。；]{{8,120}}?{_KIND}) (?!的)(?=.*[，,。：])")
_COLUMN = re.compile(r"(?:新闻|信息|公开|资讯|服务)(?:中心|社)$")
_LABEL = re.compile(r"^(?:标题|题目|名称)[：:] ?")
_TAG = re.compile(r"^[【\[][^【】\[\]]{1,10}[】\]] ?(?=.{8})")
_LONGEST = 120
_SHORTEST = 8

_PUBLISHED = re.compile(
    r"(?:发布|发稿|刊发|刊登|公布|公示|公开|发文|更新|成文|生成)(?:日期|时间)|发布于|(?:^|\W)(?:日期|时间) ?[：:]"
)
_EDITION = re.compile(
    r"(?<![\dA-Za-z])(?P<edition>第? ?[A-Za-z]?\d{1,3} ?版|第[一二三四五六七八九十]{1,3}版)(?![本权])"
)
_EDITION_LABEL = re.compile(r"版[次面] ?[：:] ?(?P<edition>第?[A-Za-z]?\d{1,3}版?)")


def find_title(header: list[str], issuer: str | None) -> str | None:
    """The title among the lines before the first section, joined where it is broken over lines."""
    bare = [_bare(line) for line in header]
    found = None
    for place, line in enumerate(bare):
        title = _title_ending_at(bare, place, issuer) if _TITLE_END.search(line) else None
        # Browser titles and trails come first; the heading proper stands next to the text.
        found = title or found
    return found


def _bare(line: str) -> str:
    """The line without bullets, tags, site names and what is glued to it; empty for a line of the page."""
    line = line[: 4 * _LONGEST]
    named = _titled_token(line)
    if named or is_navigation(line):
        line = named
    line = _TAIL.sub("", without_decoration(line))
    glued = _TEXT_AFTER.match(line)
    line = glued["title"] if glued else line
    site = _SITE.match(line)
    line = site["title"] if site else line
    line = _TAG.sub("", _LABEL.sub("", after_trail(line))).strip("【】[]★■●◆ ")
    return re.sub(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])", "", line)


def _titled_token(line: str) -> str:
    """A whole title among the words of a line; empty when there is none."""
    tokens = [after_trail(token) for token in line.split(" ")]
    titles = [token for token in tokens if len(token) > _SHORTEST and _TITLE_END.search(token) and "关于" in token]
    return next((title for title in reversed(titles) if not title.startswith("关于") or len(tokens) == 1), "")


def _title_ending_at(lines: list[str], place: int, issuer: str | None) -> str | None:
    title = lines[place]
    if not _is_title_line(title):
        return None
    for above in reversed(lines[max(0, place - 3) : place]):
        if not _continues(above, title, issuer):
            break
        title = above + title
    return title if len(title) >= _SHORTEST and _SUBJECT.search(title) else None


def _is_title_line(line: str) -> bool:
    return bool(line) and len(line) <= _LONGEST and not _SENTENCE.search(line) and not dates_in(line)


def _continues(above: str, title: str, issuer: str | None) -> bool:
    """Whether the line above is the first half of this title."""
    if not _is_title_line(above) or len(above) > 60 or re.search("[：:]", above) or _TITLE_END.search(above):
        return False
    if not title.startswith("关于"):
        return "关于" not in title and "关于" in above
    if issuer:
        return above == issuer
    return len(above) >= 4 and bool(ORGAN.search(above)) and not _COLUMN.search(above)


def without_title(header: list[str], title: str) -> list[str]:
    """The same lines cut where the title stands in the middle of one, so that what is around it can be read."""
    parts = [part.strip() for line in header for part in (line.split(title) if title in line else [line])]
    return [part for part in parts if part]


def issuer_in_title(title: str) -> str | None:
    """The organ before 关于, if the title names it."""
    name, about, _rest = title.partition("关于")
    return name if about and ORGAN.search(name) else None


def published_on(header: list[str], footer: list[str]) -> date | None:
    """The day the page gives as day of publication; else a date in the head of the page."""
    for line in [*header, *footer]:
        label = _PUBLISHED.search(line) if len(line) <= 2 * _LONGEST else None
        days = dates_in(line[label.start() :]) if label else []
        if days:
            return days[0][2]
    return next((day for day in map(_masthead_date, header) if day), None)


def _masthead_date(line: str) -> date | None:
    if len(line) > 60 or _SENTENCE.search(line) or line.startswith(("（", "(")) or _TITLE_END.search(line):
        return None
    days = dates_in(line)
    return days[0][2] if len(days) == 1 else None


def dated_below_title(header: list[str]) -> date | None:
    """The date in brackets that some notices carry under their title instead of a signature."""
    bracketed = [line[1:-1] for line in header if len(line) <= 24 and line[0] in "（(" and line[-1] in "）)"]
    return next((days[0][2] for days in map(dates_in, bracketed) if days), None)


def edition_of(header: list[str], footer: list[str]) -> str | None:
    """The page of the newspaper as printed, such as 03版 or 第A2版."""
    for line in [*header, *footer]:
        if len(line) <= 60 and not _SENTENCE.search(line):
            found = _EDITION_LABEL.search(line) or _EDITION.search(line)
            if found:
                return half_width_digits(found["edition"].replace(" ", ""))
    return None
