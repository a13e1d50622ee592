"""The web edge: one Flask app for residents and staff."""

from datetime import timedelta
from pathlib import Path

import jinja2
from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from feedback import db, upkeep
from feedback.config import Settings
from feedback.web import (
    assets,
    clock,
    cookies,
    edition,
    faults,
    health,
    keys,
    language,
    limits,
    opinions,
    public,
    security,
    staff,
    storing,
    track,
    watch,
)

csrf = CSRFProtect()
HERE = Path(__file__).parent
# In a checkout the templates lie beside the package, in an installed wheel inside it.
TEMPLATES = [HERE.parent.parent / "templates", HERE.parent / "templates"]


def create_app(settings: Settings | None = None) -> Flask:
    """The app of one house. Raises Refusal, with what to do, when the database is not set up for this version."""
    settings = settings or Settings.from_env()
    staff.require_possible(settings)
    app = Flask(__name__)
    app.jinja_loader = jinja2.FileSystemLoader([str(folder) for folder in TEMPLATES])
    app.config.from_mapping(configuration(settings))
    app.extensions["database"] = db.connect(settings)
    upkeep.require_ready(app.extensions["database"])
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    watch.init_app(app)
    csrf.init_app(app)
    for room in (assets, cookies, keys, language, limits, security, faults, clock, edition, storing, staff):
        room.init_app(app)
    for blueprint in (public.bp, opinions.bp, track.bp, health.bp):
        app.register_blueprint(blueprint)
    return app


def configuration(settings: Settings) -> dict[str, object]:
    is_https = settings.public_url.startswith("https://")
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "MAX_CONTENT_LENGTH": settings.max_message_bytes,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "TRUSTED_HOSTS": list(settings.trusted_hosts) or None,
        "SESSION_COOKIE_NAME": "huiyin",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": is_https,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        # As long as the cookie: an old person who writes slowly must not be told that the form has expired.
        "WTF_CSRF_TIME_LIMIT": None,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=1),
    }
