"""The headers that every answer carries."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import secure
from flask import Flask, abort, request
from secure import ContentSecurityPolicy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

STRICT = (
    ContentSecurityPolicy()
    .default_src("'none'")
    .script_src("'self'")
    .style_src("'self'")
    .img_src("'self'", "data:")
    .font_src("'self'")
    .connect_src("'self'")
    .worker_src("'self'")
    .frame_src("'self'")
    .manifest_src("'self'")
    .form_action("'self'")
    .base_uri("'none'")
    .frame_ancestors("'none'")
)


HEADERS = list(
    secure.Secure(
        csp=STRICT,
        # Not no-referrer: under https the CSRF check wants to see that the form came from here.
        referrer=secure.ReferrerPolicy().same_origin(),
        permissions=secure.PermissionsPolicy().camera().microphone().geolocation(),
        xcto=secure.XContentTypeOptions().nosniff(),
        xfo=secure.XFrameOptions().deny(),
        coop=secure.CrossOriginOpenerPolicy().same_origin(),
        corp=secure.CrossOriginResourcePolicy().same_origin(),
    ).headers.items()
)
UNDER_HTTPS = ("Strict-Transport-Security", "max-age=31536000")
NOT_KEPT = ("Cache-Control", "no-store")


def init_app(app: Flask) -> None:
    app.url_value_preprocessor(refuse)
    app.wsgi_app = hardened(app.wsgi_app)  # type: ignore[method-assign,assignment]


def hardened(application: "WSGIApplication") -> "WSGIApplication":
    """With the headers, added where the answer goes out: nothing gets past, and nobody checks them anew each time."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *fault: Any) -> Callable[[bytes], object]:
            # A view may have set a stricter policy of its own (the sandbox around HTML mail).
            present = {name.lower() for name, _value in headers}
            own = (*HEADERS, NOT_KEPT, *([UNDER_HTTPS] if environ["wsgi.url_scheme"] == "https" else ()))
            return start_response(status, headers + [one for one in own if one[0].lower() not in present], *fault)

        return application(environ, start)

    return answer


def refuse(_endpoint: str | None, _values: object) -> None:
    """What no browser sends from a page of ours, before the form is read: both are told from the head alone.

    PostgreSQL takes no zero sign; forms leave theirs out. A body in pieces of unknown number would pass the limit.
    """
    environ = request.environ
    if "\0" in environ["PATH_INFO"] or "%00" in environ["QUERY_STRING"] or "\0" in environ["QUERY_STRING"]:
        abort(400)
    if "HTTP_TRANSFER_ENCODING" in environ:
        abort(411)
