"""The headers that every answer carries."""

import secure
from flask import Flask, Response, abort, request
from secure import ContentSecurityPolicy

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


def init_app(app: Flask) -> None:
    app.url_value_preprocessor(require_length)
    app.before_request(refuse_nul)
    headers = list(
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

    @app.after_request
    def harden(response: Response) -> Response:
        # A view may have set a stricter policy of its own (the sandbox around HTML mail).
        present = {name.lower() for name, _value in response.headers}
        response.headers.extend([(name, value) for name, value in headers if name.lower() not in present])
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "static" and "cache-control" not in present:
            response.headers.add("Cache-Control", "no-store")
        return response


def refuse_nul() -> None:
    """No page of ours links to an address with a zero sign, and PostgreSQL takes none. Forms leave theirs out."""
    parts = [request.path, *(value for pair in request.args.items(multi=True) for value in pair)]
    if any("\0" in part for part in parts):
        abort(400)


def require_length(_endpoint: str | None, _values: object) -> None:
    """Before the form is read: a body in pieces of unknown number would pass the limit. Browsers tell the length."""
    if request.content_length is None and request.headers.get("Transfer-Encoding"):
        abort(411)
