"""A mail server of the kind that takes our outgoing mail, on a port of its own."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Relay:
    """Notes what it is given; `reply` is its answer to every recipient, where it is not to accept it."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.was_encrypted: list[bool] = []
        self.signed_in: list[str] = []
        self.reply: str | None = None
        self.url = ""
        # Between having a mail and saying so, in seconds.
        self.delay = 0.0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, *told: Any) -> str:  # noqa: N802
        if self.reply:
            return self.reply
        envelope.rcpt_tos.append(told[0])
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        self.was_encrypted.append(session.ssl is not None)
        if self.delay:
            await asyncio.sleep(self.delay)
        return "250 OK"

    def sign_in(self, *told: Any) -> AuthResult:
        given: LoginPassword = told[-1]
        self.signed_in.append(f"{given.login.decode()}:{given.password.decode()}")
        return AuthResult(success=True)


@contextlib.contextmanager
def running(**options: Any) -> Iterator[Relay]:
    relay = Relay()
    port = free_port()
    controller = Controller(relay, "127.0.0.1", port, authenticator=relay.sign_in, **options)
    controller.start()
    relay.url = f"smtp://127.0.0.1:{port}"
    try:
        yield relay
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-made certificate for localhost and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return paths


def server_context(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate(folder))
    return context
