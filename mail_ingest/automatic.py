"""Mail that no person wrote to us: bounces, automatic answers, lists (RFC 3464, RFC 3834, RFC 2919)."""

import re

from mail_ingest.headers import Headers
from mail_ingest.parsed import AutomaticKind, Mailbox

_DAEMON = re.compile(
    r"^(?:mailer-?daemon|mail-daemon|postmaster|postoffice|mailadmin|mail-?system|mdaemon"
    r"|bounces?)(?:[+\-_=].*)?@|^(?:mailer-?daemon|postmaster)$",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"^\s*(?:系统退信|退信|邮件退[回信]|退回邮件|【?退信通知|投递失败|邮件投递|邮件发送失败|发送失败|无法投递"
    r"|无法送达|未送达|未能送达|邮件未送达|傳遞失敗|無法傳遞|無法投遞|系統退信|退件"
    r"|undeliver|returned mail|delivery (?:status|fail)|failure notice|mail delivery (?:fail|system)"
    r"|mail system error|message (?:undeliverable|not delivered)|nondeliverable"
    r"|unzustellbar|nicht zustellbar|non remis|no se puede entregar|mancato recapito|onbestelbaar"
    r"|не доставлено|недоставленное)",
    re.IGNORECASE,
)
_REPLY_SUBJECT = re.compile(
    r"^\s*(?:[\[【(（]?\s*(?:自动回复|自動回覆|自動回復|自动答复|自动应答|外出自动回复|假期自动回复|假期回复"
    r"|休假回复|休假自动|出差自动|不在办公室|外出时的自动|自动回信)"
    r"|auto(?:matic)?[ -]?(?:reply|response|answer|responder)|auto\s*[:：]|automatic reply"
    r"|out of (?:the )?office|ooo\s*[:：]|vacation (?:reply|response)|away from my mail"
    r"|automatische antwort|abwesenheit|réponse automatique|absence du bureau|respuesta automática"
    r"|risposta automatica|resposta automática|automatisch antwoord|autosvar|automaattinen vastaus"
    r"|automatyczna odpowiedź|automatická odpověď|automatikus válasz|otomatik yanıt|автоматический ответ"
    r"|автоответ|自動応答|自動返信|자동 ?회신|부재중"
    r"|已读[:：]|已读回执|阅读回执|送达回执|read[:：] |read receipt)",
    re.IGNORECASE,
)
_NULL_PATH = re.compile(rb"^\s*<\s*>\s*$")


def automatic_kind(
    headers: Headers, report: str | None, sender: Mailbox | None, subject: str, is_forward: bool
) -> AutomaticKind | None:
    """What machine sent it; a message passed on by a rule is not automatic for that.

    ``report`` is the report-type of a multipart/report (RFC 6522), None for any other message.
    """
    if _is_bounce(headers, report, sender, subject):
        return "bounce"
    if _is_auto_reply(headers, report, subject, is_forward):
        return "auto-reply"
    return "list" if _is_list(headers) else None


def _is_bounce(headers: Headers, report: str | None, sender: Mailbox | None, subject: str) -> bool:
    if report in ("delivery-status", ""):
        return True
    if headers.first(b"x-failed-recipients") is not None:
        return True
    is_daemon = sender is not None and _DAEMON.search(sender.address or sender.name) is not None
    has_null_path = _NULL_PATH.match(headers.first(b"return-path") or b"") is not None
    return (is_daemon or has_null_path) and (
        _BOUNCE_SUBJECT.match(subject) is not None or (is_daemon and has_null_path)
    )


def _is_auto_reply(headers: Headers, report: str | None, subject: str, is_forward: bool) -> bool:
    submitted = headers.text(b"auto-submitted").lower().partition(";")[0].strip()
    if submitted.startswith("auto-replied") or submitted.startswith("auto-notified"):
        return True
    # RFC 3834 section 5; Exchange marks what its forwarding rules send as auto-generated too.
    if submitted.startswith("auto-generated") and not is_forward:
        return True
    named = (
        b"x-autoreply",
        b"x-autorespond",
        b"x-autoresponder",
        b"x-auto-reply",
        b"x-mail-autoreply",
        b"x-vacation",
    )
    if any(headers.first(name) is not None and headers.text(name).lower() not in ("no", "false") for name in named):
        return True
    if headers.text(b"precedence").lower() in ("auto_reply", "auto-reply"):
        return True
    return report == "disposition-notification" or _REPLY_SUBJECT.match(subject) is not None


def _is_list(headers: Headers) -> bool:
    named = (b"list-id", b"list-post", b"mailing-list", b"x-mailing-list", b"list-unsubscribe")
    return any(headers.first(name) is not None for name in named) or headers.text(b"precedence").lower() in (
        "list",
        "bulk",
    )
