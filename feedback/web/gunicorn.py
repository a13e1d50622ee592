"""How gunicorn serves the app: address and port from the settings. GUNICORN_CMD_ARGS changes what stands here."""

from feedback import logs
from feedback.config import Settings
from feedback.terminal import explaining

with explaining():
    _settings = Settings.from_env()
logs.set_up()

# A host with a colon is an IPv6 address.
bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
worker_class = "gthread"
workers = 1
umask = 0o077
threads = 8
timeout = 60
graceful_timeout = 20
# The proxies that may be believed are counted by FEEDBACK_PROXIES and read in the app; gunicorn believes none.
forwarded_allow_ips = ""
# Otherwise gunicorn opens a socket for its own commands in the home folder.
control_socket_disable = True
