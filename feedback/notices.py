"""The published notice and its items."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.errors import NotFound, Refusal, _
from feedback.models import Item, Notice


def current(session: Session) -> Notice:
    """The notice that was published last. Raises NotFound before the first one."""
    notice = session.scalar(select(Notice).order_by(Notice.id.desc()).limit(1))
    if notice is None:
        raise NotFound(_("No notice is published yet: run `feedback init`, or import one."))
    return notice


def item(session: Session, key: str) -> Item:
    """The item `2.1` or `general` of the current notice. Raises Refusal for a key that it does not have."""
    found = session.scalar(select(Item).where(Item.notice_id == current(session).id, Item.key == key))
    if found is None:
        raise Refusal(_('Please choose one of the notice\'s items, or "the whole or something else".'), field="item")
    return found
