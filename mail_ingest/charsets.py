"""Bytes to text. A label is believed only where it decodes strictly and the result reads like a language.

Chinese mail lies about its charset daily: GBK sent as gb2312, as iso-8859-1, as utf-8, or with no label.
Only codecs named in the tables below are ever run; Python's non-text codecs (zip, rot13 ...) are out of reach.
"""

import codecs
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from mail_ingest.commonness import cyrillic_score, hangul_score, hanzi_score, kana_score, latin_score

# Codec: the labels it goes by, lower case, letters and digits only.
_LABELS = {
    # gb2312 and gbk mean gb18030: it is a superset of both, and senders write any of the names.
    "gb18030": "gb18030 gb180302000 gb180302005 gb2312 gb23121980 gb231280 gb gbk gb2312gbk euccn xeuccn"
    " csgb2312 csgbk "
    "csiso58gb231280 isoir58 chinese cngb gb1 cp936 ms936 936 windows936 xcp936 xgbk xgb xgb2312 xgb18030"
    " xcp20936 zhcn",
    "cp950": "big5 big5eten xbig5 xxbig5 cnbig5 csbig5 cp950 ms950 950 windows950 big5tw zhtw",
    "big5hkscs": "big5hkscs big5hk hkscs",
    "hz": "hz hzgb hzgb2312",
    "utf-8": "utf8 utf utf8mb4 unicode11utf8 xunicode20utf8 unicode20utf8 csutf8 65001 cp65001 utf8n utf8bom",
    "utf-7": "utf7 unicode11utf7 csunicode11utf7 xunicode20utf7 unicode20utf7",
    "utf-16": "utf16 unicode ucs2 iso10646ucs2 csunicode",
    "utf-16-le": "utf16le unicodelittleendian",
    "utf-16-be": "utf16be unicodebigendian unicodefffe",
    "utf-32": "utf32 ucs4",
    "iso2022_jp_2": "iso2022jp iso2022jp1 iso2022jp2 iso2022jp3 csiso2022jp jis",
    "iso2022_kr": "iso2022kr csiso2022kr",
    "cp932": "shiftjis xsjis sjis csshiftjis cp932 ms932 windows31j mskanji",
    "euc_jp": "eucjp xeucjp ujis cseucpkdfmtjapanese",
    "cp949": "euckr cseuckr ksc5601 ksc56011987 ksc56011989 cp949 ms949 uhc korean windows949 ksc5601",
    "ascii": "usascii ascii ansix341968 iso646us us",
    "cp1252": "iso88591 latin1 l1 cp1252 windows1252 ansi cp819 xansi 8bit default",
    "iso8859_15": "iso885915 latin9 l9",
    "cp1250": "cp1250 windows1250",
    "cp1251": "cp1251 windows1251 xcp1251",
    "cp1253": "cp1253 windows1253",
    "cp1254": "cp1254 windows1254 iso88599 latin5",
    "cp1255": "cp1255 windows1255",
    "cp1256": "cp1256 windows1256",
    "cp1257": "cp1257 windows1257",
    "cp1258": "cp1258 windows1258",
    "iso8859_2": "iso88592 latin2 l2",
    "iso8859_3": "iso88593 latin3",
    "iso8859_4": "iso88594 latin4",
    "iso8859_5": "iso88595 cyrillic",
    "iso8859_6": "iso88596 arabic",
    "iso8859_7": "iso88597 greek",
    "iso8859_8": "iso88598 iso88598i hebrew",
    "iso8859_10": "iso885910 latin6",
    "iso8859_13": "iso885913",
    "iso8859_14": "iso885914",
    "iso8859_16": "iso885916",
    "koi8_r": "koi8r koi8",
    "koi8_u": "koi8u",
    "cp866": "cp866 ibm866 866",
    "cp437": "cp437 ibm437",
    "cp850": "cp850 ibm850",
    "cp874": "cp874 windows874 tis620 iso885911",
    "mac_roman": "macintosh macroman xmacroman mac",
}
_CODEC_OF = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}
# Labels that fit any bytes: they say nothing, so the bytes are judged.
_SAYS_NOTHING = frozenset({"cp1252", "iso8859_15", "cp437", "cp850", "mac_roman"})
# Seven-bit codecs whose text looks like ASCII from outside.
_SEVEN_BIT = frozenset({"utf-7", "hz", "iso2022_jp_2", "iso2022_kr"})
_MULTIBYTE = frozenset({"gb18030", "cp950", "big5hkscs", "cp949", "cp932", "euc_jp"})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES: tuple[tuple[str, Callable[[str], float]], ...] = (
    ("gb18030", hanzi_score),
    ("cp950", hanzi_score),
    ("cp1252", latin_score),
    ("cp1251", cyrillic_score),
    ("koi8_r", cyrillic_score),
    ("cp949", hangul_score),
    ("cp932", kana_score),
    ("euc_jp", kana_score),
)
# The first characters decide; a judge of more would only be slower.
_JUDGED = 1500
_UNREADABLE = 0.25
_NOISE = -0.5
_MAX_MIXED = 500_000
# The form of a hanzi in UTF-8; two-byte sequences alone may be GBK by chance.
_THREE_BYTES = re.compile(rb"[\xe2-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_NOT_LABEL = re.compile(r"[^a-z0-9]")


class Decoded(NamedTuple):
    """Text, the codec that gave it, and whether the label was right."""

    text: str
    codec: str
    as_labelled: bool


@lru_cache(maxsize=512)
def codec_for(label: str) -> str | None:
    """The codec meant by a charset label, or None for labels that name no text codec we know."""
    # RFC 2231 section 5 lets a language follow the charset: utf-8*zh.
    words = label[:60].lower().partition("*")[0].replace("(", " ").replace(";", " ").split()
    return _CODEC_OF.get(_NOT_LABEL.sub("", words[0])) if words else None


def decode(raw: bytes, label: str | None = None) -> Decoded:
    """Text of ``raw``; never fails, at worst with replacement characters."""
    codec = codec_for(label) if label else None
    if raw.isascii():
        return _decode_ascii(raw, codec)
    # A label of ASCII is refuted by the first byte above it.
    codec = None if codec == "ascii" else codec
    for mark, marked in _MARKS:
        if raw.startswith(mark):
            return Decoded(_replace(raw, marked).lstrip("\ufeff"), marked, True)
    if codec is not None and codec not in _SAYS_NOTHING and (codec == "utf-8" or not _is_utf8_instead(raw, codec)):
        text = _strict(raw, codec)
        if text is not None and (codec == "utf-8" or _plausible(text, codec, raw)):
            return Decoded(text, codec, True)
    return _judge(raw, codec)


def _is_utf8_instead(raw: bytes, codec: str) -> bool:
    """Text of a one-byte charset practically never happens to be valid UTF-8."""
    return codec not in _MULTIBYTE and codec not in _SEVEN_BIT and _strict(raw, "utf-8") is not None


def _decode_ascii(raw: bytes, codec: str | None) -> Decoded:
    if codec in _SEVEN_BIT:
        text = _strict(raw, codec)
        if text is not None:
            return Decoded(_without_surrogates(text), codec, True)
    if codec is not None and codec.startswith(("utf-16", "utf-32")) and b"\x00" in raw:
        return Decoded(_replace(raw, codec), codec, True)
    if b"\x1b$" in raw and (text := _strict(raw, "iso2022_jp_2")) is not None:
        return Decoded(text, "iso2022_jp_2", codec is None)
    if b"~{" in raw and b"~}" in raw and (text := _strict(raw, "hz")) is not None and hanzi_score(text) > 0.5:
        return Decoded(text, "hz", codec is None)
    return Decoded(raw.decode("ascii"), "ascii", True)


def _plausible(text: str, codec: str, raw: bytes) -> bool:
    """Whether a multibyte label's own reading is ordinary text; other labels are believed."""
    if codec not in _MULTIBYTE:
        return True
    score = _score_of(codec)(_sample(text))
    # A single character proves little against a label.
    if score > (0.55 if len(text) > 1 else 0.4):
        return True
    rivals = [_score_of(name)(_sample(rival)) for name, rival in _readings(raw) if name != codec]
    return not rivals or score >= max(rivals) - 0.15


def _score_of(codec: str) -> Callable[[str], float]:
    return dict(_CANDIDATES).get(codec, hanzi_score)


def _readings(raw: bytes) -> list[tuple[str, str]]:
    readings = [(codec, _strict(raw, codec)) for codec in ("utf-8", *(name for name, _ in _CANDIDATES))]
    return [(codec, text) for codec, text in readings if text is not None]


def _judge(raw: bytes, codec: str | None) -> Decoded:
    """UTF-8 where it fits, else the reading whose characters are the commonest."""
    text = _strict(raw, "utf-8")
    if text is not None and (_THREE_BYTES.search(raw) or _any_script(_sample(text)) > 0.2):
        return Decoded(text, "utf-8", codec == "utf-8" or codec is None)
    readings = [(_score_of(name)(_sample(text)), name, text) for name, text in _readings(raw)]
    score, best, text = max(readings, key=lambda reading: reading[0], default=(-2.0, "", ""))
    if score > _UNREADABLE:
        if best == "cp1252" and codec in _SAYS_NOTHING:
            return Decoded(_replace(raw, codec), codec, True)
        return Decoded(text, best, codec in (None, best))
    # No single codec fits: damaged bytes, or a footer that a list server added in another charset.
    mixed = _by_lines(raw, codec)
    if mixed is not None and _commonest(_sample(mixed)) > _UNREADABLE:
        return Decoded(mixed, "mixed", False)
    if codec in _SAYS_NOTHING:
        return Decoded(_replace(raw, codec), codec, True)
    if score > _NOISE and "\ufffd" not in text:
        return Decoded(text, best, codec in (None, best))
    return _forced(raw, codec)


def _commonest(text: str) -> float:
    return max(score(text) for _, score in _CANDIDATES)


def _any_script(text: str) -> float:
    return max(latin_score(text), cyrillic_score(text + "      "))


def _by_lines(raw: bytes, codec: str | None) -> str | None:
    if b"\n" not in raw or len(raw) > _MAX_MIXED:
        return None
    texts: list[str] = []
    for line in raw.split(b"\n", 2000):
        text = _line(line, codec)
        if text is None:
            return None
        texts.append(text)
    return "\n".join(texts)


def _forced(raw: bytes, codec: str | None) -> Decoded:
    """The reading with the fewest replacement characters."""
    forced = [(name, _replace(raw, name)) for name in ("utf-8", codec or "gb18030", "gb18030")]
    name, text = min(forced, key=lambda pair: pair[1].count("\ufffd"))
    return Decoded(text, name, False)


def _line(raw: bytes, codec: str | None) -> str | None:
    if raw.isascii():
        return raw.decode("ascii")
    for name in ("utf-8", codec, "gb18030"):
        text = _strict(raw, name) if name else None
        if text is not None:
            return text
    return None


def _strict(raw: bytes, codec: str) -> str | None:
    """Strict decoding that forgives only a character cut off at the very end."""
    try:
        return raw.decode(codec)
    except (UnicodeDecodeError, UnicodeError):
        pass
    if codec in _SEVEN_BIT or codec in _SAYS_NOTHING:
        return None
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(raw, final=False) + "\ufffd"
    except UnicodeError:
        return None


def _replace(raw: bytes, codec: str) -> str:
    return _without_surrogates(raw.decode(codec, "replace"))


def _without_surrogates(text: str) -> str:
    """UTF-7 and UTF-16 can carry half a pair, which neither JSON nor a database takes."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _sample(text: str) -> str:
    return text[:_JUDGED] if len(text) <= _JUDGED or not text[:_JUDGED].isascii() else _around_first_wide(text)


def _around_first_wide(text: str) -> str:
    found = re.search(r"[^\x00-\x7f]", text)
    start = max(0, found.start() - 10) if found else 0
    return text[start : start + _JUDGED]
