"""Signing in and the organiser's own account."""

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, EqualTo, Length, Optional

from web.forms.registration import without_link
from web.forms.translated import TranslatedForm

SHORTEST_PASSWORD = 10


class SignInForm(TranslatedForm):
    email = EmailField(_l("E-mail address"), [DataRequired(_l("Enter your e-mail address.")), Length(max=254)])
    password = PasswordField(_l("Password"), [DataRequired(_l("Enter your password.")), Length(max=200)])


class FactorOnForm(TranslatedForm):
    code = StringField(
        _l("Six-digit code"), [DataRequired(_l("Enter the six digits that your application shows.")), Length(max=20)]
    )
    current = PasswordField(_l("Current password"), [Length(max=200)])


class AnyCodeForm(TranslatedForm):
    """A code of the second factor, or a recovery code."""

    code = StringField(_l("Code"), [DataRequired(_l("Enter the code, or one of your recovery codes.")), Length(max=40)])


class ForgottenForm(TranslatedForm):
    email = EmailField(
        _l("E-mail address"),
        [
            DataRequired(_l("Enter your e-mail address.")),
            Email(_l("This is not an e-mail address: it looks like name@example.org.")),
            Length(max=254),
        ],
    )


class ConfirmForm(TranslatedForm):
    """A button that changes something: the CSRF token and nothing else."""


class NewCodesForm(TranslatedForm):
    """Each form of the account's page has a field for the same password: their ids differ."""

    current = PasswordField(_l("Current password"), [Length(max=200)], id="codes-current")


class PasskeyForm(TranslatedForm):
    """A new passkey: what its owner calls it, and what the browser answered, which a script puts there."""

    name = StringField(
        _l("Name of the passkey"), [Length(max=80, message=_l("At most %(max)d characters."))], id="passkey-name"
    )
    current = PasswordField(_l("Current password"), [Length(max=200)], id="passkey-current")
    answer = HiddenField(validators=[Length(max=20_000)])


class PasskeyUseForm(TranslatedForm):
    answer = HiddenField(validators=[Length(max=20_000)])


class PasskeyOffForm(TranslatedForm):
    current = PasswordField(_l("Current password"), [Length(max=200)], id="passkey-off-current")


class FactorOffForm(TranslatedForm):
    current = PasswordField(_l("Current password"), [Length(max=200)], id="off-current")


class AccountForm(TranslatedForm):
    """Who one is and how one signs in, saved together: no button loses what was typed for another."""

    name = StringField(_l("Your name"), [DataRequired(_l("Enter your name.")), without_link, Length(max=120)])
    email = EmailField(
        _l("E-mail address"),
        [
            DataRequired(_l("Enter your e-mail address.")),
            Email(_l("This is not an e-mail address: it looks like name@example.org.")),
            Length(max=254),
        ],
    )
    locale = SelectField(
        _l("Language of the pages"),
        choices=[
            SelectChoice("", _l("As in the browser")),
            SelectChoice("fr", "Français"),
            SelectChoice("en", "English"),
        ],
        validators=[Optional()],
    )
    password = PasswordField(
        _l("New password"),
        [Optional(), Length(min=SHORTEST_PASSWORD, max=200, message=_l("Choose at least 10 characters."))],
    )
    again = PasswordField(
        _l("The same again"), [EqualTo("password", message=_l("The two passwords differ: type the same one twice."))]
    )
    current = PasswordField(_l("Current password"), [Length(max=200)])
