"""Mailboxes: of address headers (RFC 5322 section 3.4) and as mail programs print them into a forwarded text."""

import html
import re

from mail_ingest.cleaning import header_text
from mail_ingest.encoded_words import decode_words
from mail_ingest.headers import raw_text
from mail_ingest.parsed import Mailbox

_LEXEME = re.compile(
    r'=\?[^?\s]{1,60}+\?[bBqQ]\?[^?]{0,4000}+\?=|"(?:[^"\\]|\\.){0,2000}+"|\((?:[^()\\]|\\.){0,1000}+\)|<[^<>]{0,1000}+>'
    r"|[,;:]|[^\"(<,;:=]+|.",
    re.DOTALL,
)
_MAX_MAILBOXES = 5_000
_MAX_LIST = 400_000
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,10}")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# What stands around a printed address: [mailto:a@b], <mailto:a@b>, <a@b<mailto:a@b>>, (a@b), （a@b）.
_PRINTED = re.compile(
    r"^(?P<name>.*?)[\s\"”'’]*(?:<\s*(?P<angle>[^<>\s]*@[^<>\s]*?)\s*(?:<mailto:[^<>]*>)?\s*>"
    r"|\[\s*(?:mailto:\s*)?(?P<square>[^\[\]\s]*@[^\[\]\s]*)\s*\]"
    r"|[(（]\s*<?(?P<round>[^()（）<>\s]*@[^()（）<>\s]*?)>?\s*[)）]|＜(?P<wide>[^＜＞\s]*@[^＜＞\s]*)＞"
    r"|【(?P<box>[^【】\s]*@[^【】\s]*)】)"
)
_MAILTO = re.compile(r"<\s*mailto:[^<>]*>|\(mailto:[^()]*\)", re.IGNORECASE)
_ON_BEHALF = re.compile(
    r"\s(?:on behalf of|im Auftrag von|de la part de|en nombre de|namens|per conto di|em nome de|代表|代理)\s.*$",
    re.IGNORECASE | re.DOTALL,
)
_QUOTES = " \t\"'“”‘’„«»「」*;,，；、\u3000\xa0"


def parse_mailboxes(values: list[bytes]) -> tuple[Mailbox, ...]:
    """All mailboxes of the given fields; groups are opened, comments become names where there is no other."""
    found: list[Mailbox] = []
    for value in values:
        found.extend(_parse_list(raw_text(value[:_MAX_LIST])))
        if len(found) >= _MAX_MAILBOXES:
            break
    return tuple(found[:_MAX_MAILBOXES])


def _parse_list(text: str) -> list[Mailbox]:
    mailboxes: list[Mailbox] = []
    words: list[str] = []
    comments: list[str] = []
    address = ""
    for match in _LEXEME.finditer(text):
        lexeme = match[0]
        if lexeme in ",;":
            mailboxes += _mailbox(words, comments, address)
            words, comments, address = [], [], ""
        elif lexeme == ":" and not address and "@" not in "".join(words):
            words, comments = [], []
        elif lexeme[0] == "<" and len(lexeme) > 1:
            address = lexeme[1:-1]
        elif lexeme[0] == "(" and len(lexeme) > 1:
            comments.append(lexeme[1:-1])
        elif lexeme[0] == '"' and len(lexeme) > 1:
            words.append(_ESCAPED.sub(r"\1", lexeme[1:-1]))
        else:
            words.append(lexeme)
        if len(mailboxes) >= _MAX_MAILBOXES:
            return mailboxes
    return mailboxes + _mailbox(words, comments, address)


def _mailbox(words: list[str], comments: list[str], address: str) -> list[Mailbox]:
    name = header_text(decode_words("".join(words)))
    address = _address(decode_words(address))
    if "@" not in address and (inside := ADDRESS.search(name)):
        # The address stands bare, or inside the encoded word together with the name.
        address = address or inside[0]
        name = (name[: inside.start()] + name[inside.end() :]).strip("<> ") if inside[0] == address else name
    if not name and comments:
        name = header_text(decode_words(comments[0]))
    name = _without_quotes(name)
    if name.lower() == address.lower() and "@" in name:
        name = ""
    return [Mailbox(name, address)] if name or address else []


def _address(text: str) -> str:
    text = header_text(text).replace(" ", "")
    # RFC 5322 section 4.4: a route before the address, "@one,@two:a@b".
    if text.startswith("@") and ":" in text:
        text = text.rpartition(":")[2]
    return text.removeprefix("mailto:").strip("'\"<>")


def _without_quotes(name: str) -> str:
    stripped = name.strip()
    while len(stripped) >= 2 and stripped[0] == stripped[-1] and stripped[0] in "\"'":
        stripped = stripped[1:-1].strip()
    return stripped.strip('"').strip()


def printed_mailbox(text: str) -> Mailbox | None:
    """The mailbox in a value such as ``"王先生"<a@b>;`` that a mail program printed into the body."""
    text = header_text(html.unescape(decode_words(text)))[:1000]
    text = _ON_BEHALF.sub("", text)
    bare = _MAILTO.sub(" ", text)
    printed = _PRINTED.match(bare if ADDRESS.search(bare) else text)
    if printed:
        address = next(value for key, value in printed.groupdict().items() if key != "name" and value)
        return _named(printed["name"], address.removeprefix("mailto:"))
    inside = ADDRESS.search(text)
    if inside:
        return _named(text[: inside.start()].rstrip("<[(（:： "), inside[0])
    name = text.strip(_QUOTES)
    return Mailbox(name, "") if name else None


def _named(name: str, address: str) -> Mailbox:
    name = name.strip(_QUOTES).strip()
    inside = ADDRESS.search(name)
    # "a@b <a@b>" and "a@b" <a@b>: the address printed as the name is no name.
    if inside and inside[0].lower() == address.lower():
        name = (name[: inside.start()] + name[inside.end() :]).strip(_QUOTES + "<>()[]")
    return Mailbox(name, address.strip(_QUOTES + "<>()[]"))


def printed_addresses(text: str) -> frozenset[str]:
    """Every address in a printed To or Cc value, lower case."""
    return frozenset(match.lower() for match in ADDRESS.findall(html.unescape(text[:20_000])))
