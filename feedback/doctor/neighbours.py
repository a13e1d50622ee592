"""The programs of others that this house needs: the relay, the scanner, the name server."""

import smtplib
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import dns.exception
import dns.resolver

from feedback import clamd
from feedback import relay as mail_relay
from feedback.doctor.line import Line, Site, bad, good, note
from feedback.errors import _

RELAY, SCANNER, NAMES = _("Mail relay"), _("Virus scanner"), _("Name server")
SECONDS = 3.0


def relay(site: Site) -> Iterator[Line]:
    """Greets it and signs in, as for sending, and sends nothing."""
    url = site.settings.relay_url
    if url is None:
        return  # that is said with the settings
    host = urlsplit(url).hostname
    try:
        with mail_relay.opened(url, SECONDS) as door:
            door.noop()
    except smtplib.SMTPAuthenticationError as error:
        yield bad(
            RELAY,
            _("%(host)s refuses the user name or the password (%(code)d)."),
            _("Correct FEEDBACK_RELAY_URL; signs in a password are written percent-encoded there (@ as %%40)."),
            host=host,
            code=error.smtp_code,
        )
    except smtplib.SMTPNotSupportedError:
        yield bad(
            RELAY,
            _("%(host)s offers no encryption, so the password is not sent to it."),
            _("Use its port for encrypted sending: 587 with smtp://, or 465 with smtps://."),
            host=host,
        )
    except ssl.SSLError as error:
        yield bad(
            RELAY,
            _("The encryption with %(host)s fails: %(reason)s."),
            _("Write the relay's full name as in its certificate; smtps:// is for port 465, smtp:// for 25 and 587."),
            host=host,
            reason=getattr(error, "verify_message", None) or error.reason,
        )
    except (smtplib.SMTPException, OSError) as error:
        yield bad(
            RELAY,
            _("%(host)s cannot be reached: %(reason)s. Outgoing mail waits."),
            _("Is FEEDBACK_RELAY_URL right, and may this machine connect to that port?"),
            host=host,
            reason=mail_relay.reason_of(error),
        )
    else:
        yield good(RELAY, _("%(host)s answers and lets us in."), host=host)


def scanner(site: Site) -> Iterator[Line]:
    address = site.settings.clamd
    if address is None:
        return
    try:
        clamd.require_alive(address, SECONDS)
    except clamd.Away as error:
        yield bad(
            SCANNER,
            _("No ClamAV answers at %(address)s (%(reason)s): files stay unscanned."),
            _("systemctl status clamav-daemon; may the services' user reach its socket?"),
            address=address,
            reason=str(error),
        )
    else:
        yield good(SCANNER, _("ClamAV answers at %(address)s."), address=address)


def names(site: Site) -> Iterator[Line]:
    """Any answer will do: who vouches for a mail is asked in the same way."""
    if not site.settings.mail_dns:
        return
    domain = site.settings.mail_from.rpartition("@")[2]
    try:
        dns.resolver.resolve(domain, "MX", lifetime=SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        pass
    except (dns.exception.DNSException, OSError):
        yield note(
            NAMES,
            _("None answers: who vouches for a mail cannot be asked, and forwarded addresses wait for a clerk."),
            _("Set one in /etc/resolv.conf, or FEEDBACK_MAIL_DNS=off on a machine without a network."),
        )
        return
    yield good(NAMES, _("One answers."))
