"""How offices write channels, kinds, items and days into their ledgers, put into the words of an import."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import notices
from feedback.errors import Refusal, _
from feedback.ledger_import.entries import OPEN, SETTLED
from feedback.models import GENERAL, Channel, Item, Kind

CHANNELS = {
    Channel.WEB: "web 网上 网络 网站 网页 网上留言 门户网站 官网 微信 公众号 互联网",
    Channel.EMAIL: "email 电子邮件 邮件 邮箱 电子邮箱 e-mail",
    Channel.PHONE: "phone 电话 来电 热线 12345 电话反映",
    Channel.POST: "post 来信 信件 信函 邮寄 书信 信访件",
    Channel.VISIT: "visit 来访 走访 接访 当面 上门 现场 口头 大厅",
}
KINDS = {
    Kind.COMPLAINT: "complaint 投诉 申诉 申诉求决 诉求",
    Kind.SUGGESTION: "suggestion 建议 意见 意见建议",
    Kind.QUESTION: "question 咨询 求助 询问 问询",
    Kind.REPORT: "report 举报 检举 控告 检举控告",
    Kind.PRAISE: "praise 表扬 感谢 肯定",
}
STATES = {
    SETTLED: (
        "settled 已办结 办结 已销号 销号 已完成 完成 已办 已答复 已回复 已归档 归档 结案 已结案 "
        "不予受理 已转送 已撤回 撤回 是"
    ),
    OPEN: (
        "open 未办结 未销号 未完成 未办 未答复 待办 待办理 在办 办理中 正在办理 已登记 待甄别 "
        "已受理 已交办 待补正 已延期 待审核 待评价 重新办理 否"
    ),
}
WHOLE = frozenset({"整体或其他", "整体", "其他", "其它", "综合", "无", "general", ""})
# What an import knows without being told; see entries.
KEPT = frozenset({"spam", "off-topic"})
_KEY = re.compile(r"\d{1,2}\.\d{1,2}(?!\d)")
_DAY = re.compile(
    r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?"
    r"(?:[ T]*(\d{1,2})[:时](\d{2})(?:[:分](\d{2}))?[分秒]?)?"
)
# A spreadsheet's day as a bare number, of 1982 to 2064; day 0 was 30 December 1899.
_SERIAL = re.compile(r"[345]\d{4}(?:\.\d+)?")
_DAY_NOUGHT = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no zones


@dataclass(frozen=True)
class Wording:
    """`items` are the notice's own titles, each with its key."""

    items: Mapping[str, str] = field(default_factory=dict)

    def translated(self, row: dict[str, str]) -> dict[str, str]:
        """Raises Refusal for what is none of the words that are known; it says nothing of what stands there."""
        known = dict(row)
        known["channel"] = _word(row.get("channel", ""), _CHANNEL_WORDS, _NO_CHANNEL)
        if row.get("kind", "").strip():
            known["kind"] = _word(row["kind"], _KIND_WORDS, _NO_KIND)
        if row.get("state", "").strip():
            known["state"] = _word(row["state"], _STATE_WORDS, _NO_STATE)
        if row.get("struck_off_on", "").strip():
            known["struck_off_on"] = _moment(row["struck_off_on"], _NO_STRIKING_OFF)
        known["item"] = self._item(row.get("item", ""))
        known["received_at"] = _moment(row.get("received_at", ""))
        return known

    def _item(self, given: str) -> str:
        plain = _plain(given)
        if plain in WHOLE or plain in KEPT:
            return plain if plain in KEPT else GENERAL
        if key := _KEY.match(plain):
            return key[0]
        if plain in self.items:
            return self.items[plain]
        raise Refusal(_("the published notice has no such item"))


def of_notice(session: Session) -> Wording:
    """With the items of the notice that is published now."""
    found = select(Item).where(Item.notice_id == notices.current(session).id)
    return Wording({_plain(item.title): item.key for item in session.scalars(found)})


_NO_CHANNEL = _("the channel is none of: web, e-mail, phone, post, visit")
_NO_KIND = _("the kind is none of: complaint, suggestion, question, report of misconduct, praise")
_NO_DAY = _("the date of receipt is missing or no date such as 2025-04-18")
_NO_STATE = _("the state says neither that it is settled nor that it is open")
_NO_STRIKING_OFF = _("the day on which it was struck off is no date such as 2025-04-18")
_CHANNEL_WORDS = {word: channel.value for channel, words in CHANNELS.items() for word in words.split()}
_STATE_WORDS = {word: state for state, words in STATES.items() for word in words.split()}
_KIND_WORDS = {word: kind.value for kind, words in KINDS.items() for word in words.split()} | {
    "spam": "spam",
    "垃圾": "spam",
}


def _word(given: str, words: Mapping[str, str], otherwise: str) -> str:
    try:
        return words[_plain(given)]
    except KeyError as error:
        raise Refusal(otherwise) from error


def _moment(given: str, otherwise: str = _NO_DAY) -> str:
    """As ISO 8601; what is that already, perhaps with an offset, stays."""
    plain = unicodedata.normalize("NFKC", given).strip()
    try:
        if found := _DAY.fullmatch(plain):
            return datetime(*(int(part) for part in found.groups(default="0"))).isoformat()  # type: ignore[arg-type]  # noqa: DTZ001
        if _SERIAL.fullmatch(plain):
            return (_DAY_NOUGHT + timedelta(days=float(plain))).isoformat(timespec="seconds")
        return datetime.fromisoformat(plain).isoformat()
    except ValueError as error:
        raise Refusal(otherwise) from error


def _plain(given: str) -> str:
    return "".join(unicodedata.normalize("NFKC", given).lower().split())
