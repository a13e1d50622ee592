"""The shapes of the staff's forms: what is required and how long. Rules stay in the verbs."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, EqualTo, InputRequired, Length, Optional

from feedback.models import REFINEMENTS, Kind
from feedback.proofreading import Remark
from feedback.steps import Step
from feedback.triage import Request
from feedback.web.forms import plain

KINDS = [
    *(kind.value for kind in Kind),
    *(f"{kind}.{refined}" for kind, few in REFINEMENTS.items() for refined in few),
]


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
    """`kind` is one of the form's codes, alone or with its refinement: `complaint.claim`."""

    kind = StringField(validators=[AnyOf(KINDS)])
    item = StringField(validators=[InputRequired(_("Please choose the main item."))])
    further = SelectMultipleField(validate_choice=False)


class AssignForm(ActForm):
    unit = StringField()
    clerk = StringField()
    due_on = DateField(validators=[Optional()])
    reason = StringField(filters=[plain], validators=[_most(2000)])


class AssistForm(ActForm):
    assisting = SelectMultipleField(validate_choice=False)


class MoveForm(ActForm):
    step = StringField(validators=[AnyOf([step.value for step in Step], _("Please choose the next step."))])
    receiver = StringField(filters=[plain], validators=[_most(200)])
    reason = TextAreaField(filters=[plain], validators=[_most(2000)])


class SignForm(ActForm):
    pass


class GiveUpForm(ActForm):
    """An objection or a return, by the button that was pressed."""

    step = StringField()
    reason = TextAreaField(filters=[plain], validators=[_most(2000)])


class ExtensionForm(ActForm):
    days = IntegerField(validators=[InputRequired(_("Please fill this in."))])
    reason = TextAreaField(filters=[plain], validators=[_most(2000)])


class DecisionForm(ActForm):
    """The head's yes or no to an extension."""

    decision = StringField(validators=[AnyOf(["approve", "refuse"])])
    reason = TextAreaField(filters=[plain], validators=[_most(2000)])


class ObjectionForm(DecisionForm):
    """The office's yes or no to what `unit` has objected."""

    unit = StringField()


class WithdrawForm(ActForm):
    """Which of one's own requests."""

    request = StringField(validators=[AnyOf([one.value for one in Request])])


class FlagForm(ActForm):
    """`flag` is set or taken away: `set` is 1 or 0."""

    flag = StringField(validators=[AnyOf(["urgent", "sealed"])])
    set = StringField(validators=[AnyOf(["1", "0"])])
    reason = StringField(filters=[plain], validators=[_most(500)])


class NoteForm(ActForm):
    note = TextAreaField(filters=[plain], validators=[_most(5000)])


class JoinForm(ActForm):
    number = StringField(validators=[InputRequired(_("Please fill this in.")), Length(max=30)])


class SeparateForm(ActForm):
    pass


class SpamForm(ActForm):
    """The reason counts only for the way in."""

    reason = StringField(filters=[plain], validators=[_most(500)])


class AnswerForm(ActForm):
    answer = TextAreaField(filters=[plain], validators=[_most(20_000)])
    # What proofreading found; None where nobody has asked for it.
    remarks: Sequence[Remark] | None = None


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """How long it may be is the verb's rule, as with the two forms at the end: they are read without validation."""

    reason = StringField(filters=[plain])


class RenewForm(ActForm):
    reason = StringField(filters=[plain], validators=[_most(500)])


class PublishForm(FlaskForm):  # type: ignore[misc]
    summary = TextAreaField(filters=[plain])
