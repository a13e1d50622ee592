"""The settings: each for itself is valid, but do they go together?"""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from feedback.config import Settings
from feedback.doctor.line import Line, Site, bad, good, note
from feedback.errors import _

TOPIC = _("Settings")
CORRECT = _("Correct it in the settings, then start the services again.")
OURS = ("FEEDBACK_",)
HERE = frozenset({"127.0.0.1", "::1", "localhost"})


def look(site: Site) -> Iterator[Line]:
    found = [*_slips(), *_addresses(site.settings), *_guards(site.settings), *_mail(site.settings)]
    yield from found or [good(TOPIC, _("All are valid and go together."))]


def _slips() -> Iterator[Line]:
    """A name that nobody knows is most often a slip of the pen, and what was meant has no effect."""
    known = {field.alias for field in Settings.model_fields.values()}
    for name in sorted(os.environ):
        if name.startswith(OURS) and name not in known:
            yield note(
                TOPIC,
                _("%(name)s is no setting of this program and has no effect."),
                _("Compare its spelling with the table in the README."),
                name=name,
            )


def _addresses(settings: Settings) -> Iterator[Line]:
    public = urlsplit(settings.public_url)
    host = public.hostname or ""
    is_local = host in HERE
    if settings.trusted_hosts and not _is_trusted(host, settings.trusted_hosts):
        yield bad(
            TOPIC,
            _("FEEDBACK_TRUSTED_HOSTS lacks %(host)s, the host of FEEDBACK_PUBLIC_URL: residents get an error."),
            _("Add it there."),
            host=host,
        )
    if not is_local and public.scheme == "http":
        yield note(
            TOPIC,
            _("FEEDBACK_PUBLIC_URL is without https: whoever is on the way can read what residents write."),
            _("Put a web server with TLS in front, see docs/production.md, and name it with https://."),
        )
    if not is_local and settings.proxies == 0 and settings.host in HERE:
        yield note(
            TOPIC,
            _("FEEDBACK_PROXIES is 0, but a web server stands in front: all visitors count as one."),
            _("Set FEEDBACK_PROXIES=1."),
        )
    if settings.proxies and settings.host not in HERE:
        yield note(
            TOPIC,
            _("Whoever reaches port %(port)d directly can forge the address that request limits count by."),
            _("Set FEEDBACK_HOST=127.0.0.1, or close the port to others."),
            port=settings.port,
        )


def _is_trusted(host: str, trusted: tuple[str, ...]) -> bool:
    names = [name.rpartition(":")[0] if name.rpartition(":")[2].isdigit() else name for name in trusted]
    return any(host == name.strip("[]") or (name.startswith(".") and f".{host}".endswith(name)) for name in names)


def _guards(settings: Settings) -> Iterator[Line]:
    for name, is_on in (("FEEDBACK_CHALLENGE", settings.challenge), ("FEEDBACK_RATELIMIT", settings.ratelimit)):
        if not is_on:
            yield note(
                TOPIC,
                _("%(name)s is off, which is for tests: nothing holds back who fills the house with rubbish."),
                _("Remove the line."),
                name=name,
            )


def _mail(settings: Settings) -> Iterator[Line]:
    if settings.mail_from.lower() not in settings.smtp_recipients:
        yield note(
            TOPIC,
            _("FEEDBACK_MAIL_FROM is none of FEEDBACK_SMTP_RECIPIENTS: replies to our mail do not come in here."),
            _("Name it there too, unless that mailbox passes its mail on to us."),
        )
    if settings.relay_url is None:
        yield note(
            TOPIC,
            _("FEEDBACK_RELAY_URL is not set: outgoing mail is kept and not sent."),
            _("Set it when residents are to be told by mail."),
        )
