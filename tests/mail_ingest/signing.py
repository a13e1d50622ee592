"""Signed and sealed messages, with the DNS that belongs to them; keys are made once for each test process."""

import base64
import functools

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mail_ingest.resolver import Unanswered

SIGNED = [b"from", b"to", b"subject", b"date", b"message-id"]
MESSAGE = (
    "From: 王先生 <wang@qq-mail.example>\r\nTo: fankui@126.example\r\nSubject: 过渡费\r\n"
    "Date: Mon, 02 Mar 2026 09:30:00 +0800\r\nMessage-ID: <1@qq-mail.example>\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n过渡费还没有发。\r\n"
).encode()


@functools.cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


def private_key() -> bytes:
    return key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def key_record() -> str:
    public = (
        key().public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def signed(message: bytes, domain: str) -> bytes:
    header = dkim.sign(message, b"key", domain.encode(), private_key(), include_headers=SIGNED)
    return bytes(header) + message


def sealed(message: bytes, domain: str, results: str = "dkim=pass") -> bytes:
    """With an ARC set of `domain` on top, as a forwarder puts it."""
    verdict = f"Authentication-Results: {domain}; {results}\r\n".encode()
    headers = dkim.arc_sign(verdict + message, b"key", domain.encode(), private_key(), domain.encode(), SIGNED)
    return b"".join(headers) + message


class Zone:
    """A resolver that knows these records only: {("name", "TXT"): ["..."]}."""

    def __init__(self, *signers: str, **records: list[str]) -> None:
        self.records = {(f"key._domainkey.{signer}", "TXT"): [key_record()] for signer in signers}
        self.records |= {(name, "TXT"): texts for name, texts in records.items()}

    def __call__(self, name: str, kind: str) -> list[str]:
        return self.records.get((name.rstrip(".").lower(), kind), [])


def no_network(name: str, kind: str) -> list[str]:
    raise Unanswered("no network")
