"""Whether words above a forwarded message are an opinion or only pass it on (请登记。 / fyi / 见附件)."""

import re
from collections.abc import Sequence

from mail_ingest.cleaning import visible
from mail_ingest.markup import Line
from mail_ingest.signatures import without_signature

# What clerks and relatives write when they pass a letter on.
_PASSING_ON = re.compile(
    r"登记|转办|转发|转送|转呈|转交|转系统|转给|转[请交各]|代转|代发|帮.{0,6}(?:转|发)|阅处|阅办|阅示|批示"
    r"|批转|处理|办理|处置|核处|酌处|研处|查收|收悉|请阅|请看|请见|请查|请审|请核|请收|请知|请悉"
    r"|详见|见附件|见下|见后|附件|如下|以下|下面|原文|原件|来信|群众来|群众信|信件|来件|该件|此件|本件|参阅"
    r"|供参考|供阅|知悉|备查|存档|归档|录入|受理|交办|分办|督办|跟进|跟办|限期|尽快|请.{0,12}(?:回复|答复"
    r"|反馈)"
    r"|收到一?封|一封.{0,10}(?:信|邮件)|替.{0,8}(?:转|发)|邮件来了"
    r"|\bfyi\b|\bforward|\bfwd\b|see below|see attached|please (?:see|find|handle|register|process|deal|review"
    r"|check|advise|take)|as below|attached|for your (?:information|action|attention)|pls",
    re.IGNORECASE,
)
# Of these, what only somebody says who hands a letter over.
_HANDING_OVER = re.compile(
    r"登记|转办|转来|转呈|转交|转系统|现将|现转|批转|阅处|阅办|阅示|请阅|请查收|查收|交办|分办|督办|录入|代转|代发|群众来信|\bfyi\b|\bforward",
    re.IGNORECASE,
)
# A person speaking of their own matter.
_OWN_MATTER = re.compile(
    r"我(?:家|们村|们小区|们单位|们这|村|是|叫|住|在|曾|已经|要|想|也|的|家|就|不)|(?:与|给|找|把|让|对|帮)我(?!们?单位)|(?:^|[，"
    r",。；：\s])本人(?!已)|俺|我们(?!已|将|会"
    r"|收到)|\bI (?:am|have|live|want|was)\b|\bmy (?:house|home|village|wage|family)\b"
)
_GREETING = re.compile(
    r"^\s*(?:尊敬的?.{0,16}|各位.{0,10}|.{0,8}(?:您好|你好|大家好|早上好|下午好|领导好)|(?:dear|hi"
    r"|hello)\b.{0,30}|谢谢.{0,4}|多谢.{0,4}|thanks?.{0,20}|thx|best regards|regards|此致|敬礼|祝好|顺颂.{0,6}"
    r"|祝.{0,8})[\s,，.。:：!！~～]*$",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(?:电话|手机|tel|phone|mobile|传真|fax|地址|邮编|邮箱|e-?mail|网址|qq|微信)\s*[:：]|\d{3,4}-\d{7,8}|@"
    r"|https?://|^\s*\d{4}\s*[年/-].{0,16}$",
    re.IGNORECASE,
)
_HANZI = re.compile(r"[\u3400-\u9fff\u3041-\u30fe\uac00-\ud7a3]")
_WORD = re.compile(r"[^\W\d_\u3400-\u9fff\u3041-\u30fe\uac00-\ud7a3]{2,}")
_SENTENCE_END = re.compile(r"[。！？!?；;\n]+|\.\s")
_MAX_LINES = 1_000
_SHORT = 18
_LONG = 90


def weight(text: str) -> float:
    """About how many Chinese characters a text is worth."""
    return len(_HANZI.findall(text)) + 1.5 * len(_WORD.findall(text))


def is_opinion(lines: Sequence[Line]) -> bool:
    """Whether somebody who passes a message on wrote an opinion of their own above it."""
    sentences = [sentence for line in without_signature(lines[:_MAX_LINES]) for sentence in _sentences(line.text)]
    text = "\n".join(sentences)
    total = weight(text)
    if total < 8 or not sentences:
        return False
    if total < _SHORT:
        return _OWN_MATTER.search(text) is not None and _HANDING_OVER.search(text) is None
    own = sum(weight(sentence) for sentence in sentences if not _passes_on(sentence))
    if total > _LONG:
        return own > total / 3 or own > _LONG
    return own > total / 2 and (
        _OWN_MATTER.search(text) is not None or own > 1.3 * _SHORT or _PASSING_ON.search(text) is None
    )


def hands_over(lines: Sequence[Line]) -> bool:
    """Whether the words do nothing but give a letter to somebody else (请登记。)."""
    return not is_opinion(lines) and any(_HANDING_OVER.search(line.text) for line in lines)


def _passes_on(sentence: str) -> bool:
    """A sentence about handling; a resident who asks for it in a long one speaks of their own matter first."""
    if _PASSING_ON.search(sentence) is None:
        return False
    is_own = weight(sentence) > _SHORT and _OWN_MATTER.search(sentence) is not None
    return not is_own or (_HANDING_OVER.search(sentence) is not None and weight(sentence) < 2 * _SHORT)


def _sentences(text: str) -> list[str]:
    text = visible(text)
    if _GREETING.match(text) or (_CONTACT.search(text) and len(text) < 60):
        return []
    return [sentence for sentence in _SENTENCE_END.split(text) if sentence.strip() and not _GREETING.match(sentence)]
