"""The shape of a recorded call, letter or visit."""

from collections.abc import Collection
from datetime import date, datetime, tzinfo
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, DateTimeLocalField, HiddenField, StringField, TextAreaField
from wtforms.validators import AnyOf, Length, Optional

from feedback import contacts
from feedback.identity import Author
from feedback.models import Channel, Kind, ReplyBy
from feedback.web.forms import LONGEST_SUBJECT, NEEDED, ByVerb, line, plain

CHANNELS = (Channel.PHONE, Channel.POST, Channel.VISIT)
LONGEST_WORDS = 50_000


def _most(characters: int) -> Length:
    return Length(max=characters, message=_("This is too long: up to %(max)d characters."))


class RecordForm(FlaskForm):  # type: ignore[misc]
    body = TextAreaField(filters=[plain], validators=[_most(LONGEST_WORDS)])
    subject = StringField(filters=[line], validators=[_most(LONGEST_SUBJECT)])
    name = StringField(filters=[line], validators=[_most(100)])
    phone = StringField(filters=[line], validators=[_most(50), ByVerb(contacts.require_phone)])
    email = StringField(filters=[line], validators=[_most(254), ByVerb(contacts.require_email)])
    address = StringField(filters=[line], validators=[_most(300)])
    anonymous = BooleanField()
    item = StringField(filters=[line])
    kind = StringField(
        filters=[line],
        validators=[AnyOf([kind.value for kind in Kind], _("Please choose what kind of opinion it is."))],
    )
    reply_by = StringField(
        filters=[line], validators=[Optional(), AnyOf([way.value for way in ReplyBy], _("Please choose a way."))]
    )
    received_at = DateTimeLocalField(
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], validators=[Optional()]
    )
    postmarked_on = DateField(validators=[Optional()])
    envelope_remark = StringField(validators=[Optional(), AnyOf(["yes", "no"])])
    # The same form sent twice leads to the same case and the same code.
    form_token = HiddenField()

    def check(self, items: Collection[str], *, has_files: bool, now: datetime, zone: tzinfo) -> bool:
        """Whether it can be recorded; the errors stand at their fields."""
        self.validate()
        if self.item.data not in items:
            self._complain("item", _("Please choose what the opinion is about."))
        if not self.body.data.strip() and not has_files:
            self._complain("body", _("Please write down what was said, or add a scan."))
        if self.anonymous.data and self.author.given:
            self._complain("anonymous", _("Either anonymous or with name and number, not both."))
        if not self.anonymous.data and not self.author.given:
            self._complain("name", _("Please give a name or a number, or tick “anonymous”."))
        needed = NEEDED.get(self.way)
        if needed and not self[needed].data:
            self._complain("reply_by", _("There is no contact for this way of answering."))
        self._check_days(now, zone)
        return not self.errors

    def _check_days(self, now: datetime, zone: tzinfo) -> None:
        if self.arrived(now, zone) > now:
            self._complain("received_at", _("This moment lies in the future."))
        posted: date | None = self.postmarked_on.data
        if posted and posted > self.arrived(now, zone).astimezone(zone).date():
            self._complain("postmarked_on", _("A letter cannot arrive before its postmark."))

    def arrived(self, now: datetime, zone: tzinfo) -> datetime:
        """The moment that was entered, in the office's time; now where none was, or the same minute."""
        typed: datetime | None = self.received_at.data
        if typed is None:
            return now
        entered = typed.replace(tzinfo=zone)
        return now if entered == now.astimezone(zone).replace(second=0, microsecond=0) else entered

    @property
    def author(self) -> Author:
        return Author(*(self[field].data or "" for field in ("name", "phone", "email", "address")))

    @property
    def way(self) -> ReplyBy:
        return ReplyBy(self.reply_by.data) if self.reply_by.data in set(ReplyBy) else ReplyBy.TRACK

    @property
    def has_remark(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.envelope_remark.data or "")

    def _complain(self, field: str, sentence: Any) -> None:
        self[field].errors = [*self[field].errors, sentence]
