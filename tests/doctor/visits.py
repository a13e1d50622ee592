"""Calling the doctor to a test's house."""

from datetime import UTC, datetime

from feedback import catalogues, doctor
from feedback.doctor import Grade, Line

Report = dict[str, list[tuple[Grade, str]]]


def called(environ: dict[str, str], *, now: datetime | None = None, **changes: str) -> Report:
    """By topic: how bad it is, and the sentence with its remedy in English."""
    report: Report = {}
    for line in doctor.examine({**environ, **changes}, now=now or datetime.now(UTC)):
        report.setdefault(line.topic, []).append((line.grade, words(line)))
    return report


def words(line: Line) -> str:
    said = catalogues.said(line.sentence, "en", **line.values)
    return f"{said} → {catalogues.said(line.remedy, 'en', **line.values)}" if line.remedy else said


def only(report: Report, topic: str) -> tuple[Grade, str]:
    (line,) = report[topic]
    return line
