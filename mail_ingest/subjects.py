"""Prefixes of subjects: what a client of any language puts before the subject of an answer or of a forward."""

import re
from typing import Literal

_FORWARD = (
    "转发|轉寄|轉發|转寄|转|轉|转发邮件|转送"  # Chinese
    "|fw|fwd|forward|forwarded|wg|weitergeleitet|tr|rv|reenv|i|inoltro|inol|enc|doorst|fs|vb|videresend|vl|pd"
    "|přep|továbbítás|továbbítva|"
    "redir|ilt|i̇lt|ynlt|пер|пересл|переслано|fwd from|転送|전달|전달됨|chuyển tiếp|πρθ|prosl|edasi"
)
_REPLY = (
    "回复|回覆|答复|答覆|回信|回|答|复|re|aw|antw|antwort|sv|res|rif|r|odp|atb|ynt|yanıt|vá|vast|re."
    "|ответ|отв|відп|від|返信|回答|답장|답변|회신|trả lời|ref|απ|σχετ"
)
# "VS" is a forward in Danish and Norwegian, an answer in Finnish; it is skipped and says nothing.
_EITHER = "vs"
_PREFIX = re.compile(
    rf"^\s*(?:\[[^\]\n]{{1,40}}\]\s*)?(?:(?P<forward>{_FORWARD})|(?P<reply>{_REPLY})"
    rf"|(?P<either>{_EITHER}))\.?\s*(?:[\[(（]\d{{1,3}}[\])）]|\^\d{{1,3}})?\s*[:：]\s*",
    re.IGNORECASE,
)
SubjectKind = Literal["forward", "reply"]


def kind_of(subject: str) -> SubjectKind | None:
    """What the outermost prefix says."""
    while (match := _PREFIX.match(subject)) is not None:
        if match["forward"]:
            return "forward"
        if match["reply"]:
            return "reply"
        subject = subject[match.end() :]
    return None


def without_forward_prefix(subject: str) -> str:
    """The subject that was forwarded: one prefix of forwarding off, an answer's prefix under it stays."""
    match = _PREFIX.match(subject)
    return subject[match.end() :].strip() if match is not None and not match["reply"] else subject.strip()
