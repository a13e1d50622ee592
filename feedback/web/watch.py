"""Each request under a number of its own: in every line of the log, in the answer, on a page that tells a fault."""

import re
import secrets
import time

from flask import Flask, Response, current_app, g, request

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
    g.began = time.perf_counter()
    g.number = _given() or _made()
    logs.begin(request=g.number)


def number() -> str:
    """Short enough to be said over the phone, where we made it."""
    made: str = g.get("number", "")
    return made


def end(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    status = response.status_code
    endpoint = request.endpoint or ""
    if number():
        response.headers["X-Request-ID"] = number()
    if endpoint not in UNREMARKABLE or status >= 400:
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in METHODS else "other"
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
