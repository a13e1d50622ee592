"""Each request under a number of its own: in every line of the log, in the answer, on a page that tells a fault."""

import re
import secrets
import time

from flask import Flask, Request, Response, current_app, g, request

from feedback import logs, metrics

ACCESS = "feedback.web.access"
# A proxy may have given the number already, so that its log and ours can be laid side by side. Nothing else may: a
# visitor would write into our log what they like.
GIVEN = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Asked for all day long by browsers and watchers: written down only where they fail.
UNREMARKABLE = frozenset({"static", "health.alive", "health.ready", "health.scrape"})
GROUPS = {
    "static": "static",
    "public.notice": "notice",
    "opinions.form": "form",
    "opinions.send": "form post",
    "staff.queue.show": "staff queue",
    "staff.cases.show": "staff case",
}
SEND = "opinions.send"


def init_app(app: Flask) -> None:
    """Before all others: what they refuse has a number, too."""
    app.url_value_preprocessor(begin)
    app.after_request(end)
    app.jinja_env.globals["request_number"] = number


def begin(_endpoint: str | None, _values: object) -> None:
    kept = g._get_current_object()
    kept.began = time.perf_counter()
    kept.number = number = _given() or _made()
    logs.begin(request=number)


def number() -> str:
    """Short enough to be said over the phone, where we made it."""
    made: str = g.get("number", "")
    return made


def end(response: Response) -> Response:
    # Each look through a proxy costs as much as counting does: the request itself, once.
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]
    kept = g._get_current_object()
    seconds = time.perf_counter() - kept.get("began", time.perf_counter())
    status = response.status_code
    endpoint = asked.endpoint or ""
    if number := kept.get("number", ""):
        response.headers["X-Request-ID"] = number
    if endpoint not in UNREMARKABLE or status >= 400:
        route = asked.url_rule.rule if asked.url_rule else "none"
        method = asked.method if asked.method in METHODS else "other"
        logs.often(ACCESS, "answered", method=method, route=route, status=status, ms=round(1000 * seconds))
    group = GROUPS.get(endpoint) or endpoint.partition(".")[0] or "none"
    metrics.of(metrics.WEB_SECONDS, group).observe(seconds)
    metrics.of(metrics.WEB_ANSWERS, group, str(status)).inc()
    if endpoint == SEND and status != 200:  # with 200 a form is shown once more, which was asked for
        metrics.INTAKE.labels("web", str(status)).inc()
        if status == 303:
            metrics.ACCEPT_SECONDS.labels("web").observe(seconds)
    return response


def _made() -> str:
    digits = secrets.token_hex(4)
    return f"{digits[:4]}-{digits[4:]}"


def _given() -> str | None:
    given = request.headers.get("X-Request-ID", "")
    return given if current_app.config["SETTINGS"].proxies and GIVEN.fullmatch(given) else None
