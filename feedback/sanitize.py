"""HTML of a message made safe to show. The only module that imports nh3 or bleach.

Two cleaners, for each has a hole: nh3 lets a ``javascript:`` link with a zero-width space through; bleach is
slow in the square of its input and keeps the words inside ``<script>``. So the input is cut first, nh3 goes
first, bleach last.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import nh3

if TYPE_CHECKING:
    from bleach.sanitizer import Cleaner  # type: ignore[import-untyped]

LIMIT = 64 * 1024
_TAGS_NAMES = (
    "a abbr b bdi blockquote br caption center code col colgroup dd del div dl dt em font h1 h2 h3 h4 "
    "h5 h6 hr i img ins li ol p pre q s small span strike strong sub sup table tbody td tfoot th thead "
    "tr tt u ul"
)
_TAGS = frozenset(_TAGS_NAMES.split())
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign"},
    "ol": {"start"},
    "font": {"color", "size"},
}
_REL = "noopener noreferrer nofollow"
_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# bleach and html5lib nest one call or element per open tag; mail that goes deeper is flattened to text.
_MAX_OPEN = 250


def clean(html: str) -> str:
    """``html`` without anything that acts or loads: pictures only by cid, links that tell the target nothing."""
    kept = _INVISIBLE.sub("", html[:LIMIT])
    kept = nh3.clean(
        kept,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        attribute_filter=_local_pictures,
        link_rel=_REL,
        clean_content_tags={"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math"},
    )
    if _deepest(kept) > _MAX_OPEN:
        kept = nh3.clean(kept, tags={"br"})
    # nh3 can make its input longer by closing and escaping; bleach must not see more than we cut to.
    cleaned: str = _bleacher().clean(kept[: 2 * LIMIT])
    return cleaned


def _local_pictures(tag: str, name: str, value: str) -> str | None:
    """A picture may come from the message itself only; anything fetched would tell the sender who reads."""
    if tag == "img" and name == "src":
        return value if value.strip().lower().startswith("cid:") else None
    return value


def _deepest(html: str) -> int:
    depth = deepest = 0
    for match in re.finditer(r"<(/?)([a-z][a-z0-9]*)", html):
        if match[2] in ("br", "hr", "img", "col"):
            continue
        depth += -1 if match[1] else 1
        deepest = max(deepest, depth)
    return deepest


@lru_cache(maxsize=1)
def _bleacher() -> "Cleaner":
    from bleach.sanitizer import Cleaner  # loaded with the first HTML: it takes long

    return Cleaner(
        tags=_TAGS,
        attributes={**{tag: list(names) for tag, names in _ATTRIBUTES.items()}, "a": ["href", "title", "rel"]},
        protocols=["http", "https", "mailto", "tel", "cid"],
        strip=True,
        strip_comments=True,
    )
