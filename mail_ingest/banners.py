"""The lines that mail programs put above a message they forward or quote, and the attribution lines of replies."""

import re
from enum import Enum

from mail_ingest.labels import folded


class Banner(Enum):
    """What a banner says about the message below it."""

    FORWARD = "forward"
    ORIGINAL = "original"
    REPLY = "reply"


# Whole banners without their dashes and colon.
_FORWARD = (
    "转发邮件信息|转发信息|转发邮件|转发的邮件|转发的消息|转发消息|转发的原邮件|转发原邮件|已转发邮件"
    "|已转发的邮件|转发内容|被转发邮件|邮件转发"
    "|以下是转发的邮件|以下是被转发的邮件|以下为转发邮件|以下为转发的邮件|以下是转发邮件|开始转发的邮件"
    "|开始转发邮件|开始转发信息|转发的邮件开始"
    "|轉寄的訊息|轉寄訊息|轉寄的郵件|轉寄郵件|轉寄郵件訊息|已轉寄郵件|開始轉寄郵件|以下是轉寄的郵件|轉發的郵件"
    "|轉發郵件|轉發的訊息"
    "|forwarded message|forwarded messages|forwarding messages|forwarding message|forwarded mail"
    "|forwarded email|forwarded by|forward message"
    "|begin forwarded message|begin forwarded email|start of forwarded message|fwd message|original message forwarded"
    "|weitergeleitete nachricht|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail"
    "|weitergeleitete e-mail|weitergeleitete mail"
    "|message transféré|message transmis|début du message réexpédié|début du message transféré"
    "|message réexpédié|courriel transféré"
    "|mensaje reenviado|inicio del mensaje reenviado|mensaje transferido"
    "|messaggio inoltrato|inizio messaggio inoltrato|inizio del messaggio inoltrato"
    "|mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada|início da mensagem reencaminhada"
    "|doorgestuurd bericht|begin doorgestuurd bericht|begin van doorgestuurd bericht|doorgestuurde e-mail"
    "|vidarebefordrat meddelande|vidarebefordrat mejl|vidarebefordrat brev|början på vidarebefordrat meddelande"
    "|videresendt besked|videresendt meddelelse|start på videresendt besked|videresendt melding"
    "|start på videresendt melding"
    "|välitetty viesti|välitetty viesti alkaa|edelleenlähetetty viesti|välitetty viesti / fwd.msg"
    "|edastatud kiri|edastatud sõnum"
    "|przekazana wiadomość|treść przekazanej wiadomości|początek przekazywanej wiadomości"
    "|wiadomość przesłana dalej|przesłana wiadomość"
    "|přeposlaná zpráva|začátek přeposílané zprávy|přeposlaný e-mail|preposlaná správa"
    "|začiatok preposlanej správy|preposlaná správa --- forwarded message"
    "|proslijeđena poruka|započni proslijeđenu poruku|posredovano sporočilo|prosleđena poruka"
    "|továbbított üzenet|továbbított levél|továbbított levél kezdete|továbbított üzenet kezdete"
    "|mesaj redirecționat|începe mesajul redirecționat|mesaj retrimis|mesaj transmis mai departe"
    "|iletilmiş mesaj|iletilen ileti|ileti başlangıcı|yönlendirilmiş ileti|iletilen mesaj|yönlendirilen mesaj"
    "|пересылаемое сообщение|перенаправленное сообщение|начало переадресованного сообщения"
    "|пересланное сообщение|начало пересылаемого сообщения"
    "|переслане повідомлення|перенаправлене повідомлення|початок листа, що пересилається"
    "|початок пересланого повідомлення|препратено съобщение"
    "|メッセージを転送|転送されたメッセージ|転送メッセージ|転送されたメール|転送メール|元のメッセージを転送"
    "|전달된 메시지|전달된 메일|전달 메시지|전달된 이메일|원본 메시지 전달"
    "|thư đã chuyển tiếp|thư chuyển tiếp|tin nhắn đã chuyển tiếp|tin nhắn được chuyển tiếp|bắt đầu thư chuyển tiếp"
    "|προωθημένο μήνυμα|הודעה שהועברה|رسالة معاد توجيهها|pesan terusan|pesan yang diteruskan|ข้อความที่ส่งต่อ"
)
# Used by the same client for replies and for forwards: Outlook, QQ, Foxmail, Coremail, Sina, 139, phones.
_ORIGINAL = (
    "原始邮件|邮件原件|原邮件|原始邮件信息|原邮件信息|邮件原文|原文|原始信息|原始消息|原信息|原消息|源邮件"
    "|原始内容|原始邮件内容|原邮件内容|来信原文"
    "|原始郵件|原始訊息|郵件原件|原郵件|原始信件|原文件"
    "|original message|original messages|original mail|original email|original"
    "|ursprüngliche nachricht|originalnachricht|original-nachricht|message d'origine|message original"
    "|courriel original|mensaje original|messaggio originale|mensagem original"
    "|oorspronkelijk bericht|origineel bericht|originalmeddelande|ursprungligt meddelande"
    "|oprindelig meddelelse|original meddelelse|opprinnelig melding|alkuperäinen viesti"
    "|oryginalna wiadomość|wiadomość oryginalna|původní zpráva|pôvodná správa|izvorna poruka|originalna poruka"
    "|eredeti üzenet|mesaj original|özgün ileti|orijinal mesaj|orijinal ileti"
    "|исходное сообщение|оригинал сообщения|оригінальне повідомлення|вихідне повідомлення|元のメッセージ"
    "|オリジナルメッセージ|원본 메시지|원본 메일|원래 메시지|thư gốc|tin nhắn gốc"
)
_REPLY = (
    "回复的原邮件|回复原邮件|回复邮件|回复的邮件|回复信息|答复邮件|回覆的原郵件|回覆郵件|replied message"
    "|reply message|reply to message|antwort nachricht"
)
BANNER_OF: dict[str, Banner] = {
    **{folded(words): Banner.ORIGINAL for words in _ORIGINAL.split("|")},
    **{folded(words): Banner.REPLY for words in _REPLY.split("|")},
    **{folded(words): Banner.FORWARD for words in _FORWARD.split("|")},
}
_DECORATION = re.compile(r"^[\s\-=_*~#>|.·—─－＿]+|[\s\-=_*~#<|.·—─－＿:：]+$")
_DECORATED = re.compile(r"^\s*[-=_*~#—─－＿]{2,}\s*(\S.{0,60}?)\s*[-=_*~#—─－＿]{2,}\s*[:：]?\s*$")
_LEADING = re.compile(
    r"^\s*[-=_*~#—─－＿]{2,}\s*([^-=_*~#—─－＿\s][^-=_*~#—─－＿]{2,60}?)\s*[-=_*~#—─－＿]{2,}\s*(?=\S)"
)
_RULE = re.compile(r"^\s*(?:[-=_*~#—─－＿]\s?){5,}\s*$")
_FORWARD_WORD = re.compile(r"转发|轉寄|轉發|転送|전달|forward|fwd", re.IGNORECASE)
_REPLY_WORD = re.compile(r"回复|回覆|答复|repl(?:y|ied)", re.IGNORECASE)
_ORIGINAL_WORD = re.compile(r"原始|原邮件|原件|原文|原郵件|original|원본|元の", re.IGNORECASE)


def banner_of(line: str) -> Banner | None:
    """The banner a line is, if it is one: a known phrase, or words of that kind between dashes."""
    if len(line) > 160 or not line.strip():
        return None
    core = line
    for _ in range(2):
        core = _DECORATION.sub("", core)
    known = BANNER_OF.get(folded(core))
    if known is not None:
        # Short everyday words count only with dashes or a colon around them.
        return known if len(core) > 4 or core != line.strip() else None
    decorated = _DECORATED.match(line)
    if decorated is None:
        return None
    words = decorated[1]
    if _FORWARD_WORD.search(words):
        return Banner.FORWARD
    if _REPLY_WORD.search(words):
        return Banner.REPLY
    return Banner.ORIGINAL if _ORIGINAL_WORD.search(words) else None


def leading_banner(line: str) -> tuple[Banner, str] | None:
    """A banner with the header block on the same line (Yahoo): its kind and the rest of the line."""
    match = _LEADING.match(line[:200])
    if match is None:
        return None
    banner = banner_of(match[0])
    return (banner, line[match.end() :]) if banner is not None else None


def is_rule(line: str) -> bool:
    """A line of dashes, underscores or the like."""
    return len(line) <= 300 and _RULE.match(line) is not None
