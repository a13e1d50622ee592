"""One line on standard error for each event: no personal data, and a fault with its place in the code.

As JSON for programs or as text for a person at a terminal. `begin(request=…)` marks every line of a piece of work.
"""

import contextlib
import functools
import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError

from feedback import metrics
from feedback.config import LogForm, Settings

# Libraries that write addresses, requests or whole messages into their own log lines.
TALKATIVE = ("mail.log", "asyncio", "alembic", "flask-limiter", "werkzeug")
# Its warnings quote who asked for what; its other lines tell of processes.
QUOTING = "gunicorn.error"
# How much of a stack is worth a line: the innermost calls say what went wrong.
CALLS_SHOWN = 8
# `case=%s` in the sentence of a line: a field of its own in JSON.
FIELD = re.compile(r"(?:\b(\w+)=)?%[sd]")
VALUES = "positional_args"  # structlog's name for what stands in the places of a sentence
FIRST = ["at", "level", "logger", "event"]

_marks: ContextVar[dict[str, Any]] = ContextVar("marks", default={})  # noqa: B039 - never changed, only replaced
_encoded = json.JSONEncoder(ensure_ascii=False, default=str).encode
_is_unsaid: ContextVar[bool] = ContextVar("is_unsaid", default=False)
# Where lines go as JSON; None before set_up, and where they are text.
_json_lines: logging.StreamHandler[Any] | None = None


def begin(**marks: Any) -> None:
    """Mark every line that this thread logs from now on, and with nothing else: with the number of a request."""
    _marks.set(marks)


def mark(**marks: Any) -> None:
    """Mark the lines that follow with more."""
    _marks.set({**_marks.get(), **marks})


@contextlib.contextmanager
def unsaid() -> Iterator[None]:
    """Leave out the lines of what is done for trial only and rolled back; warnings and faults are said."""
    token = _is_unsaid.set(True)
    try:
        yield
    finally:
        _is_unsaid.reset(token)


def _is_said(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO or not _is_unsaid.get()


def often(logger: str, event: str, **fields: Any) -> None:
    """A line that is written for each request: the same as another, at a tenth of its cost."""
    lines = _json_lines
    if lines is None:
        places = " ".join(f"{name}=%s" for name in fields)
        logging.getLogger(logger).info(f"{event} {places}", *fields.values())
        return
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    line = _encoded({"at": at, "level": "info", "logger": logger, "event": event, **_marks.get(), **fields})
    with lines.lock or contextlib.nullcontext():
        lines.stream.write(f"{line}\n")
        lines.stream.flush()


def set_up(settings: Settings | None = None, level: int = logging.INFO) -> None:
    """Send every logger's lines to standard error in one form. Called by an edge, once, when its process starts."""
    form = (settings and settings.log) or (LogForm.TEXT if sys.stderr.isatty() else LogForm.JSON)
    lines = logging.StreamHandler(sys.stderr)
    lines.addFilter(_is_said)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                _marked,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                _place_of_fault,
                _unquoted,
                *([_fields] if form is LogForm.JSON else []),
                _without_values,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _RENDERERS[form],
            ],
            pass_foreign_args=True,
        )
    )
    global _json_lines
    _json_lines = lines if form is LogForm.JSON and level <= logging.INFO else None
    logging.basicConfig(level=level, handlers=[lines, _Faults(logging.ERROR)], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)


_RENDERERS: dict[LogForm, Any] = {
    LogForm.JSON: structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    LogForm.TEXT: structlog.processors.LogfmtRenderer(key_order=FIRST),
}


def _marked(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {**_marks.get(), **event}


class _Faults(logging.Handler):
    """Counts the lines that tell of a fault, for monitoring."""

    def emit(self, _record: logging.LogRecord) -> None:
        metrics.fault()


def _unquoted(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Without the words that a library quotes from a request; numbers of processes stay."""
    record, values = event["_record"], event.get(VALUES)
    if record.name == QUOTING and record.levelno >= logging.WARNING and values:
        event[VALUES] = tuple(value if isinstance(value, int) else "…" for value in values)
        event["event"] = str(record.msg).replace("%d", "%s") % event[VALUES]
    return event


def _fields(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """`received case=2026-000001` as the event `received` and a field `case`."""
    values = event.get(VALUES)
    if isinstance(values, tuple) and values:
        sentence, names = _template(str(event["_record"].msg))
        if len(names) == len(values):
            pairs = list(zip(names, values, strict=True))
            event["event"] = sentence % tuple(value for name, value in pairs if not name)
            event.update((name, value) for name, value in pairs if name and name not in FIRST)
    return {**{name: event.pop(name) for name in FIRST if name in event}, **event}


def _without_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop(VALUES, None)
    return event


@functools.cache
def _template(sentence: str) -> tuple[str, tuple[str, ...]]:
    """The sentence without its named places, and the name of each place, empty for those that stay."""
    names = tuple(found[1] or "" for found in FIELD.finditer(sentence))
    rest = FIELD.sub(lambda found: "" if found[1] else found[0], sentence)
    return " ".join(rest.split()), names


def _place_of_fault(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace a traceback by `fault=` and `calls=` on the same line.

    The words of an exception may quote what a citizen sent, so only those of the system are written out.
    """
    caught = event.pop("exc_info", None)
    error = caught[1] if caught else None
    if error is not None:
        event["fault"] = name_of(error)
        event["calls"] = _calls(error)
    return event


def name_of(error: BaseException) -> str:
    """`ValueError`, or for a fault of the system `OperationalError: database is locked`."""
    words = ""
    if isinstance(error, OSError):
        words = error.strerror or ""
    elif isinstance(error, OperationalError):
        words = " ".join(str(error.orig).split())
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _calls(error: BaseException) -> str:
    """`file:line function < ...`, innermost first."""
    stack = traceback.extract_tb(error.__traceback__)[-CALLS_SHOWN:]
    return " < ".join(f"{call.filename.rpartition('/')[2]}:{call.lineno} {call.name}" for call in reversed(stack))
