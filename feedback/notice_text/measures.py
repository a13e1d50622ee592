"""The measures of an item: 一是, 二是 … or, where there are none, 1., （1） or ①."""

import re

from feedback.notice_text.dates import number_of
from feedback.notice_text.markers import Level, Marker, marker_at, unquoted

# A measure opens a clause. After 问题 and the like some notices leave the punctuation out.
_SPOKEN = re.compile(r"(?:(?<!\w)|(?<=问题)|(?<=情况)|(?<=方面))(?P<n>[一二三四五六七八九十]{1,3}) ?是(?!(?P=n))")
_NUMBERED = re.compile(r"(?:^|(?<=[\n。；;：:！？!? ]))(?=[\d(（①-⑳⒈-⒛⑴-⒇])")


def measures_in(text: str) -> tuple[str, ...]:
    """What follows each 一是, 二是 … in order; else each 1. …, （1） … or ① …; empty where nothing counts."""
    blotted = unquoted(text)
    markers = _in_order(_spoken(blotted)) or _numbered(blotted)
    stops = [*(marker.start for marker in markers[1:]), len(text)]
    return tuple(
        _body(text, marker, stop, is_last=index + 1 == len(markers) or markers[index + 1].number == 1)
        for index, (marker, stop) in enumerate(zip(markers, stops, strict=False))
    )


def first_measure_at(text: str) -> int | None:
    """Where 一是 stands in a text that goes on to 二是."""
    markers = _in_order(_spoken(unquoted(text)))
    return markers[0].start if markers else None


def _spoken(blotted: str) -> list[Marker]:
    found = []
    for match in _SPOKEN.finditer(blotted):
        number = number_of(match["n"])
        if number is not None:
            found.append(Marker(Level.CIRCLED, number, match.start(), match.end()))
    return found


def _numbered(blotted: str) -> list[Marker]:
    placed = [marker_at(blotted, match.start()) for match in _NUMBERED.finditer(blotted)]
    for level in (Level.ARABIC, Level.BRACKETED, Level.CIRCLED):
        markers = _in_order([marker for marker in placed if marker is not None and marker.level is level])
        if markers:
            return markers
    return []


def _in_order(markers: list[Marker]) -> list[Marker]:
    """Only what counts 1, 2, 3 …; several such runs may follow one another, a lone 1 is none."""
    runs: list[list[Marker]] = []
    for marker in markers:
        if marker.number == 1:
            runs.append([marker])
        elif runs and marker.number == runs[-1][-1].number + 1:
            runs[-1].append(marker)
    return [marker for run in runs if len(run) > 1 for marker in run]


def _body(text: str, marker: Marker, stop: int, *, is_last: bool) -> str:
    """The words of one measure. The last of a run ends where a further numbered point begins."""
    body = text[marker.end : stop]
    if is_last:
        body = _until_next_point(body)
    return body.strip(" \n，,；;、")


def _until_next_point(body: str) -> str:
    breaks = [match.end() for match in re.finditer("\n", body)]
    for start in breaks:
        if marker_at(body, start) is not None:
            return body[:start]
    return body
