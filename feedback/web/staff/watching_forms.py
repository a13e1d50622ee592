"""The shapes of the forms of 督办 and 销号. Rules stay in the verbs."""

from flask_babel import lazy_gettext as _
from wtforms import DateField, DateTimeLocalField, IntegerField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from feedback.web.enclosures import NONE, Enclosures
from feedback.web.forms import plain
from feedback.web.staff.forms import ActForm


def _most(characters: int) -> Length:
    return Length(max=characters, message=_("This is too long: up to %(max)d characters."))


class WordsForm(ActForm):
    """A reply, or a result."""

    words = TextAreaField(filters=[plain], validators=[_most(5000)])


class OralForm(WordsForm):
    spoken_to = StringField(filters=[plain], validators=[_most(200)])
    spoken_at = DateTimeLocalField(format="%Y-%m-%dT%H:%M", validators=[Optional()])


class WrittenForm(WordsForm):
    unit = StringField()
    within = IntegerField(validators=[Optional()])


class MeetingForm(WordsForm):
    meeting_on = DateField(validators=[Optional()])
    agenda_number = StringField(filters=[plain], validators=[_most(200)])


class AskForm(ActForm):
    """`enclosed` is what was sent along, kept while the form is shown again."""

    evidence = TextAreaField(filters=[plain], validators=[_most(2000)])
    undelivered = TextAreaField(filters=[plain], validators=[_most(2000)])
    enclosed: Enclosures = NONE


class DecideForm(ActForm):
    """A yes or a no to striking off, by the button that was pressed."""

    decision = StringField()
    remark = TextAreaField(filters=[plain], validators=[_most(2000)])
