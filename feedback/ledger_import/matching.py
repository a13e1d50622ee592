"""Which column of an office's ledger is which field of ours: guessed from the heading, put right by a person."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from feedback.errors import Refusal, _
from feedback.ledger_import.wording import Wording
from feedback.models import Channel

# Names that offices give to each field, the likeliest first; our own export's and the command's are among them.
NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "编号", "登记编号", "收件编号", "办件编号", "信访编号", "台账编号", "流水号", "序号"),
    "received_at": (
        *("received_at", "收件日期", "收件时间", "收到日期", "收到时间", "登记日期", "登记时间", "受理日期"),
        *("来信日期", "来访日期", "来电日期", "来电时间", "反映时间", "日期", "时间", "written_at"),
    ),
    "channel": ("channel", "渠道", "收件渠道", "来源渠道", "反映渠道", "反映方式", "来源", "方式"),
    "item": ("item", "条目", "对应条目", "事项", "对应事项"),
    "kind": ("kind", "类别", "意见类别", "问题类别", "类型", "性质"),
    "subject": ("subject", "标题", "主题", "事由"),
    "text": (
        *("text", "内容", "正文", "意见内容", "反映内容", "来信内容", "主要内容", "具体内容", "诉求内容"),
        *("问题内容", "内容摘要", "反映问题", "意见建议", "主要诉求", "诉求"),
    ),
    "name": ("name", "来信人", "姓名", "反映人", "意见人", "来访人", "来电人", "信访人", "联系人", "署名"),
    "phone": ("phone", "联系电话", "电话", "电话号码", "手机", "手机号", "手机号码", "联系方式"),
    "email": ("email", "电子邮箱", "邮箱", "电子邮件"),
    "address": ("address", "地址", "联系地址", "通信地址", "通讯地址", "住址"),
    "unit": ("unit", "责任单位", "承办单位", "主办单位", "办理单位"),
    "state": ("state", "状态", "办理状态", "办理情况", "办结情况", "是否办结"),
    "struck_off_on": ("struck_off_on", "销号日期", "销号时间", "办结日期", "办结时间"),
}
FIELD_LABELS = {
    "id": _("Number in the old ledger"),
    "received_at": _("Date of receipt"),
    "channel": _("Channel"),
    "item": _("Item of the notice"),
    "kind": _("Kind"),
    "subject": _("Subject"),
    "text": _("Text"),
    "name": _("Name"),
    "phone": _("Phone number"),
    "email": _("E-mail address"),
    "address": _("Address"),
    "unit": _("Responsible unit"),
    "state": _("State"),
    "struck_off_on": _("Struck off on"),
}
NEEDED = ("id", "received_at", "channel", "text")
# In place of a column: all rows came through this channel.
ALL = "all:"
_REMARK = re.compile(r"\(.*?\)|[\s*:_/-]")

Matching = Mapping[str, int | str]


def guess(headings: Sequence[str]) -> dict[str, int]:
    """Field and column, each column once: by the very name first, then by a name that it contains."""
    plain = [_plain(heading) for heading in headings]
    found: dict[str, int] = {}
    for fits in (str.__eq__, str.__contains__):
        for field, names in NAMES.items():
            free = [column for column in range(len(plain)) if column not in found.values()]
            columns = (
                column for name in names if len(name) > 1 for column in free if fits(plain[column], _plain(name))
            )
            if field not in found and (column := next(columns, None)) is not None:
                found[field] = column
    return found


def read(chosen: Mapping[str, str], headings: Sequence[str]) -> dict[str, int | str]:
    """What was chosen for each field: the number of a column, nothing, or `all:` and a channel. Raises Refusal."""
    found: dict[str, int | str] = {}
    for field in NAMES:
        given = chosen.get(field, "").strip()
        if field == "channel" and given.removeprefix(ALL) in set(Channel):
            found[field] = given
        elif given.isascii() and given.isdigit() and int(given[:4]) < len(headings):
            found[field] = int(given[:4])
        elif given:
            raise Refusal(_("There is no such column."), field=field)
    _require_whole(found)
    return found


def _require_whole(found: Matching) -> None:
    for field in NEEDED:
        if field not in found:
            raise Refusal(_("Please choose the column: without it no row can be imported."), field=field)
    columns = [column for column in found.values() if isinstance(column, int)]
    twice = next((field for field, column in found.items() if columns.count(column) > 1), None)  # type: ignore[arg-type]
    if twice:
        raise Refusal(_("This column was chosen twice."), field=twice)


def matched(
    rows: Iterable[tuple[int, Sequence[str] | Refusal]], matching: Matching, wording: Wording
) -> Iterator[tuple[int, dict[str, Any] | Refusal]]:
    """Each row under the names and in the words that `entries` knows."""
    for line, cells in rows:
        if isinstance(cells, Refusal):
            yield line, cells
            continue
        try:
            yield line, wording.translated({field: _cell(cells, column) for field, column in matching.items()})
        except Refusal as refusal:
            yield line, refusal


def _cell(cells: Sequence[str], column: int | str) -> str:
    if isinstance(column, str):
        return column.removeprefix(ALL)
    return cells[column] if column < len(cells) else ""


def _plain(heading: str) -> str:
    """Without width, case, spaces and remarks in brackets."""
    return _REMARK.sub("", unicodedata.normalize("NFKC", heading).lower())
