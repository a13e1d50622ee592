"""Sentences in the reader's language, for every edge. One catalogue for each room of the house."""

import functools
from pathlib import Path

from babel.support import NullTranslations, Translations

from feedback.errors import Refusal

DOMAINS = ("core", "public", "staff", "mail", "cli")


@functools.cache
def folder() -> Path:
    """In a checkout the catalogues lie beside the package, in an installed wheel inside it."""
    here = Path(__file__).resolve().parent
    beside = here.parent / "translations"
    return beside if beside.is_dir() else here / "translations"


@functools.cache
def catalogue(locale: str) -> NullTranslations:
    """All domains of `zh_CN` or `en` in one (English is what the source says: an empty catalogue)."""
    merged = Translations()
    for domain in DOMAINS:
        loaded = Translations.load(folder(), [locale], domain)
        if isinstance(loaded, Translations):
            merged.merge(loaded)
    return merged


def say(refusal: Refusal, locale: str) -> str:
    sentence = str(catalogue(locale).gettext(refusal.sentence))
    return sentence % refusal.values if refusal.values else sentence
