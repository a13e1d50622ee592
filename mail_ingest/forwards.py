"""Who wrote it: the chain of messages inside one text, from our own mailbox inwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mail_ingest.attributions import Attribution, read_attribution
from mail_ingest.banners import Banner, banner_of, is_rule, leading_banner
from mail_ingest.blocks import Block, could_begin, read_block
from mail_ingest.dates import printed_date
from mail_ingest.markup import Line
from mail_ingest.parsed import Mailbox
from mail_ingest.quotes import as_text, own_words, with_depths, without_quoted, written_above, written_between
from mail_ingest.remarks import hands_over, is_opinion
from mail_ingest.subjects import kind_of, without_forward_prefix

# A forwarded message begins near the top; a boundary far below is not worth the time of looking for it.
_MAX_LINES = 8_000
_MAX_LEVELS = 30
_BANNER_REACH = 4


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where one message ends and the one it quotes or forwards begins."""

    start: int
    end: int
    depth: int
    banner: Banner | None
    is_attribution: bool
    sender: Mailbox | None
    subject: str | None
    date: datetime | None
    recipients: frozenset[str]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the outer header says about the text: sender, subject, recipients, and whether it answers something."""

    sender: Mailbox | None
    subject: str
    recipients: frozenset[str]
    is_answer: bool
    date: datetime | None
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Who wrote the text, what they wrote, and the outermost forward it came through.

    ``passed_on_by`` are the senders between us and the author who only handed it on, the outermost first.
    """

    author: Mailbox | None
    subject: str
    text: str
    forward: Boundary | None
    passed_on_by: tuple[Mailbox, ...] = ()


@dataclass(frozen=True, slots=True)
class _Level:
    """One message of the chain."""

    sender: Mailbox | None
    subject: str
    recipients: frozenset[str]
    is_answer: bool


def read_chain(body: Sequence[Line], envelope: Envelope) -> Reading:
    """Goes inwards to the first sender who wrote words of their own."""
    lines = with_depths(body)
    level = _Level(envelope.sender, envelope.subject, envelope.recipients, envelope.is_answer)
    forward: Boundary | None = None
    handed_on: list[Mailbox] = []
    start = depth = 0
    for number in range(_MAX_LEVELS):
        boundary = _next_boundary(lines, start, level, envelope.date)
        if boundary is None or _answers(boundary, level, lines[start : boundary.start], number):
            break
        above = written_above(lines[start : boundary.start])
        forward = forward or boundary
        if is_opinion(above):
            return _reading(level, own_words(above, _address(level)), depth, forward, handed_on)
        handed_on += [level.sender] if level.sender else []
        level = _inner(boundary, level)
        start, depth = boundary.end, _depth_below(lines, boundary)
    else:
        boundary = None
    return _reading(level, _words_of(lines, start, depth, boundary, level, envelope), depth, forward, handed_on)


def _reading(
    level: _Level, words: list[Line], depth: int, forward: Boundary | None, handed_on: Sequence[Mailbox]
) -> Reading:
    return Reading(level.sender, level.subject, as_text(words, depth), forward, tuple(handed_on))


def _address(level: _Level) -> str:
    return level.sender.address if level.sender else ""


def _inner(boundary: Boundary, outer: _Level) -> _Level:
    subject = boundary.subject if boundary.subject is not None else without_forward_prefix(outer.subject)
    return _Level(boundary.sender, subject, boundary.recipients, kind_of(subject) == "reply")


def _depth_below(lines: Sequence[Line], boundary: Boundary) -> int:
    """How deep the forwarded text itself stands: Missive quotes it deeper than its header block, others do not."""
    depths = [line.depth for line in lines[boundary.end : boundary.end + 400] if line.text.strip()]
    if not depths or depths[0] == boundary.depth:
        return boundary.depth
    if depths[0] < boundary.depth or min(depths) >= depths[0]:
        return depths[0]
    return boundary.depth


def _words_of(
    lines: Sequence[Line], start: int, depth: int, boundary: Boundary | None, level: _Level, envelope: Envelope
) -> list[Line]:
    """The words of the level that starts at ``start``; what it answers is left out."""
    address = _address(level)
    if boundary is None:
        rest = _without_note_below(lines[start:], depth)
        words = without_quoted(rest, depth) if level.is_answer else rest
        return own_words(words, address, envelope.is_list)
    above = own_words(written_above(lines[start : boundary.start]), address)
    if level.is_answer or boundary.is_attribution:
        above = without_quoted(above, depth)
    below = _without_threads(lines[boundary.end :], level, envelope.date)
    between = own_words(written_between(below, depth), address, envelope.is_list)
    if between:
        return [*above, Line(depth, ""), *between] if above else between
    if above or boundary.banner is Banner.FORWARD:
        return above
    # Nothing stands above and nothing is marked: rather the quotation as well than a lost letter.
    return own_words([line for line in below if line.depth <= depth], address)


def _without_note_below(lines: Sequence[Line], depth: int) -> list[Line]:
    """Where the forwarded text is quoted as a whole, words below it that are not are the forwarder's again."""
    quoted = [number for number, line in enumerate(lines) if line.depth >= depth and line.text.strip()]
    if not depth or not quoted:
        return list(lines)
    end = quoted[-1] + 1
    is_apart = end < len(lines) and not lines[end].text.strip()
    return list(lines[:end]) if is_apart else list(lines)


def _without_threads(lines: Sequence[Line], level: _Level, near: datetime | None) -> list[Line]:
    """Lines below a quoted message without the attributions among them, up to the next header block."""
    kept: list[Line] = []
    start = 0
    for _ in range(_MAX_LEVELS):
        boundary = _next_boundary(lines, start, level, near)
        if boundary is None:
            return [*kept, *lines[start:]]
        kept += lines[start : boundary.start]
        if not boundary.is_attribution:
            return kept
        start = boundary.end
    return kept


def _answers(boundary: Boundary, level: _Level, above: Sequence[Line], number: int) -> bool:
    """Whether the boundary opens what is answered, not what is passed on."""
    if boundary.banner is Banner.REPLY:
        return True
    to_us = boundary.sender is not None and boundary.sender.address.lower() in level.recipients
    if to_us and (boundary.banner is not Banner.FORWARD or any(line.text.strip() for line in written_above(above))):
        return True
    if boundary.banner is Banner.FORWARD:
        return False
    kind = kind_of(level.subject)
    if kind == "reply" and not boundary.is_attribution and hands_over(above):
        # A clerk who pressed "answer" and changed the recipient.
        return False
    if kind is not None:
        return kind == "reply"
    return boundary.is_attribution or level.is_answer or (number > 0 and is_opinion(above))


def _next_boundary(lines: Sequence[Line], start: int, level: _Level, near: datetime | None) -> Boundary | None:
    banner: Banner | None = None
    banner_line = -_BANNER_REACH - 1
    for position in range(start, min(len(lines), start + _MAX_LINES)):
        text = lines[position].text
        if not text.strip():
            continue
        found_banner = banner_of(text)
        if found_banner is not None:
            banner, banner_line = found_banner, position
            continue
        has_banner = banner is not None and position - banner_line <= _BANNER_REACH
        boundary = _boundary_at(lines, position, banner if has_banner else None, level, near)
        if boundary is None:
            if not is_rule(text):
                banner = None
            continue
        return replace(boundary, start=max(start, banner_line)) if has_banner else boundary
    return None


def _boundary_at(
    lines: Sequence[Line], position: int, banner: Banner | None, level: _Level, near: datetime | None
) -> Boundary | None:
    text = lines[position].text
    leading = leading_banner(text)
    if leading is not None or could_begin(text):
        block = read_block(lines, position, banner is not None or leading is not None)
        if block is not None and (banner or leading or _is_credible(block, level)):
            return _from_block(block, lines, position, leading[0] if leading else banner, near)
    attribution = read_attribution(lines, position, banner is not None)
    return _from_attribution(attribution, position, banner, near) if attribution is not None else None


def _is_credible(block: Block, level: _Level) -> bool:
    """A block without a banner names an address, and not the writer's own: residents head letters like this too."""
    sender = block.sender()
    if not block.has_address:
        return (
            block.date(None) is not None
            and block.others >= 2
            and (kind_of(level.subject) is not None or block.is_timed)
        )
    is_own = sender is not None and sender.address.lower() == _address(level).lower()
    return not is_own or kind_of(level.subject) is not None


def _from_block(
    block: Block, lines: Sequence[Line], position: int, banner: Banner | None, near: datetime | None
) -> Boundary:
    end = block.end
    while end < len(lines) and is_rule(lines[end].text):
        end += 1
    return Boundary(
        start=position,
        end=end,
        depth=lines[position].depth,
        banner=banner,
        is_attribution=False,
        sender=block.sender(),
        subject=block.subject(),
        date=block.date(near),
        recipients=block.recipients(),
    )


def _from_attribution(
    attribution: Attribution, position: int, banner: Banner | None, near: datetime | None
) -> Boundary:
    return Boundary(
        start=position,
        end=attribution.end,
        depth=attribution.depth,
        banner=banner,
        is_attribution=True,
        sender=attribution.sender,
        subject=None,
        date=printed_date(attribution.date_text, near),
        recipients=frozenset(),
    )
