"""Encryption of what identifies a resident, and keyed digests to look it up again."""

import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from feedback.errors import Refusal, _


class Vault:
    """Seals with the first key of the ring, opens with any (rotation: put the new key in front, keep the old)."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        # Digests must outlive a rotation, or no receipt code would be found again: they use the oldest key.
        self._digest_key = HKDF(hashes.SHA256(), 32, None, b"huiyin lookup").derive(keys[-1].encode())

    def seal(self, content: bytes) -> bytes:
        """Fernet token of `content` (AES-128-CBC and HMAC-SHA256, url-safe base64)."""
        return self._fernet.encrypt(content)

    def open(self, token: bytes) -> bytes:
        """The content of a token. Raises Refusal where no key of the ring fits."""
        try:
            return self._fernet.decrypt(token)
        except InvalidToken as error:
            raise Refusal(
                _("FEEDBACK_IDENTITY_KEY does not open what is stored; put the former key back.")
            ) from error

    def digest(self, purpose: str, value: str) -> bytes:
        """32 bytes, the same for the same value and purpose; tells nothing to a person without the key.

        Any string will do: what a mail server says is not always UTF-8, and then stands here as lone surrogates.
        """
        return hmac.digest(self._digest_key, f"{purpose}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256)

    def mark(self) -> bytes:
        """What only this house's oldest key makes: kept in the database, it tells a lost or changed key."""
        return self.digest("key mark", "")
