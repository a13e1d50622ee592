"""Settings: the environment read once, and one line that names what is wrong with it."""

import os
import re
import secrets
from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from feedback import files
from feedback.bucket import Address as BucketAddress
from feedback.errors import Refusal, _

PROJECT = Path(__file__).resolve().parent.parent
SWITCH = {"on": True, "off": False}
# A host name, one with a dot in front for all below it, or an IP address; each with or without a port.
HOST = re.compile(r"(?:\.?[\w-]+(?:\.[\w-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?")


def _switch(value: object) -> object:
    if isinstance(value, str) and value.lower() in SWITCH:
        return SWITCH[value.lower()]
    raise ValueError(_("%(name)s must be on or off."))


def _listed(value: object) -> object:
    return (
        tuple(part.strip().lower() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
    )


def _address(value: str) -> str:
    """A bare e-mail address, as it can stand in MAIL FROM and in a From line."""
    try:
        made = Address(addr_spec=value.strip())
    except (MessageError, ValueError, IndexError) as error:
        raise ValueError(_("%(name)s must be an e-mail address such as intake@example.com.")) from error
    if not (made.username and made.domain and value.isascii()):
        raise ValueError(_("%(name)s must be an e-mail address such as intake@example.com."))
    return value.strip()


def _networks(value: object) -> object:
    listed = _listed(value)
    if isinstance(listed, tuple):
        for one in listed:
            if one not in {"private", "all"}:
                try:
                    ip_network(one)
                except ValueError as error:
                    raise ValueError(
                        _("%(name)s must be private, all, or networks such as 192.0.2.0/24, comma separated.")
                    ) from error
    return listed


Switch = Annotated[bool, BeforeValidator(_switch)]
Listed = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Networks = Annotated[tuple[str, ...], BeforeValidator(_networks)]
PortNumber = Annotated[int, Field(ge=1, le=65535)]


class SecondFactor(StrEnum):
    REQUIRED = "required"
    OPTIONAL = "optional"
    OFF = "off"


class LogForm(StrEnum):
    JSON = "json"
    TEXT = "text"


class Settings(BaseModel):
    """All that can be set, each under the name that it has in the environment (see contract and README)."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, hide_input_in_errors=True)

    data_dir: Path = Field(default=PROJECT / "data", alias="FEEDBACK_DATA_DIR")
    database_url: str = Field(default="", alias="DATABASE_URL")
    secret_key: str = Field(default="", alias="SECRET_KEY")
    identity_key: str = Field(default="", alias="FEEDBACK_IDENTITY_KEY")
    host: str = Field(default="127.0.0.1", alias="FEEDBACK_HOST")
    port: PortNumber = Field(default=8000, alias="PORT")
    smtp_host: str = Field(default="127.0.0.1", alias="FEEDBACK_SMTP_HOST")
    smtp_port: PortNumber = Field(default=8025, alias="FEEDBACK_SMTP_PORT")
    smtp_recipients: Listed = Field(default=("intake@localhost",), alias="FEEDBACK_SMTP_RECIPIENTS", min_length=1)
    smtp_certificate: Path | None = Field(default=None, alias="FEEDBACK_SMTP_CERTIFICATE")
    smtp_certificate_key: Path | None = Field(default=None, alias="FEEDBACK_SMTP_CERTIFICATE_KEY")
    smtp_connections: Annotated[int, Field(ge=1)] = Field(default=100, alias="FEEDBACK_SMTP_CONNECTIONS")
    smtp_timeout: Annotated[int, Field(ge=1)] = Field(default=300, alias="FEEDBACK_SMTP_TIMEOUT")
    lmtp_host: str = Field(default="127.0.0.1", alias="FEEDBACK_LMTP_HOST")
    lmtp_port: PortNumber | None = Field(default=None, alias="FEEDBACK_LMTP_PORT")
    filing: Annotated[int, Field(ge=0, le=64)] = Field(default=1, alias="FEEDBACK_FILING")
    max_message_bytes: Annotated[int, Field(ge=65536)] = Field(default=26214400, alias="FEEDBACK_MAX_MESSAGE_BYTES")
    files_url: str | None = Field(default=None, alias="FEEDBACK_FILES_URL")
    files_key: str = Field(default="", alias="FEEDBACK_FILES_KEY")
    files_secret: str = Field(default="", alias="FEEDBACK_FILES_SECRET")
    min_free_bytes: Annotated[int, Field(ge=0)] = Field(default=268435456, alias="FEEDBACK_MIN_FREE_BYTES")
    clamd: str | None = Field(default=None, alias="FEEDBACK_CLAMD")
    relay_url: str | None = Field(default=None, alias="FEEDBACK_RELAY_URL")
    acknowledge: Switch = Field(default=True, alias="FEEDBACK_ACKNOWLEDGE")
    forwarders: Listed = Field(default=(), alias="FEEDBACK_FORWARDERS")
    mail_from: str = Field(default="", alias="FEEDBACK_MAIL_FROM")
    public_url: str = Field(default="", alias="FEEDBACK_PUBLIC_URL")
    proxies: Annotated[int, Field(ge=0, le=9)] = Field(default=0, alias="FEEDBACK_PROXIES")
    trusted_hosts: Listed = Field(default=(), alias="FEEDBACK_TRUSTED_HOSTS")
    challenge: Switch = Field(default=True, alias="FEEDBACK_CHALLENGE")
    mail_dns: Switch = Field(default=True, alias="FEEDBACK_MAIL_DNS")
    ratelimit: Switch = Field(default=True, alias="FEEDBACK_RATELIMIT")
    second_factor: SecondFactor = Field(default=SecondFactor.OPTIONAL, alias="FEEDBACK_STAFF_2FA")
    agenda_weekday: Annotated[int, Field(ge=0, le=7)] = Field(default=1, alias="FEEDBACK_AGENDA_WEEKDAY")
    agenda_day: Annotated[int, Field(ge=0, le=28)] = Field(default=1, alias="FEEDBACK_AGENDA_DAY")
    log: LogForm | None = Field(default=None, alias="FEEDBACK_LOG")
    metrics_readers: Networks = Field(default=("private",), alias="FEEDBACK_METRICS")
    web_processes: Annotated[int, Field(ge=1, le=64)] = Field(default=1, alias="WEB_CONCURRENCY")
    timezone: str = Field(default="Asia/Shanghai", alias="FEEDBACK_TIMEZONE")

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, url: str) -> str:
        if not url:
            return url
        if urlsplit(url).scheme.split("+")[0] not in {"sqlite", "postgresql"}:
            raise ValueError(_("%(name)s must begin with sqlite:// or postgresql://."))
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError) as error:
            raise ValueError(_("%(name)s is not a complete database address.")) from error
        if parsed.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
            raise ValueError(_("%(name)s must begin with sqlite:// or postgresql://."))
        if parsed.drivername.startswith("sqlite") and parsed.database in {None, "", ":memory:"}:
            raise ValueError(_("%(name)s must name a file: several processes share the database."))
        return url

    @field_validator("identity_key")
    @classmethod
    def _fernet_keys(cls, keys: str) -> str:
        for key in filter(None, keys.split(",")):
            try:
                Fernet(key.strip())
            except ValueError as error:
                raise ValueError(
                    _("%(name)s must be one or more 32-byte url-safe base64 keys, comma separated.")
                ) from error
        return keys

    @field_validator("relay_url")
    @classmethod
    def _relay(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "")
        try:
            is_relay = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
        except ValueError:  # a port beyond 65535, with which every sending would fail later
            is_relay = False
        if url and not is_relay:
            raise ValueError(_("%(name)s must look like smtp://user:password@host:587."))
        return url or None

    @field_validator("files_url")
    @classmethod
    def _bucket(cls, url: str | None) -> str | None:
        if url:
            try:
                BucketAddress.parse(url)
            except ValueError as error:
                raise ValueError(
                    _("%(name)s must look like s3://bucket/prefix?endpoint=https://s3.example.com.")
                ) from error
        return url or None

    @field_validator("clamd")
    @classmethod
    def _scanner(cls, address: str | None) -> str | None:
        host, _colon, port = (address or "").rpartition(":")
        is_port = port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536
        if address and not address.startswith("/") and not (host and is_port):
            raise ValueError(_("%(name)s must be host:port or the path of a socket."))
        return address or None

    @field_validator("smtp_recipients")
    @classmethod
    def _addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_address, addresses))

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, address: str) -> str:
        return _address(address) if address.strip() else ""

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        """Links in mail are made of it, and whether cookies are secure."""
        message = _("%(name)s must look like https://feedback.example.com.")
        try:
            parts = urlsplit(url)
            is_whole = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
        except ValueError as error:
            raise ValueError(message) from error
        if url and (not is_whole or parts.query or parts.fragment or not url.isprintable() or " " in url):
            raise ValueError(message)
        return url

    @field_validator("trusted_hosts")
    @classmethod
    def _host_names(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(HOST.fullmatch, hosts)):
            raise ValueError(_("%(name)s must be host names such as feedback.example.com, comma separated."))
        return hosts

    @field_validator("smtp_certificate", "smtp_certificate_key")
    @classmethod
    def _readable(cls, path: Path | None) -> Path | None:
        if path is not None and not os.access(path, os.R_OK):
            raise ValueError(_("%(name)s names a file that cannot be read."))
        return path

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(_("%(name)s is not a time zone of the IANA list.")) from error
        return name

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the environment (and the `.env` file beside pyproject.toml, which yields to it).

        Missing secrets are made once in the data folder, mode 0600. Raises Refusal with one line that names the
        first wrong setting; the value itself is not shown, for it may be a password.
        """
        settings = cls.read(environ)
        return settings.model_copy(update=_completed(settings))

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Self:
        """What is set, without what follows from it, and without making anything. Raises Refusal as `from_env`."""
        if environ is None:
            environ = {**{k: v for k, v in dotenv_values(PROJECT / ".env").items() if v is not None}, **os.environ}
        names = {field.alias: name for name, field in cls.model_fields.items() if field.alias}
        given = {name: environ[alias] for alias, name in names.items() if environ.get(alias)}
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            raise _refusal(first, cls.model_fields[str(first["loc"][0])].alias) from error
        for name in ("files_key", "files_secret") if settings.files_url else ():
            if not getattr(settings, name):
                raise Refusal(_("%(name)s must be set for FEEDBACK_FILES_URL."), name=cls.model_fields[name].alias)
        return settings

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def _refusal(error: ErrorDetails, name: str | None) -> Refusal:
    """One whole sentence for what pydantic found first; our own validators bring theirs along."""
    details = error.get("ctx", {})
    match error["type"]:
        case "value_error":
            return Refusal(str(details["error"]), name=name)
        case "int_parsing" | "int_type" | "int_from_float":
            return Refusal(_("%(name)s must be a whole number."), name=name)
        case "greater_than_equal":
            return Refusal(_("%(name)s must be at least %(least)s."), name=name, least=details["ge"])
        case "less_than_equal":
            return Refusal(_("%(name)s must be at most %(most)s."), name=name, most=details["le"])
        case "too_short":
            return Refusal(_("%(name)s must name at least one."), name=name)
        case "enum":
            choices = str(details["expected"]).replace("'", "").replace(" or ", ", ")
            return Refusal(_("%(name)s must be one of %(choices)s."), name=name, choices=choices)
    return Refusal(_("%(name)s is not right: %(reason)s"), name=name, reason=error["msg"])


def _completed(settings: Settings) -> dict[str, Any]:
    """The values that depend on others or have to be made: address of the database, secrets, public address."""
    values: dict[str, Any] = {"data_dir": settings.data_dir.resolve()}
    folder = values["data_dir"]
    try:
        files.make_folder(folder)
        values["secret_key"] = settings.secret_key or _kept(folder / "secret_key", secrets.token_urlsafe(48))
        values["identity_key"] = settings.identity_key or _kept(
            folder / "identity_key", Fernet.generate_key().decode()
        )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refusal(_("%(name)s cannot be written: %(reason)s"), name="FEEDBACK_DATA_DIR", reason=reason) from error
    values["database_url"] = settings.database_url or f"sqlite:///{folder / 'huiyin.sqlite3'}"
    values["public_url"] = (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")
    values["mail_from"] = settings.mail_from or settings.smtp_recipients[0]
    return values


def _kept(path: Path, made: str) -> str:
    """The secret in `path`; made now if there is none. Several processes may start at once: the first one's stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    if not path.exists():
        try:
            # Synced before anything is sealed with it: a key that a power cut takes away takes all that with it.
            files.write(draft, made.encode())
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
        files.sync(path.parent)
    return path.read_text().strip()
