"""The shapes of the staff's forms: what is required and how long. Rules stay in the verbs."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length


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
