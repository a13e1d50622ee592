"""Sentences in the reader's language, for every edge. One catalogue for each room of the house."""

import functools
import secrets
from collections.abc import Mapping
from pathlib import Path

from babel import Locale
from babel.messages import mofile, pofile
from babel.support import NullTranslations, Translations

from feedback.errors import Refusal

DOMAINS = ("core", "public", "staff", "mail", "cli")
CHINESE = "zh_CN"
ENGLISH = "en"


@functools.cache
def folder() -> Path:
    """In a checkout the catalogues lie beside the package, in an installed wheel inside it."""
    here = Path(__file__).resolve().parent
    beside = here.parent / "translations"
    return beside if beside.is_dir() else here / "translations"


def language_of(environ: Mapping[str, str]) -> str:
    """The language of a person at a terminal, by the POSIX order; what is not Chinese is English."""
    chosen = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return CHINESE if chosen.lower().startswith("zh") else ENGLISH


@functools.cache
def catalogue(locale: str) -> NullTranslations:
    """All domains of `zh_CN` or `en` in one (English is what the source says: an empty catalogue)."""
    merged = Translations()
    for domain in DOMAINS:
        # The folder is named as Babel spells the locale in full: zh_Hans_CN.
        loaded = Translations.load(folder(), [str(Locale.parse(locale))], domain)
        if isinstance(loaded, Translations):
            merged.merge(loaded)
    return merged


def said(text: str, locale: str, **values: object) -> str:
    """A sentence of the sources in the reader's language, with its `%(name)s` places filled."""
    translated = str(catalogue(locale).gettext(text))
    return translated % values if values else translated


def say(refusal: Refusal, locale: str) -> str:
    return said(refusal.sentence, locale, **refusal.values)


def compile_stale() -> None:
    """Make the .mo of each catalogue whose source is newer. Installing does it; a checkout at work needs it again."""
    for source in folder().rglob("*.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        draft = compiled.with_name(f".{secrets.token_hex(8)}")
        with source.open("rb") as po, draft.open("wb") as mo:
            mofile.write_mo(mo, pofile.read_po(po))
        draft.replace(compiled)
