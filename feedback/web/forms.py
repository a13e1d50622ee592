"""The shapes of the resident's forms: what is required and how long. Rules stay in the verbs."""

from collections.abc import Callable, Collection
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Optional, ValidationError

from feedback import asking_back, contacts
from feedback.errors import Refusal
from feedback.models import Kind, ReplyBy
from feedback.tracking import LONGEST_REMARK
from feedback.web import language

LONGEST_TEXT = 10_000
LONGEST_SUBJECT = 100
KINDS = {
    Kind.COMPLAINT: _("something was done wrong or not done, and I want it put right"),
    Kind.SUGGESTION: _("I have an idea how it could be done better"),
    Kind.QUESTION: _("I want to know something"),
    Kind.REPORT: _("an official or a unit has broken rules or the law"),
    Kind.PRAISE: _("something was done well"),
}
REPLIES = {
    ReplyBy.TRACK: _("I look it up myself with the receipt code"),
    ReplyBy.PHONE: _("please call the phone number above"),
    ReplyBy.EMAIL: _("please write to the e-mail address above"),
    ReplyBy.POST: _("please send a letter to the address above"),
    ReplyBy.NONE: _("I only want you to know it"),
}
# Which contact detail an answer needs.
NEEDED = {ReplyBy.PHONE: "phone", ReplyBy.EMAIL: "email", ReplyBy.POST: "address"}


def plain(typed: str | None) -> str:
    """One kind of line end and no control signs: a database takes them badly and nobody has typed them."""
    lines = (typed or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign >= " " or sign in "\n\t")


def line(typed: str | None) -> str:
    return " ".join(plain(typed).split())


class ByVerb:
    """Asks a verb; what it refuses stands beside the field. An empty field is none of its business."""

    def __init__(self, verb: Callable[[str], object]) -> None:
        self._verb = verb

    def __call__(self, _form: FlaskForm, field: Field) -> None:
        if field.data:
            try:
                self._verb(field.data)
            except Refusal as refusal:
                raise ValidationError(language.said(refusal)) from refusal


# The templates say what a field is called; without a label it would look its own name up in a catalogue each time.
BY_TEMPLATE = ""


def _most(characters: int) -> Length:
    return Length(max=characters, message=_("This is too long: up to %(max)d characters."))


class ResidentForm(FlaskForm):  # type: ignore[misc]
    class Meta:
        # The whole app checks each post (see feedback.web.create_app); a form would make a token and check once more.
        csrf = False


class OpinionForm(ResidentForm):
    item = StringField(BY_TEMPLATE, filters=[line])
    kind = StringField(
        BY_TEMPLATE,
        filters=[line],
        validators=[AnyOf([kind.value for kind in Kind], _("Please choose what kind of opinion it is."))],
    )
    subject = StringField(BY_TEMPLATE, filters=[line], validators=[_most(LONGEST_SUBJECT)])
    body = TextAreaField(BY_TEMPLATE, filters=[plain], validators=[_most(LONGEST_TEXT)])
    name = StringField(BY_TEMPLATE, filters=[line], validators=[_most(100)])
    phone = StringField(BY_TEMPLATE, filters=[line], validators=[_most(50), ByVerb(contacts.require_phone)])
    email = StringField(BY_TEMPLATE, filters=[line], validators=[_most(254), ByVerb(contacts.require_email)])
    address = StringField(BY_TEMPLATE, filters=[line], validators=[_most(300)])
    reply_by = StringField(
        BY_TEMPLATE,
        filters=[line],
        validators=[
            Optional(),
            AnyOf([way.value for way in ReplyBy], _("Please choose how you want to be answered.")),
        ],
    )
    consent = BooleanField(
        BY_TEMPLATE,
        validators=[DataRequired(_("We may only deal with your opinion when you agree to this."))],
        # A script that says no in another word must not count as somebody's yes.
        false_values=(False, "", "0", "false", "n", "no", "off"),
    )

    def check(self, items: Collection[str], *, has_files: bool) -> bool:
        """Whether it may be sent; the errors stand at their fields. `items` are the keys of the notice."""
        self.validate()
        if self.item.data not in items:
            self._complain("item", _("Please choose what your opinion is about."))
        if not self.body.data.strip() and not has_files:
            self._complain("body", _("Please write your opinion, or add a file that says it."))
        needed = NEEDED.get(self.way)
        if needed and not self[needed].data and not self[needed].errors:
            self._complain(needed, _LACKING[needed])
        return not self.errors

    @property
    def way(self) -> ReplyBy:
        return ReplyBy(self.reply_by.data) if self.reply_by.data in set(ReplyBy) else ReplyBy.TRACK

    def _complain(self, field: str, sentence: Any) -> None:
        self[field].errors = [*self[field].errors, sentence]


_LACKING = {
    "phone": _("You want to be called: please give your phone number."),
    "email": _("You want an answer by e-mail: please give your e-mail address."),
    "address": _("You want an answer by post: please give your address."),
}


class SupplementForm(ResidentForm):
    body = TextAreaField(BY_TEMPLATE, filters=[plain], validators=[_most(LONGEST_TEXT)])
    # A question about the answer, and not only something more.
    asks_back = BooleanField(BY_TEMPLATE, false_values=(False, "", "0", "no"))

    def check(self, *, has_files: bool) -> bool:
        self.validate()
        if not self.body.data.strip() and not has_files:
            self.body.errors = [*self.body.errors, _("Please write what you want to add, or add a file.")]
        return not self.errors


def _stars(lacking: str) -> IntegerField:
    return IntegerField(BY_TEMPLATE, validators=[InputRequired(lacking)])


class RatingForm(ResidentForm):
    attitude = _stars(_("Please choose from 1 to 5 how you were treated."))
    speed = _stars(_("Please choose from 1 to 5 how quickly it was dealt with."))
    result = _stars(_("Please choose from 1 to 5 what you think of the result."))
    solved = StringField(
        BY_TEMPLATE, filters=[line], validators=[AnyOf(["yes", "no"], _("Please say whether the matter is solved."))]
    )
    remark = TextAreaField(BY_TEMPLATE, filters=[plain], validators=[_most(LONGEST_REMARK)])


class ReopenForm(ResidentForm):
    reason = TextAreaField(
        BY_TEMPLATE,
        filters=[plain],
        validators=[
            DataRequired(_("Please say why it should be dealt with anew.")),
            _most(asking_back.LONGEST_REASON),
        ],
    )
