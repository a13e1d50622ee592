"""Publishing: a later text is a notice of its own, and opinions keep pointing at the item they were given for."""

import pytest
import sqlalchemy as sa

from feedback import notice_text, notices
from feedback.db import Database
from feedback.errors import NotAllowed, Refusal
from feedback.models import GENERAL, Action, Event, Item, Notice, Opinion, Role
from tests import factories

LATER = """关于示例整改情况的通报
一、第一个方面
（一）关于示例问题。一是先做这件事。二是再做那件事。
如有意见建议，请及时反映。联系电话：0000-1234567；邮政信箱：示例路1号，邮政编码：000000；电子邮箱：notice@example.com。
示例办公室
2026年3月1日
"""


def publish_later(database: Database, text: str = LATER) -> bool:
    with database.writing() as session:
        return notices.publish(session, notice_text.read(text), text, now=factories.NOW)[1]


def test_a_later_text_is_published_and_the_earlier_one_stays(database: Database) -> None:
    assert publish_later(database) is True
    with database.reading() as session:
        current = notices.current(session)
        assert current.title == "关于示例整改情况的通报"
        assert [item.key for item in current.items] == ["1.1", GENERAL]
        assert [measure.position for measure in current.items[0].measures] == [1, 2]
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 2


def test_opinions_keep_pointing_at_the_item_they_were_given_for(database: Database) -> None:
    with database.writing() as session:
        factories.receipt(session, item="4.2")
    publish_later(database)
    with database.reading() as session:
        assert session.scalars(sa.select(Opinion)).one().item.title == "针对个别问题整改不彻底问题"
    with pytest.raises(Refusal), database.writing() as session:
        factories.receipt(session, item="4.2")
    with database.writing() as session:
        assert factories.receipt(session, item=GENERAL).opinion.item.notice.title == "关于示例整改情况的通报"


def test_the_very_same_text_is_not_published_again(database: Database) -> None:
    assert [publish_later(database), publish_later(database)] == [True, False]
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 2
        events = session.scalars(sa.select(Event).where(Event.action == Action.NOTICE_PUBLISHED)).all()
        assert len(events) == 2  # the bundled one's, and this one's


def test_only_administrators_publish(database: Database) -> None:
    with database.writing() as session:
        clerk = factories.staff(session)
        chief = factories.staff(session, "chief", Role.ADMINISTRATOR)
        text = notice_text.read(LATER)
        with pytest.raises(NotAllowed):
            notices.publish(session, text, LATER, now=factories.NOW, by=clerk)
        notice, _is_new = notices.publish(session, text, LATER, now=factories.NOW, by=chief)
        assert notice.imported_by_id == chief.id


def test_the_outline_of_the_rows_is_that_of_the_text(database: Database) -> None:
    publish_later(database)
    with database.reading() as session:
        outline = notices.outline(session, notices.current(session))
    assert outline == notice_text.outline(notice_text.read(LATER))


def test_every_notice_has_its_general_item(database: Database) -> None:
    publish_later(database)
    with database.reading() as session:
        generals = session.scalars(sa.select(Item).where(Item.key == GENERAL)).all()
        assert [item.section for item in generals] == [None, None]
