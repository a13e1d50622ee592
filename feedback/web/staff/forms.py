"""The shapes of the staff's forms: what is required and how long. Rules stay in the verbs."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, PasswordField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import AnyOf, EqualTo, InputRequired, Length

from feedback.models import Kind, State
from feedback.proofreading import Remark
from feedback.web.forms import plain


def _most(characters: int) -> Length:
    return Length(max=characters, message=_("This is too long: up to %(max)d characters."))


class SignInForm(FlaskForm):  # type: ignore[misc]
    username = StringField(_("User name"), [InputRequired(_("Please fill this in.")), Length(max=200)])
    password = PasswordField(_("Password"), [InputRequired(_("Please fill this in.")), Length(max=1000)])
    next = HiddenField()


class PasswordForm(FlaskForm):  # type: ignore[misc]
    present = PasswordField(_("Present password"), [InputRequired(_("Please fill this in.")), Length(max=1000)])
    password = PasswordField(_("New password"), [InputRequired(_("Please fill this in.")), Length(max=1000)])
    again = PasswordField(
        _("New password again"),
        [InputRequired(_("Please fill this in.")), EqualTo("password", _("The two new passwords differ."))],
    )


class ActForm(FlaskForm):  # type: ignore[misc]
    """An act on a case: `version` is the one that stood on the page."""

    version = IntegerField(validators=[InputRequired()])
    problem: str = ""

    @property
    def complaints(self) -> str:
        return " ".join([self.problem, *(str(each) for told in self.errors.values() for each in told)]).strip()


class ClassifyForm(ActForm):
    kind = StringField(validators=[AnyOf([kind.value for kind in Kind])])
    item = StringField(validators=[InputRequired(_("Please choose the main item."))])
    further = SelectMultipleField(validate_choice=False)


class AssignForm(ActForm):
    unit = StringField()
    clerk = StringField()


class MoveForm(ActForm):
    state = StringField(validators=[AnyOf([state.value for state in State], _("Please choose the next state."))])
    reason = TextAreaField(filters=[plain], validators=[_most(2000)])


class NoteForm(ActForm):
    note = TextAreaField(filters=[plain], validators=[_most(5000)])


class JoinForm(ActForm):
    number = StringField(validators=[InputRequired(_("Please fill this in.")), Length(max=30)])


class SeparateForm(ActForm):
    pass


class SpamForm(ActForm):
    pass


class AnswerForm(ActForm):
    answer = TextAreaField(filters=[plain], validators=[_most(20_000)])
    # What proofreading found; None where nobody has asked for it.
    remarks: Sequence[Remark] | None = None


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """How long it may be is the verb's rule, as with the two forms at the end: they are read without validation."""

    reason = StringField(filters=[plain])


class RenewForm(ActForm):
    reason = StringField(filters=[plain], validators=[_most(500)])


class TellForm(FlaskForm):  # type: ignore[misc]
    way = StringField()
    note = StringField(filters=[plain])


class PublishForm(FlaskForm):  # type: ignore[misc]
    summary = TextAreaField(filters=[plain])
