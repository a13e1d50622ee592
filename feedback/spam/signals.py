"""The signals that are not wording: each looks at one thing and gives its weight, or nothing."""

import re
import unicodedata
from urllib.parse import urlsplit

from feedback.spam.letter import Letter, Link

PROGRAM = re.compile(
    r"(?i)\.(?:exe|scr|pif|com|cpl|bat|cmd|vbs|vbe|js|jse|wsf|hta|msi|lnk|ps1|jar|apk|dll|iso|img|reg)$"
)
DOUBLE_EXTENSION = re.compile(r"(?i)\.(?:jpe?g|png|pdf|docx?|xlsx?|txt)\s*\.[a-z0-9]{2,4}$")
ADDRESS_IN_WORDS = re.compile(r"(?i)(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})")
CHINESE = re.compile(r"[\u3400-\u9fff]")
FEW_WORDS = 60
MANY_LINKS = 3
LONG_ENOUGH = 80


def weights(letter: Letter) -> dict[str, float]:
    """Signal to weight, for those that are met."""
    met = {
        "program": _program(letter),
        "false-link": _false_link(letter),
        "many-links": _many_links(letter),
        "picture-only": _picture_only(letter),
        "no-chinese": _no_chinese(letter),
        "bulk": 2.0 if letter.is_bulk else 0.0,
    }
    return {name: weight for name, weight in met.items() if weight}


def _program(letter: Letter) -> float:
    names = letter.filenames
    if any(DOUBLE_EXTENSION.search(name) and PROGRAM.search(name) for name in names):
        return 5.0
    return 3.5 if any(PROGRAM.search(name) for name in names) else 0.0


def _false_link(letter: Letter) -> float:
    """A link that says one site and leads to another."""
    return 3.0 if any(_is_false(link) for link in letter.links) else 0.0


def _is_false(link: Link) -> bool:
    words = link.words.strip()
    said = ADDRESS_IN_WORDS.fullmatch(_host(words) if "://" in words else words.partition("/")[0])
    target = _host(link.target)
    return bool(said and target and _site(said[1]) != _site(target))


def _host(address: str) -> str:
    try:
        return (urlsplit(address.strip()).hostname or "").lower()
    except ValueError:
        return ""


def _site(host: str) -> str:
    return ".".join(host.lower().removeprefix("www.").split(".")[-2:])


def _many_links(letter: Letter) -> float:
    return 2.5 if len(letter.links) >= MANY_LINKS and len(_letters(letter.text)) <= FEW_WORDS else 0.0


def _picture_only(letter: Letter) -> float:
    """A picture fetched from elsewhere in place of words; photographs that were sent along are a resident's."""
    return 3.0 if letter.remote_pictures and len(_letters(letter.text)) < 10 else 0.0


def _no_chinese(letter: Letter) -> float:
    words = letter.subject + letter.text
    return 1.5 if not CHINESE.search(words) and len(_letters(words)) >= LONG_ENOUGH else 0.0


def _letters(text: str) -> str:
    return "".join(sign for sign in text if unicodedata.category(sign)[0] == "L")
