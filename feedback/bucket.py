"""Stored files in a bucket of any store that speaks the S3 protocol, for a house on several machines."""

import contextlib
import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

from feedback.files import Away, Files, Listed, checked, whole

if TYPE_CHECKING:
    from obstore.store import S3Store

# A store that is away must be told from a slow one while the sender of a mail still waits: see docs/scale.md.
SECONDS_TO_CONNECT = 3
SECONDS_FOR_A_REQUEST = 20
SECONDS_OF_RETRIES = 10
MOST_RETRIES = 3
# What was stored this lately is young enough: a touch costs a whole upload.
SECONDS_YOUNG = 3600
STYLES = ("path", "virtual")


@dataclass(frozen=True)
class Address:
    """`s3://BUCKET/PREFIX?endpoint=https://…&region=…&style=path`, all but the bucket optional.

    `endpoint` is where the store answers, AWS's own without one. With `style=virtual` the bucket is a part of the
    host's name, which then stands in the endpoint; some stores take nothing else.
    """

    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    style: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises ValueError."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        options = {name: values[-1] for name, values in asked.items()}
        made = cls(
            bucket=parts.netloc,
            prefix=parts.path.strip("/"),
            endpoint=options.pop("endpoint", None),
            region=options.pop("region", "us-east-1"),
            style=options.pop("style", STYLES[0]),
        )
        endpoint = urlsplit(made.endpoint or "https://example.com")
        is_place = endpoint.scheme in {"http", "https"} and endpoint.hostname and endpoint.port != 0
        is_bucket = made.bucket.replace("-", "").replace(".", "").isalnum() and not parts.fragment
        if parts.scheme != "s3" or options or made.style not in STYLES or not (is_place and is_bucket):
            raise ValueError(url)
        return made


@dataclass(frozen=True)
class Credentials:
    key: str
    secret: str


class Bucket(Files):
    """Objects named as the files of a Folder are, so that `rclone copy` moves one kind of store to the other.

    What a request has been answered for is kept, for that is what such a store promises. Whatever else its answer
    is, Away is raised: it counts as a disk that is full.
    """

    def __init__(self, address: Address, credentials: Credentials, room: str, drafts: Path) -> None:
        self._address = address
        self._credentials = credentials
        self._room = f"{address.prefix}/{room}" if address.prefix else room
        self.drafts = drafts

    @cached_property
    def _store(self) -> "S3Store":
        """Made at the first use: its threads would not live on in a process that is forked off."""
        from obstore.store import S3Store

        address = self._address
        return S3Store(
            address.bucket,
            endpoint=address.endpoint,
            region=address.region,
            virtual_hosted_style_request=address.style == "virtual",
            access_key_id=self._credentials.key,
            secret_access_key=self._credentials.secret,
            client_options={
                "allow_http": (address.endpoint or "").startswith("http:"),
                "connect_timeout": timedelta(seconds=SECONDS_TO_CONNECT),
                "timeout": timedelta(seconds=SECONDS_FOR_A_REQUEST),
            },
            retry_config={"max_retries": MOST_RETRIES, "retry_timeout": timedelta(seconds=SECONDS_OF_RETRIES)},
        )

    def _name(self, sha256: str) -> str:
        return f"{self._room}/{sha256[:2]}/{checked(sha256)}"

    def store(self, content: bytes) -> str:
        """Always sent anew: to find out that the same is there, whole, would take as long."""
        sha256 = hashlib.sha256(content).hexdigest()
        with _answering():
            self._store.put(self._name(sha256), content)
        return sha256

    def adopt(self, draft: Path, sha256: str) -> None:
        with _answering():
            self._store.put(self._name(sha256), draft)
        draft.unlink()

    def require_writable(self) -> None:
        probe = f"{self._room}/probe-{secrets.token_hex(8)}"
        with _answering():
            self._store.put(probe, bytes(4096))
            self._store.delete(probe)

    def read(self, sha256: str) -> bytes:
        with _answering(may_be_missing=True):
            content = self._store.get(self._name(sha256)).bytes().to_bytes()
        return whole(content, sha256)

    def has(self, sha256: str) -> bool:
        try:
            self._touched_at(sha256)
        except FileNotFoundError:
            return False
        return True

    def remove(self, sha256: str) -> None:
        with contextlib.suppress(FileNotFoundError), _answering(may_be_missing=True):
            self._store.delete(self._name(sha256))

    def touch(self, sha256: str) -> None:
        if self._touched_at(sha256) < time.time() - SECONDS_YOUNG:
            self.store(self.read(sha256))

    def _touched_at(self, sha256: str) -> float:
        with _answering(may_be_missing=True):
            return self._store.head(self._name(sha256))["last_modified"].timestamp()

    def listed(self) -> Iterator[Listed]:
        """Such a store lists by name, a thousand at a time."""
        with _answering():
            for batch in self._store.list(f"{self._room}/", chunk_size=1000):
                for found in batch:
                    name = found["path"].rpartition("/")[2]
                    if len(name) == 64:
                        yield Listed(name, found["size"], found["last_modified"].timestamp())


@contextlib.contextmanager
def _answering(*, may_be_missing: bool = False) -> Iterator[None]:
    """Raises Away for all that the library raises, but FileNotFoundError where one object may be missing."""
    from obstore.exceptions import BaseError

    # A bucket that is gone answers as one object would; only to HEAD its answer has no words to tell them apart.
    try:
        yield
    except (BaseError, OSError) as error:
        is_missing = isinstance(error, FileNotFoundError) and "NoSuchBucket" not in str(error)
        if is_missing and may_be_missing:
            raise
        raise Away(f"the file store does not answer as it should: {type(error).__name__}") from error
