"""The session in a signed cookie, with a signer that is made once and not for each request."""

import functools

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class Cookies(SecureCookieSessionInterface):
    @functools.cache  # noqa: B019 - there is one of it, and one app
    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        return super().get_signing_serializer(app)


def init_app(app: Flask) -> None:
    app.session_interface = Cookies()
