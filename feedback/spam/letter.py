"""What the signals look at: a message as the reader would see it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """The words of a link and where it leads."""

    words: str
    target: str


@dataclass(frozen=True, slots=True)
class Letter:
    """`is_bulk`: sent to nobody by name, with the headers of a mass mailing."""

    subject: str = ""
    text: str = ""
    links: tuple[Link, ...] = ()
    remote_pictures: int = 0
    filenames: tuple[str, ...] = ()
    is_bulk: bool = False
