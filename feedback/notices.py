"""The published notice and its items: publishing a text, and what is published now."""

import contextlib
import dataclasses
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, selectinload

from feedback import history, notice_text, rights
from feedback.db import Database
from feedback.errors import NotFound, Refusal, _
from feedback.models import GENERAL, Action, Item, Measure, Notice, Section, Staff
from feedback.notice_text import ChannelsText, ItemText, NoticeText, SectionText

Version = tuple[Any, ...] | None
BUNDLED = Path(__file__).parent / "bundled" / "notice.txt"
# Notices are printed in Chinese, and so is the item that stands beside theirs.
GENERAL_TITLE = "整体或其他"


def current(session: Session) -> Notice:
    """The notice that was published last. Raises NotFound before the first one."""
    notice = session.scalar(select(Notice).order_by(Notice.id.desc()).limit(1))
    if notice is None:
        raise NotFound(_("No notice is published yet: run `feedback init`, or import one."))
    return notice


def version(database: Database) -> Version:
    """What changes with each notice that is published; None before the first one.

    For those who keep something made of the notice and ask each time whether it still holds: past the session, which
    would take ten times as long.
    """
    fault = database.engine.dialect.loaded_dbapi.Error
    try:
        with contextlib.closing(database.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT id, imported_at FROM notice ORDER BY id DESC LIMIT 1")
            found = cursor.fetchone()
    except fault as error:
        raise DBAPIError.instance(None, None, error, fault) from error
    return tuple(found) if found else None


def with_parts(session: Session, notice: Notice) -> Notice:
    """The notice with sections, items and measures at hand: one statement for each kind of row."""
    parts = (
        selectinload(Notice.sections).selectinload(Section.items),
        selectinload(Notice.items).selectinload(Item.measures),
    )
    return session.scalars(select(Notice).where(Notice.id == notice.id).options(*parts)).one()


def item(session: Session, key: str) -> Item:
    """The item `2.1` or `general` of the current notice. Raises Refusal for a key that it does not have."""
    return session.get_one(Item, item_id(session, key))


_ITEM_ID = select(Item.id).where(
    Item.notice_id == select(func.max(Notice.id)).scalar_subquery(), Item.key == bindparam("key")
)


def item_id(session: Session, key: str) -> int:
    """The key of the row alone. Raises Refusal as `item` does."""
    found = session.scalar(_ITEM_ID, {"key": key})
    if found is None:
        current(session)
        raise Refusal(_('Please choose one of the notice\'s items, or "the whole or something else".'), field="item")
    return found


def numbers(notice: Notice) -> list[str]:
    """The telephone numbers and the mailbox that it prints itself."""
    return [*notice.channels.get("phones", []), *filter(None, [notice.channels.get("email")])]


def publish(
    session: Session, text: NoticeText, source: str, *, now: datetime, by: Staff | None = None
) -> tuple[Notice, bool]:
    """Make `text` the published notice; opinions keep pointing at the items they were given for.

    Returns the notice and whether it is new: the very text that is published already stays as it is.
    Raises NotAllowed for staff without the right.
    """
    if by is not None:
        rights.require(by, rights.Right.PUBLISH_NOTICE)
    standing = session.scalar(select(Notice).order_by(Notice.id.desc()).limit(1))
    if standing is not None and standing.source == source:
        return standing, False
    notice = _rows(text, source, by, now)
    session.add(notice)
    session.flush()
    before = {"notice": standing.id} if standing else None
    history.record(session, Action.NOTICE_PUBLISHED, staff=by, before=before, after={"notice": notice.id}, now=now)
    return notice, True


def publish_bundled(session: Session, *, now: datetime) -> Notice:
    """The notice that comes with the program."""
    source = BUNDLED.read_text(encoding="utf-8")
    return publish(session, notice_text.read(source), source, now=now)[0]


def outline(session: Session, notice: Notice) -> dict[str, Any]:
    """The notice as plain values, in the contract's shape."""
    return notice_text.outline(_as_text(session, notice))


def _rows(text: NoticeText, source: str, by: Staff | None, now: datetime) -> Notice:
    notice = Notice(
        title=text.title,
        issuer=text.issuer,
        signed_on=text.signed_on,
        published_on=text.published_on,
        edition=text.edition,
        channels=dataclasses.asdict(text.channels),
        preface=text.preface,
        closing=text.closing,
        source=source,
        imported_at=now,
        imported_by_id=by.id if by else None,
    )
    position = 0
    for part in text.sections:
        section = Section(notice=notice, number=part.number, title=part.title, text=part.text)
        for point in part.items:
            position += 1
            section.items.append(_item(notice, point, position))
    notice.items.append(Item(key=GENERAL, position=position + 1, title=GENERAL_TITLE, text="", figures=[]))
    return notice


def _item(notice: Notice, point: ItemText, position: int) -> Item:
    return Item(
        notice=notice,
        key=point.key,
        position=position,
        title=point.title,
        text=point.text,
        figures=[dataclasses.asdict(figure) for figure in point.figures],
        measures=[Measure(position=number, text=measure) for number, measure in enumerate(point.measures, start=1)],
    )


def _as_text(session: Session, notice: Notice) -> NoticeText:
    """The rows of a notice as the parser's value: one statement for each kind of row."""
    sections = session.scalars(
        select(Section)
        .where(Section.notice_id == notice.id)
        .order_by(Section.number)
        .options(selectinload(Section.items).selectinload(Item.measures))
    )
    return NoticeText(
        title=notice.title,
        issuer=notice.issuer,
        signed_on=notice.signed_on,
        published_on=notice.published_on,
        edition=notice.edition,
        sections=tuple(
            SectionText(section.number, section.title, tuple(map(_item_text, section.items)), section.text)
            for section in sections
        ),
        channels=ChannelsText(**{**notice.channels, "phones": tuple(notice.channels.get("phones", ()))}),
        preface=notice.preface,
        closing=notice.closing,
    )


def _item_text(row: Item) -> ItemText:
    measures = tuple(measure.text for measure in row.measures)
    return ItemText(
        row.key, row.title, row.text, measures, tuple(notice_text.Figure(**figure) for figure in row.figures)
    )
