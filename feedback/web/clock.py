"""The present moment, and instants as the office's wall clock shows them."""

from datetime import UTC, date, datetime

from flask import Flask, current_app


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    """The day that it is in the office."""
    return now().astimezone(current_app.config["SETTINGS"].zone).date()


def init_app(app: Flask) -> None:
    app.add_template_filter(local, "local")
    app.add_template_filter(day, "day")


def local(at: datetime) -> str:
    """`2026-03-02 17:30` in the office's time zone."""
    return at.astimezone(current_app.config["SETTINGS"].zone).strftime("%Y-%m-%d %H:%M")


def day(on: date | datetime) -> str:
    """`2026年3月2日`, the form that an office writes, in Chinese; `2026-03-02` in English."""
    from feedback.web import language

    if isinstance(on, datetime):
        on = on.astimezone(current_app.config["SETTINGS"].zone).date()
    return f"{on.year}年{on.month}月{on.day}日" if language.current() == "zh_CN" else on.isoformat()
