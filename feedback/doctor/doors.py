"""The doors: each is knocked at as a visitor would, and nothing is left there."""

import http.client
import secrets
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from feedback.doctor import ports, programs
from feedback.doctor.line import Line, Site, bad, good, note
from feedback.errors import _

WEB, PUBLIC, LISTENER, LMTP = _("Web pages"), _("Public address"), _("Mail listener"), _("LMTP")
SECONDS = 3.0
SOON = 14
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where it listens, not where we do
ACCEPTED, UNKNOWN = 250, 550


def web(site: Site) -> Iterator[Line]:
    settings = site.settings
    host = EVERYWHERE.get(settings.host, settings.host)
    port = settings.port
    try:
        status, said = _got(http.client.HTTPConnection(host, port, timeout=SECONDS), "/readyz", settings.public_url)
    except (OSError, http.client.HTTPException) as error:
        yield _shut(WEB, port, error, "huiyin-web")
        return
    if status == http.HTTPStatus.OK and said.startswith("ready"):
        yield good(WEB, _("They answer at port %(port)d and can store."), port=port)
    elif status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        yield bad(
            WEB,
            _("They answer at port %(port)d, but cannot store: %(reason)s"),
            _("See Storing, Disk space and Database in this list."),
            port=port,
            reason=said.partition("\n")[0][:100],
        )
    else:
        yield bad(
            WEB,
            _("Something else than Huiyin answers at port %(port)d (%(holder)s)."),
            _("End that program, or set PORT to another port here and in the web server in front."),
            port=port,
            holder=ports.holder(port) or "?",
        )


def _got(connection: http.client.HTTPConnection, path: str, public_url: str) -> tuple[int, str]:
    """Status and the beginning of the text. The host is named as residents name it, which the web insists on."""
    try:
        connection.request("GET", path, headers={"Host": urlsplit(public_url).netloc, "Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read(1000).decode("utf-8", "replace")
    finally:
        connection.close()


def _shut(topic: str, port: int, error: Exception, unit: str) -> Line:
    holder = ports.holder(port)
    if isinstance(error, ConnectionRefusedError) or not holder:
        return bad(topic, _("Nothing listens at port %(port)d."), programs.AGAIN, port=port, unit=unit)
    return bad(
        topic,
        _("What listens at port %(port)d (%(holder)s) does not answer as Huiyin does within %(seconds)d seconds."),
        programs.AGAIN,
        port=port,
        unit=unit,
        holder=holder,
        seconds=SECONDS,
    )


def public(site: Site) -> Iterator[Line]:
    """The way that residents take, where it can be taken from here."""
    parts = urlsplit(site.settings.public_url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return
    port = parts.port or 443
    try:
        with socket.create_connection((host, port), timeout=SECONDS) as raw:
            context = ssl.create_default_context()
            with context.wrap_socket(raw, server_hostname=host) as secured:
                days = _days_left(secured, site.now)
        status, _said = _got(
            http.client.HTTPSConnection(host, port, timeout=SECONDS), "/metrics", site.settings.public_url
        )
        alive, _said = _got(
            http.client.HTTPSConnection(host, port, timeout=SECONDS), "/healthz", site.settings.public_url
        )
    except ssl.SSLCertVerificationError as error:
        yield bad(
            PUBLIC,
            _("Browsers refuse the certificate of %(host)s: %(reason)s."),
            _("Put a valid certificate with its whole chain into the web server, and reload it."),
            host=host,
            reason=error.verify_message,
        )
        return
    except (OSError, http.client.HTTPException):
        yield note(
            PUBLIC,
            _("%(host)s cannot be reached from this machine, so it was not looked at."),
            _("Try it with a browser; if that fails, is the web server in front running?"),
            host=host,
        )
        return
    yield from _as_seen(host, days, status, alive)


def _as_seen(host: str, days: int, metrics_status: int, status: int) -> Iterator[Line]:
    if metrics_status == http.HTTPStatus.OK:
        yield bad(
            PUBLIC,
            _("Everybody can read https://%(host)s/metrics."),
            _("Shut /metrics and /readyz in the web server, see deploy/nginx.conf."),
            host=host,
        )
    if status != http.HTTPStatus.OK:
        yield bad(
            PUBLIC,
            _("https://%(host)s answers with %(status)d."),
            _("Does the web server pass requests on to the right port, with the Host header?"),
            host=host,
            status=status,
        )
    elif days < SOON:
        yield note(
            PUBLIC,
            _("The certificate of %(host)s runs out in %(days)d days."),
            _("Renew it, and reload the web server."),
            host=host,
            days=days,
        )
    elif metrics_status != http.HTTPStatus.OK:
        yield good(
            PUBLIC, _("https://%(host)s answers; its certificate holds for %(days)d days."), host=host, days=days
        )


def _days_left(secured: ssl.SSLSocket, now: datetime) -> int:
    certificate = secured.getpeercert() or {}
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    return (until - now).days


def listener(site: Site) -> Iterator[Line]:
    settings = site.settings
    host = EVERYWHERE.get(settings.smtp_host, settings.smtp_host)
    return _mail_door(
        site, LISTENER, lambda: smtplib.SMTP(host, settings.smtp_port, timeout=SECONDS), settings.smtp_port
    )


def lmtp(site: Site) -> Iterator[Line]:
    settings = site.settings
    if settings.lmtp_port is None:
        return iter(())
    host, port = EVERYWHERE.get(settings.lmtp_host, settings.lmtp_host), settings.lmtp_port
    return _mail_door(site, LMTP, lambda: smtplib.LMTP(host, port, timeout=SECONDS), port)


def _mail_door(site: Site, topic: str, opened: Callable[[], smtplib.SMTP], port: int) -> Iterator[Line]:
    """Asks who is taken in, as a sender does, and leaves before there is a message."""
    try:
        door = opened()
    except (OSError, smtplib.SMTPException) as error:
        yield _shut(topic, port, error, "huiyin-smtp")
        return
    stranger = f"nobody-{secrets.token_hex(4)}@example.invalid"
    try:
        with door:
            door.ehlo()
            door.mail("")
            codes = {address: door.rcpt(address)[0] for address in (*site.settings.smtp_recipients, stranger)}
            door.rset()
    except (OSError, smtplib.SMTPException) as error:
        yield _shut(topic, port, error, "huiyin-smtp")
        return
    yield from _reception(topic, port, codes, stranger)


def _reception(topic: str, port: int, codes: dict[str, int], stranger: str) -> Iterator[Line]:
    refused = [address for address, code in codes.items() if code != ACCEPTED and address != stranger]
    if codes[stranger] != UNKNOWN:
        yield bad(
            topic,
            _("What listens at port %(port)d (%(holder)s) takes mail for strangers: it is not Huiyin."),
            _("End that program, or set FEEDBACK_SMTP_PORT to another port."),
            port=port,
            holder=ports.holder(port) or "?",
        )
    elif refused:
        yield bad(
            topic,
            _("It answers %(code)d to %(address)s, which is one of FEEDBACK_SMTP_RECIPIENTS."),
            _("Restart it, so that it reads the settings. With 4xx it puts mail off: see Disk space and Storing."),
            code=codes[refused[0]],
            address=refused[0],
        )
    else:
        yield good(
            topic,
            _("It takes mail for %(addresses)s at port %(port)d, and for nobody else."),
            addresses=", ".join(address for address in codes if address != stranger),
            port=port,
        )
