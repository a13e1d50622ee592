"""Comparing a reading with the expectations of a labelled sample, by the rules of the samples' README."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("FEEDBACK_SAMPLES", Path(__file__).parents[3] / "shared" / "mail-samples"))
_IGNORED = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def samples() -> list[Path]:
    return sorted(FOLDER.glob("*.eml"))


def expectation(sample: Path) -> dict[str, Any]:
    expect: dict[str, Any] = json.loads(sample.with_suffix(".json").read_text("utf-8"))["expect"]
    return expect


def mismatches(found: dict[str, Any], expect: dict[str, Any]) -> list[str]:
    """What differs, one line for each field of the expectation."""
    return [
        f"{key}: expected {value!r}, found {_shown(found, key)!r}"
        for key, value in expect.items()
        if not _fits(key, value, found)
    ]


def mismatches_in_export(line: dict[str, Any], expect: dict[str, Any]) -> list[str]:
    """The same for a line of the export: who wrote, and what."""
    author = line["author"]
    found = {"author": author, "opinion": {"subject": line["subject"], "text": line["text"]}}
    keys = [key for key in expect if key == "author" or key.startswith("opinion")]
    return mismatches(found, {key: expect[key] for key in keys})


def _shown(found: dict[str, Any], key: str) -> Any:
    if key.startswith("opinion"):
        return found["opinion"]
    return found.get(key.partition("_")[0], found.get(key))


def _plain(text: str | None) -> str:
    return _IGNORED.sub("", text or "")


def _fits(key: str, value: Any, found: dict[str, Any]) -> bool:
    check = _CHECKS.get(key)
    if check is not None:
        return bool(check(value, found))
    if key in ("from", "author"):
        return _mailbox_fits(value, found[key])
    if key in ("to", "cc"):
        return [mailbox["address"] for mailbox in found[key]] == value
    return bool(found[key] == value)


def _mailbox_fits(value: dict[str, str] | None, mailbox: dict[str, str] | None) -> bool:
    if value is None or mailbox is None:
        return value is mailbox
    return all(mailbox[name] == wanted for name, wanted in value.items())


def _forwarded_fits(value: dict[str, Any] | None, found: dict[str, Any]) -> bool:
    forwarded = found["forwarded"]
    if value is None or forwarded is None:
        return value is forwarded
    return all(_forwarded_field_fits(name, wanted, forwarded) for name, wanted in value.items())


def _forwarded_field_fits(name: str, wanted: Any, forwarded: dict[str, Any]) -> bool:
    if name == "by":
        return bool((forwarded["by"] or {}).get("address") == wanted)
    if name == "date" and wanted is True:
        return bool(forwarded["date"])
    return bool(forwarded[name] == wanted)


def _all_attached(value: list[dict[str, Any]], found: dict[str, Any], exactly: bool) -> bool:
    left = list(found["attachments"])
    for wanted in value:
        fitting = next((item for item in left if all(item[name] == given for name, given in wanted.items())), None)
        if fitting is None:
            return False
        left.remove(fitting)
    return not (exactly and left)


def _names(found: dict[str, Any]) -> Iterator[str]:
    for mailbox in (found["from"], found["author"], *found["to"], *found["cc"], *found["reply_to"]):
        yield from mailbox.values() if mailbox else ()


_CHECKS: dict[str, Any] = {
    "forwarded": _forwarded_fits,
    "opinion_text": lambda value, found: _plain(found["opinion"]["text"]) == _plain(value),
    "opinion_any": lambda value, found: _plain(found["opinion"]["text"]) in [_plain(text) for text in value],
    "opinion_subject": lambda value, found: _plain(found["opinion"]["subject"]) == _plain(value),
    "opinion_contains": lambda value, found: all(_plain(text) in _plain(found["opinion"]["text"]) for text in value),
    "opinion_absent": lambda value, found: (
        not any(_plain(text) in _plain(found["opinion"]["text"]) for text in value)
    ),
    "text_contains": lambda value, found: all(_plain(text) in _plain(found["text"]) for text in value),
    "text_absent": lambda value, found: not any(_plain(text) in _plain(found["text"]) for text in value),
    "text_lines": lambda value, found: all(
        _plain(text) in [_plain(line) for line in found["text"].splitlines()] for text in value
    ),
    "subject_contains": lambda value, found: _plain(value) in _plain(found["subject"]),
    "attachments": lambda value, found: _all_attached(value, found, exactly=True),
    "attachments_include": lambda value, found: _all_attached(value, found, exactly=False),
    "attachments_names": lambda value, found: (
        sorted(item["filename"] for item in found["attachments"]) == sorted(value)
    ),
    "attachments_count": lambda value, found: len(found["attachments"]) == value,
    "to_count": lambda value, found: len(found["to"]) == value,
    "filenames_safe": lambda _, found: (
        not any(re.search(r"[/\\\x00-\x1f\x7f]", item["filename"]) for item in found["attachments"])
    ),
    "clean_headers": lambda _, found: (
        not _CONTROL.search(found["subject"]) and not any(map(_CONTROL.search, _names(found)))
    ),
    "html_absent": lambda value, found: (
        not any(re.search(pattern, found["html"] or "", re.IGNORECASE) for pattern in value)
    ),
    "html_present": lambda value, found: bool(found["html"]) == value,
    "defects": lambda value, found: bool(found["defects"]) == bool(value),
}
