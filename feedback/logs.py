"""One readable line on standard error for each event: no personal data, and a fault with its place in the code."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError

# Libraries that write addresses, requests or whole messages into their own log lines.
TALKATIVE = ("mail.log", "asyncio", "alembic", "flask-limiter", "werkzeug")
# How much of a stack is worth a line: the innermost calls say what went wrong.
CALLS_SHOWN = 8


def set_up(level: int = logging.INFO) -> None:
    """Send every logger's lines to standard error in one form. Called by an edge, once, when its process starts."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                _place_of_fault,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.LogfmtRenderer(key_order=["at", "level", "logger", "event"]),
            ]
        )
    )
    logging.basicConfig(level=level, handlers=[lines], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)


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
