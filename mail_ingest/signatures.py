"""What mail programs add below a text by themselves. A writer's own closing (此致 敬礼, name, date) is none of it."""

import re
from collections.abc import Sequence

from mail_ingest.cleaning import visible
from mail_ingest.markup import Line

_PHONES = (
    "iPhone|iPad|iPod|Mac|Apple|华为|華為|HUAWEI|荣耀|honor|小米|xiaomi|红米|redmi|OPPO|vivo|iQOO|魅族|meizu"
    "|三星|samsung|galaxy|一加|oneplus|realme|努比亚|中兴|ZTE"
    "|联想|lenovo|摩托罗拉|motorola|moto|诺基亚|nokia|索尼|sony|HTC|LG|安卓|android|pixel|windows|blackberry"
    "|黑莓|锤子|坚果|酷派|coolpad|平板|手机|手機|设备|電話|phone|tablet|mobile|pad"
)
_PROGRAMS = (
    "邮箱|信箱|郵箱|邮件|郵件|客户端|mail|outlook|foxmail|hotmail|thunderbird|yahoo|雅虎|gmail|spark"
    "|windows|proton|hey|superhuman|mailbird|钉钉|飞书|企业微信|微信|wps"
)
# Each fits a whole line. 发自我的iPhone; 发自 网易邮箱大师; 来自QQ邮箱; 从 Windows 版邮件发送; 获取 Outlook for iOS.
# What stands between the words: a model's name, the kind of device or program.
_MODEL = (
    r"(?:[A-Za-z0-9+ .\-]|智能|手机|手機|平板|电脑|電腦|客户端|移动|版|端|官方|最新|邮件|邮箱"
    r"|应用|应用程序|的|大师|新浪|网易|用户){0,30}"
)
# A signature is no sentence: nothing that separates clauses stands in it.
_PLAIN = "[^，。！？；,;!?]"
_LINES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:本邮件|此邮件|邮件)?(?:发自|發自|发送自|傳送自|寄自|来自|來自)(?:于)?\s*(?:我\s?的)?\s*"
        rf"{_MODEL}(?:{_PHONES}|{_PROGRAMS}){_MODEL}[。.!！]?",
        rf"(?:本邮件|此邮件|邮件)?(?:从|從|由|通过|使用|用)\s*(?:我\s?的)?\s*{_MODEL}(?:{_PHONES}|{_PROGRAMS}){_MODEL}"
        rf"(?:发送|發送|发出|寄出|傳送|传送|撰写)(?:的)?[。.!！]?",
        rf"(?:获取|取得|下载|下載|获得)\s*(?:适用于|適用於)?{_PLAIN}{{0,20}}(?:outlook|{_PROGRAMS}){_PLAIN}{{0,20}}",
        rf"(?:sent|written|composed|posted)\s+(?:from|via|using|with|by|on)\b{_PLAIN}{{0,60}}(?:{_PHONES}|{_PROGRAMS}"
        rf"|app)\b{_PLAIN}{{0,40}}",
        r"sent from my\b.{0,40}",
        r"get outlook for .{2,20}",
        r"(?:von meinem|gesendet von|gesendet mit|von).{0,30}(?:iphone|ipad|outlook|mail|android|handy"
        r"|galaxy).{0,20}(?:gesendet)?\.?",
        r"(?:envoyé (?:de|depuis|à partir)|enviado (?:desde|do|a partir)|inviato da|verzonden vanaf"
        r"|verstuurd vanaf|skickat från|sendt fra|lähetetty|wysłane? z|wysłano z|odesláno z|odoslané z"
        r"|elküldve|trimis de pe|отправлено с|надіслано з|gönderildi|iphone'umdan gönderildi|poslano s"
        r"|poslato sa|được gửi từ|đã gửi từ).{0,50}",
        r"(?:私の)?(?:iphone|ipad|android).{0,12}(?:から送信|より送信)|.{0,12}から送信",
        r"(?:나의|내)\s.{0,14}에서 (?:보냄|보낸 메일)",
        r"(?:签名|簽名)由\s*.{0,12}(?:邮箱|郵箱).{0,12}(?:定制|生成|設定)",  # NetEase Mail Master
        r"(?:网易|163|126|yeah|qq|新浪|sina|sohu|搜狐|139|189|阿里|aliyun|foxmail|腾讯|移动|联通"
        r"|电信).{0,20}(?:邮箱|mail).{0,40}(?:随时随地|免费|下载|大师|官方|体验|更好用|您身边|客户端"
        r"|app).{0,40}",
        r"(?:这封信|此邮件|本邮件)(?:是)?(?:由|从|通过).{0,30}(?:发出|发送)[。.]?",
        r"(?:avast|avg|360|norton|mcafee|kaspersky|eset).{0,80}(?:virus|病毒|viren).{0,60}|virus-free\..{0,60}"
        r"|(?:本邮件|此邮件)已?经?.{0,20}(?:病毒|安全)(?:扫描|检测|检查).{0,40}",
        r"https?://(?:aka\.ms/\w+|www\.avast\.com/\S*|u\.163\.com/\S*|mail\.163\.com/\S*|dashi\.163\.com/\S*"
        r"|go\.microsoft\.com/\S*)",
    )
)
_WRAPPED = re.compile(r"^[\s\[(（【<*_]+|[\s\])）】>*_]+$")
_LINK = re.compile(r"\s*[<(\[]\s*https?://[^<>()\[\]]*[>)\]]")
_CARD_TOP = re.compile(r"^\s*\|(?:\s*\|)+\s*$")
_RULE = re.compile(r"^\s*(?:-{2,}|_{2,}|—{2,}|={3,})\s*$")
_SENTENCE = re.compile(r"[。！？；]|[.!?]\s")
_DELIMITER = re.compile(r"^-- ?$")
_LIST_RULE = re.compile(r"^[_\-=]{30,}$")
_LIST_WORDS = re.compile(r"mailing list|listinfo|unsubscribe|邮件列表|郵件清單|退订", re.IGNORECASE)
_MAX_DELIMITED = 12


def is_client_signature(text: str) -> bool:
    """Whether a line is nothing but what a mail program signs with."""
    text = visible(text).replace("\xa0", " ")
    if not text.strip() or len(text) > 160:
        return False
    core = _WRAPPED.sub("", _WRAPPED.sub("", _LINK.sub("", text)))
    return any(pattern.fullmatch(core) for pattern in _LINES)


def without_signature(lines: Sequence[Line], address: str = "", is_list: bool = False) -> list[Line]:
    """``lines`` without the signatures of mail programs at their end."""
    kept = [line for line in lines if not line.is_signature]
    kept = _without_delimited(_without_blank_end(kept))
    kept = _without_list_footer(kept, is_list)
    kept = _without_card(kept)
    while kept:
        last = kept[-1].text
        if is_client_signature(last) or _is_own_address(kept, address):
            kept = _without_card(_without_blank_end(kept[:-1]))
            # A rule that stood over the signature goes with it; elsewhere it is the writer's.
            if kept and _RULE.match(kept[-1].text):
                kept = _without_blank_end(kept[:-1])
            continue
        if _DELIMITER.match(last):
            kept = _without_blank_end(kept[:-1])
            continue
        two = len(kept) > 1 and is_client_signature(kept[-2].text + " " + last)
        if not two:
            break
        kept = _without_blank_end(kept[:-2])
    return kept


def _without_blank_end(lines: list[Line]) -> list[Line]:
    end = len(lines)
    while end and not visible(lines[end - 1].text).strip():
        end -= 1
    return lines[:end]


def _without_delimited(lines: list[Line]) -> list[Line]:
    """The signature below ``-- `` (RFC 3676 section 4.3); bare dashes need a short tail without sentences."""
    for back in range(2, min(len(lines), _MAX_DELIMITED) + 1):
        if not _DELIMITER.match(lines[-back].text):
            continue
        tail = [line.text for line in lines[1 - back :]]
        is_exact = lines[-back].text == "-- "
        if is_exact or not any(_SENTENCE.search(text) or len(text) > 40 for text in tail):
            return _without_blank_end(lines[:-back])
    return lines


def _without_card(lines: list[Line]) -> list[Line]:
    """The business card of NetEase Mail Master, which its plain text draws with bars."""
    if not lines or not lines[-1].text.strip().endswith("|"):
        return lines
    for back in range(2, min(len(lines), 16) + 1):
        if _CARD_TOP.match(lines[-back].text) and all(len(line.text) < 60 for line in lines[-back:]):
            return _without_blank_end(lines[:-back])
    return lines


def _without_list_footer(lines: list[Line], is_list: bool) -> list[Line]:
    """The rule and the few lines that a list server adds; in other mail only where they speak of a list."""
    for back in range(2, min(len(lines), 10) + 1):
        tail = " ".join(line.text for line in lines[1 - back :])
        if _LIST_RULE.match(lines[-back].text.strip()) and (is_list or _LIST_WORDS.search(tail)):
            return _without_blank_end(lines[:-back])
    return lines


def _is_own_address(lines: list[Line], address: str) -> bool:
    """Foxmail signs with the account's own address on a line of its own."""
    return (
        bool(address)
        and len(lines) > 1
        and lines[-1].text.strip().lower() in (address.lower(), f"<{address.lower()}>")
    )
