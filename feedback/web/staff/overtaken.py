"""Why a stale page changed nothing, in words: who changed what meanwhile."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from feedback.errors import Overtaken, Refusal
from feedback.web import language
from feedback.web.staff import history_words, labels


def said(refusal: Refusal, names: Mapping[Any, str] | None = None) -> str:
    """A refusal's sentence; of a page that was overtaken also who did what, and when. `names` as in history_words."""
    sentence, done = language.said(refusal), refusal.done if isinstance(refusal, Overtaken) else None
    if done is None:
        return sentence
    words = [_(done.action.label), *history_words.said(done, names)]
    who = _("%(name)s, %(at)s", name=done.who, at=labels.short(done.at))
    return f"{sentence} {who}{_(': ')}{_('; ').join(words)}"
