"""The shape of a notice once it has been read."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, as printed; `label` is the clause it stands in, short enough for a table."""

    value: str
    unit: str
    label: str


@dataclass(frozen=True, slots=True)
class ItemText:
    """One numbered point. `key` is `<section>.<item>` by order, whatever number is printed."""

    key: str
    title: str
    text: str
    measures: tuple[str, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class SectionText:
    """A numbered part. `text` is what stands between its heading and its first item."""

    number: int
    title: str
    items: tuple[ItemText, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class ChannelsText:
    """How the notice says to write or call; `phones` has the primary one first, and may be empty."""

    phones: tuple[str, ...] = ()
    address: str | None = None
    postcode: str | None = None
    envelope_remark: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A whole notice. `preface` stands before the first section, `closing` after the last item."""

    title: str
    issuer: str | None
    signed_on: date | None
    published_on: date | None
    edition: str | None
    sections: tuple[SectionText, ...]
    channels: ChannelsText
    preface: str = ""
    closing: str = ""
