"""Encryption of what identifies a resident, and keyed digests to look it up again."""

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from feedback.errors import Refusal, _

# What is sealed piece by piece begins with this; a Fernet token is base64 and cannot.
MARK = b"\x01HY1"
SALT = 32
PIECE = 64 * 1024
TAG = 16


class Vault:
    """Seals with the first key of the ring, opens with any (rotation: put the new key in front, keep the old)."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._pieces = [_keyed(key, b"huiyin pieces") for key in keys]
        # Digests must outlive a rotation, or no receipt code would be found again: they use the oldest key.
        self._lookup = _keyed(keys[-1], b"huiyin lookup")

    def seal(self, content: bytes) -> bytes:
        """Fernet token of `content` (AES-128-CBC and HMAC-SHA256, url-safe base64)."""
        return self._fernet.encrypt(content)

    def sealing(self) -> "Sealing":
        """For a mail, which may be large: sealed piece by piece while it comes in."""
        return Sealing(self._pieces[0])

    def seal_mail(self, content: bytes, salt: bytes = b"") -> bytes:
        """All of it at once, in the form that `sealing` gives. A `salt` of 32 random bytes serves once."""
        sealing = Sealing(self._pieces[0], salt)
        if len(content) <= PIECE:
            return sealing.only(content)
        return b"".join((sealing.add(content), sealing.finish()))

    def open(self, token: bytes) -> bytes:
        """The content of a token. Raises Refusal where no key of the ring fits, or the token is not whole."""
        try:
            return self._joined(token) if token.startswith(MARK) else self._fernet.decrypt(token)
        except (InvalidToken, InvalidTag) as error:
            raise Refusal(
                _("FEEDBACK_IDENTITY_KEY does not open what is stored; put the former key back.")
            ) from error

    def _joined(self, token: bytes) -> bytes:
        salt, sealed = token[len(MARK) : len(MARK) + SALT], memoryview(token)[len(MARK) + SALT :]
        for number, keyed in enumerate(self._pieces, 1):
            try:
                return b"".join(_opened(_cipher(keyed, salt), sealed))
            except InvalidTag:
                if number == len(self._pieces):
                    raise
        raise InvalidTag

    def digest(self, purpose: str, value: str) -> bytes:
        """32 bytes, the same for the same value and purpose; tells nothing to a person without the key.

        Any string will do: what a mail server says is not always UTF-8, and then stands here as lone surrogates.
        """
        return _mac(self._lookup, f"{purpose}\0{value}".encode("utf-8", "surrogatepass"))

    def mark(self) -> bytes:
        """What only this house's oldest key makes: kept in the database, it tells a lost or changed key."""
        return self.digest("key mark", "")


class Sealing:
    """AES-256-GCM of pieces of 64 KiB, each under its number, the last one marked: the STREAM construction of age.

    A piece that is cut off, moved, doubled or from another mail does not open. Each mail has a key of its own, made
    of a salt at its beginning, so that counting from nought never uses a number twice.
    """

    def __init__(self, keyed: hmac.HMAC, salt: bytes = b"") -> None:
        salt = salt or secrets.token_bytes(SALT)
        self._cipher = _cipher(keyed, salt)
        self._begun = MARK + salt
        self._left = b""
        self._number = 0

    def add(self, content: bytes) -> bytes:
        """What of it can be written down already. The last piece is known only at the end, so one is kept back."""
        content = self._left + content if self._left else content
        whole = max(0, len(content) - 1) // PIECE * PIECE
        view = memoryview(content)
        sealed = [self._sealed(view[at : at + PIECE], is_last=False) for at in range(0, whole, PIECE)]
        self._left = content[whole:] if whole else content
        begun, self._begun = self._begun, b""
        return b"".join((begun, *sealed))

    def finish(self) -> bytes:
        return self.only(self._left)

    def only(self, piece: bytes) -> bytes:
        """The one that is all, or all that is left."""
        return self._begun + self._sealed(piece, is_last=True)

    def _sealed(self, piece: bytes | memoryview, *, is_last: bool) -> bytes:
        self._number += 1
        return self._cipher.encrypt(_nonce(self._number - 1, is_last=is_last), piece, None)


def _opened(cipher: AESGCM, sealed: memoryview) -> Iterator[bytes]:
    step = PIECE + TAG
    count = max(1, -(-len(sealed) // step))
    for number in range(count):
        piece = sealed[number * step : (number + 1) * step]
        yield cipher.decrypt(_nonce(number, is_last=number == count - 1), piece, None)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if is_last else b"\0")


def _cipher(keyed: hmac.HMAC, salt: bytes) -> AESGCM:
    return AESGCM(_mac(keyed, salt))


def _keyed(key: str, purpose: bytes) -> hmac.HMAC:
    """Sets MACs up with a key derived for `purpose`; it is copied for each: setting up takes longer than using."""
    return hmac.new(HKDF(hashes.SHA256(), 32, None, purpose).derive(key.encode()), digestmod=hashlib.sha256)


def _mac(keyed: hmac.HMAC, content: bytes) -> bytes:
    made = keyed.copy()
    made.update(content)
    return made.digest()
