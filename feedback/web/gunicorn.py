"""How gunicorn serves the app: address and port from the settings. GUNICORN_CMD_ARGS changes what stands here."""

from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from feedback import db, logs, metrics, stopping, upkeep
from feedback.config import Settings
from feedback.terminal import explaining

with explaining():
    _settings = Settings.from_env()
logs.set_up(_settings)

# A host with a colon is an IPv6 address.
bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
worker_class = "gthread"
workers = _settings.web_processes
umask = 0o077
threads = 16
timeout = 60
graceful_timeout = stopping.SECONDS_TO_FINISH
# The proxies that may be believed are counted by FEEDBACK_PROXIES and read in the app; gunicorn believes none.
forwarded_allow_ips = ""
# Otherwise gunicorn opens a socket for its own commands in the home folder.
control_socket_disable = True


class Lines(Logger):  # type: ignore[misc]
    """gunicorn's own lines in the form of ours."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


logger_class = Lines


def post_worker_init(_worker: Any) -> None:
    metrics.begin(_settings, "web")


def on_starting(_server: Any) -> None:
    """Look before the workers start: there a refusal would be a traceback, here it is one line and exit 1."""
    with explaining():
        database = db.connect(_settings)
        upkeep.require_ready(database)
        database.engine.dispose()
