"""HTML to lines of text, in one pass over the tags.

inscriptis was measured and left aside: text under 256 nested tags vanishes, a table of 200,000 cells takes five
seconds and 280 MB, ``display:none !important``, ``hidden`` and ``font-size:0`` stay visible, and it cannot tell which
lines were quoted or which address a link carries. This reader is linear, flat, and keeps both.
"""

import html
import re
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_HTML = 1_500_000
MAX_TAGS = 60_000
_MAX_STRIPPED_SCRIPTS = 50
MAX_DEPTH = 50

_BLOCKS_NAMES = (
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section "
    "summary table tbody tfoot thead tr ul caption"
)
_BLOCKS = frozenset(_BLOCKS_NAMES.split())
_SPACED = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre"))
_RAW = frozenset(("script", "style", "title", "textarea", "xmp", "noembed", "noframes", "template"))
_SILENT = frozenset(("script", "style", "title", "template", "noembed", "noframes", "head"))
_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"
_VOID = frozenset(_VOID_NAMES.split())
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0+(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:!|;|$)"
    r"|mso-hide\s*:\s*all|opacity\s*:\s*0(?:\.0+)?\s*(?:!|;|$)|max-height\s*:\s*0(?:px)?\s*(?:!|;|$)(?=.*overflow|$)",
    re.IGNORECASE,
)
# Where mail programs put the signature of the account, by id or class.
_SIGNATURE = re.compile(
    r"\b(?:ntes-signature|imail_signature"  # NetEase Mail Master
    r"|gmail_signature|gmail_signature_prefix"
    r"|moz-signature|AppleMailSignature|apple-mail-signature"  # Thunderbird, Apple Mail
    r"|ms-outlook-mobile-signature|ms-outlook-ios-signature|x_Signature"  # Outlook for phones and web
    r"|xm_signature|xmail_signature|__aliyun_signature_wrap|coremail_signature|mi_signature|hw_signature)\b"
    r"|\bid\s*=\s*[\"']?Signature\b",
)
_ATTRIBUTE = re.compile(r"""([a-zA-Z][\w:-]*)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""")
_TAG_NAME = re.compile(r"/?[a-zA-Z][\w:.-]*")
_ANY_TAG = re.compile(r"<[^<>]{0,2000}(?:>|\Z)")
_SCRIPT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_HIDDEN_ATTRIBUTE = re.compile(r"\shidden(?=[\s=/>]|$)|aria-hidden\s*=\s*[\"']?true", re.IGNORECASE)
# Marks around an address that only the link carried, taken out of what is shown. They are Unicode
# noncharacters, which no decoded text keeps.
LINK_OPEN, LINK_CLOSE = "\ufdd0", "\ufdd1"
# Stands for the gap between two cells of a row until the line is complete.
_CELL = "\ufdd3"
_SELF_CLOSING = frozenset(("p", "li", "td", "th", "tr", "option", "dt", "dd"))
_LINK_NOTE = re.compile(f"{LINK_OPEN}[^{LINK_CLOSE}\n]*{LINK_CLOSE}?|{LINK_CLOSE}")


class Line(NamedTuple):
    """One line of a body: how deep it is quoted, and whether a mail program's signature holds it."""

    depth: int
    text: str
    is_signature: bool = False


@dataclass(slots=True)
class _Element:
    name: str
    is_hidden: bool
    is_quote: bool
    is_signature: bool


@dataclass(slots=True)
class _Page:
    """The lines so far and the elements that are open."""

    lines: list[Line] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    stack: list[_Element] = field(default_factory=list)
    hidden: int = 0
    depth: int = 0
    signature: int = 0
    preformatted: int = 0
    link: str = ""
    link_words: int = 0

    def write(self, text: str) -> None:
        if self.hidden:
            return
        if self.preformatted:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self.words.append(first)
            for line in others:
                self.end_line(forced=True)
                self.words.append(line)
            return
        text = _SPACE.sub(" ", text)
        if text != " " or self.words:
            self.words.append(text)

    def end_line(self, forced: bool = False) -> None:
        text = "".join(self.words)
        self.words.clear()
        text = text if self.preformatted else _SPACE.sub(" ", text).replace("\t ", "\t")
        text = text.replace("\xa0", " ").strip(" ")
        if text or forced:
            self.lines.append(Line(min(self.depth, MAX_DEPTH), text.replace(_CELL, "\t").strip(), self.signature > 0))

    def blank(self) -> None:
        if self.lines and self.lines[-1].text:
            self.lines.append(Line(min(self.depth, MAX_DEPTH), "", self.signature > 0))


def lines_of(markup: str) -> tuple[list[Line], bool]:
    """The visible lines of an HTML body, and whether all of it was read with care."""
    complete = len(markup) <= MAX_HTML
    markup = markup[:MAX_HTML]
    page = _Page()
    position, tags = 0, 0
    while (opening := markup.find("<", position)) >= 0 and tags < MAX_TAGS:
        if opening > position:
            page.write(html.unescape(markup[position:opening]))
        position = _read_tag(markup, opening, page)
        tags += 1
    rest = markup[position:]
    page.write(html.unescape(rest if opening < 0 else _stripped(rest)))
    page.end_line()
    return page.lines, complete and opening < 0


def _stripped(markup: str) -> str:
    """What stands behind more tags than any letter has, roughly: so that it is not lost."""
    if markup.count("<s") < _MAX_STRIPPED_SCRIPTS:
        markup = _SCRIPT.sub(" ", markup)
    return _ANY_TAG.sub(" ", markup)


def shown(text: str) -> str:
    """Without the notes about addresses that only a link carried."""
    return _LINK_NOTE.sub("", text) if LINK_OPEN in text or LINK_CLOSE in text else text


def noted(text: str) -> str:
    """With those addresses printed as ``<a@b>``, for reading a header block."""
    return text.replace(LINK_OPEN, "<").replace(LINK_CLOSE, ">")


def _read_tag(markup: str, opening: int, page: _Page) -> int:
    """Acts on the construct at ``opening``; where the text goes on behind it."""
    if markup.startswith("<!--", opening):
        end = markup.find("-->", opening + 2)
        return end + 3 if end >= 0 else len(markup)
    name = _TAG_NAME.match(markup, opening + 1, opening + 60)
    if name is None:
        if markup.startswith(("<!", "<?"), opening):
            end = markup.find(">", opening)
            return end + 1 if end >= 0 else len(markup)
        page.write("<")
        return opening + 1
    if markup.startswith("@", name.end()):
        # Yahoo and iOS leave the address of an attribution unescaped: it is text, no tag.
        page.write("<")
        return opening + 1
    end = _tag_end(markup, name.end())
    attributes = markup[name.end() : end]
    tag = name[0].lower()
    if tag.startswith("/"):
        _close(page, tag[1:])
        return end + 1
    _open(page, tag, attributes)
    if tag in _RAW:
        closing = markup.lower().find(f"</{tag}", end) if len(markup) < 20_000 else _find_closing(markup, tag, end)
        return closing if closing >= 0 else len(markup)
    return end + 1


def _find_closing(markup: str, tag: str, start: int) -> int:
    found = re.compile(f"</{tag}", re.IGNORECASE).search(markup, start)
    return found.start() if found else -1


def _tag_end(markup: str, start: int) -> int:
    """The closing bracket, not counting one inside a quoted value; few tries, so that hostile quotes cost nothing."""
    end = markup.find(">", start)
    for _ in range(4):
        if end < 0:
            return len(markup)
        inside = markup[start:end] if end - start < 2000 else ""
        if inside.count('"') % 2 == 0:
            break
        further = markup.find(">", end + 1)
        if further < 0 or further - start > 2000:
            break
        end = further
    return end


def _open(page: _Page, tag: str, attributes: str) -> None:
    if not page.hidden:
        _lay_out(page, tag, attributes)
    if tag in _VOID:
        return
    if tag in _SELF_CLOSING and page.stack and page.stack[-1].name == tag:
        # HTML ends an open paragraph, cell or item where the next one begins.
        _pop(page, 1)
    element = _Element(
        tag,
        tag in _SILENT or _is_hidden(attributes),
        tag == "blockquote",
        bool(attributes) and _SIGNATURE.search(attributes) is not None,
    )
    page.stack.append(element)
    page.hidden += element.is_hidden
    page.depth += element.is_quote
    page.signature += element.is_signature
    page.preformatted += tag == "pre"
    if tag == "a" and "mailto:" in attributes.lower():
        page.link = html.unescape(_attribute(attributes, "href"))[7:].partition("?")[0]
        page.link_words = len(page.words)


def _lay_out(page: _Page, tag: str, attributes: str) -> None:
    """Lines and cells that an opening tag begins."""
    if tag == "br":
        page.end_line(forced=True)
    elif tag in _BLOCKS:
        page.end_line()
        if tag in _SPACED:
            page.blank()
    elif tag in ("td", "th"):
        if page.words and page.words[-1] != _CELL:
            page.words.append(_CELL)
    elif tag == "img" and "alt" in attributes and len(alternative := _attribute(attributes, "alt")) <= 4:
        # Emoji are sent as pictures with the character as their text.
        page.write(html.unescape(alternative))


def _close(page: _Page, tag: str) -> None:
    if tag in ("br", "p") and not any(element.name == tag for element in page.stack[-40:]):
        page.end_line(forced=tag == "br")
        return
    if tag in _BLOCKS and not page.hidden:
        page.end_line()
        if tag in _SPACED:
            page.blank()
    if tag == "a" and page.link:
        _note_link(page)
    # Look back a little only: a stray closing tag must not empty the stack, nor cost time.
    for back in range(1, min(40, len(page.stack)) + 1):
        if page.stack[-back].name == tag:
            _pop(page, back)
            return


def _pop(page: _Page, count: int) -> None:
    for element in page.stack[-count:]:
        page.hidden -= element.is_hidden
        page.depth -= element.is_quote
        page.signature -= element.is_signature
        page.preformatted -= element.name == "pre"
    del page.stack[-count:]


def _note_link(page: _Page) -> None:
    label = "".join(page.words[page.link_words :])
    if "@" in page.link and "@" not in label and not page.hidden:
        page.words.append(f" {LINK_OPEN}{page.link}{LINK_CLOSE}")
    page.link = ""


def _is_hidden(attributes: str) -> bool:
    if not attributes:
        return False
    if _HIDDEN_ATTRIBUTE.search(attributes) and "aria-hidden" not in attributes.lower():
        return True
    if "style" not in attributes.lower():
        return False
    style = html.unescape(_attribute(attributes, "style"))
    return bool(style) and _HIDING.search(style) is not None


def _attribute(attributes: str, name: str) -> str:
    for match in _ATTRIBUTE.finditer(attributes[:4000]):
        if match[1].lower() == name:
            return match[2].strip("\"'").strip()
    return ""
