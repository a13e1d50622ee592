"""Every sentence of the sources has its Chinese, and the catalogues hold nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog, extract, pofile

from feedback import catalogues
from feedback.errors import Refusal

ROOT = Path(__file__).resolve().parent.parent
PLACE = re.compile(r"%\((\w+)\)([a-z])|%(?!%)")
JINJA = {"extensions": "jinja2.ext.i18n", "trimmed": "true"}


def sources() -> Iterator[tuple[Path, str, dict[str, str]]]:
    for package in ("feedback", "mail_ingest"):
        yield from ((path, "python", {}) for path in sorted((ROOT / package).rglob("*.py")))
    yield from ((path, "jinja2", JINJA) for path in sorted((ROOT / "templates").rglob("*.*")))


def msgids() -> dict[str, str]:
    """Each sentence, with a file that it stands in."""
    found: dict[str, str] = {}
    for path, method, options in sources():
        keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}
        with path.open("rb") as file:
            for _line, message, _comments, _context in extract.extract(method, file, keywords, (), options):
                for sentence in [message] if isinstance(message, str) else message:
                    found[sentence] = str(path.relative_to(ROOT))
    return found


def catalogue(domain: str) -> Catalog:
    path = ROOT / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / f"{domain}.po"
    with path.open("rb") as file:
        return pofile.read_po(file)


def entries() -> Iterator[tuple[str, str, str]]:
    """Domain, sentence, translation."""
    for domain in catalogues.DOMAINS:
        for message in catalogue(domain):
            if message.id:
                for sentence in [message.id] if isinstance(message.id, str) else message.id:
                    written = message.string if isinstance(message.string, str) else message.string[-1]
                    yield domain, sentence, written


def test_every_sentence_has_its_chinese() -> None:
    translated = {sentence for _domain, sentence, written in entries() if written.strip()}
    missing = {sentence: where for sentence, where in msgids().items() if sentence not in translated}
    assert missing == {}


def test_no_catalogue_holds_a_sentence_that_is_no_longer_said() -> None:
    said = msgids()
    assert [(domain, sentence) for domain, sentence, _written in entries() if sentence not in said] == []


def test_no_two_catalogues_translate_the_same_sentence_differently() -> None:
    chosen: dict[str, str] = {}
    clashes = [
        (sentence, written, chosen[sentence])
        for _domain, sentence, written in entries()
        if chosen.setdefault(sentence, written) != written
    ]
    assert clashes == []


def test_every_translation_keeps_the_places_of_its_sentence() -> None:
    wrong = [
        (domain, sentence)
        for domain, sentence, written in entries()
        if sorted(PLACE.findall(sentence)) != sorted(PLACE.findall(written))
    ]
    assert wrong == []


@pytest.mark.parametrize("domain", catalogues.DOMAINS)
def test_no_entry_is_fuzzy_or_obsolete(domain: str) -> None:
    read = catalogue(domain)
    assert [message.id for message in read if message.fuzzy and message.id] == []
    assert list(read.obsolete) == []


def test_a_refusal_is_said_in_the_readers_language() -> None:
    refusal = Refusal("The password needs at least %(count)d characters.", count=12)
    assert catalogues.say(refusal, "zh_CN") == "密码至少需要 12 个字符。"
    assert catalogues.say(refusal, "en") == str(refusal)
