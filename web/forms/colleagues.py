"""Colleagues of one organisation: who gets a link of their own, and what they say of their mails."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, InputRequired, Length

from web.forms.registration import printable, without_link
from web.forms.translated import TranslatedForm


def _language(label: Any) -> RadioField:
    choices = [SelectChoice("fr", "Français"), SelectChoice("en", "English")]
    return RadioField(label, [InputRequired(_l("Choose a language."))], choices=choices)


class ColleagueForm(TranslatedForm):
    """Somebody to be given a link."""

    name = StringField(
        _l("First and last name"),
        [
            DataRequired(_l("Enter the name of your colleague.")),
            without_link,
            Length(max=120, message=_l("This is too long: at most %(max)d characters.")),
        ],
        filters=[printable],
    )
    email = EmailField(
        _l("E-mail address"),
        [
            DataRequired(_l("Enter the e-mail address of your colleague.")),
            Email(_l("This is not an e-mail address: it looks like name@example.org.")),
            Length(max=254),
        ],
        filters=[printable],
    )
    language = _language(_l("Language of their mails and pages"))

    def values(self) -> dict[str, str]:
        """What was typed, once it is valid."""
        return {"name": self.name.data or "", "email": self.email.data or "", "language": self.language.data}


class OwnMailsForm(TranslatedForm):
    """What a colleague says of their own mails."""

    wants_mails = BooleanField(_l("Send me the agenda and what changes in it by mail"))
    language = _language(_l("Language of your mails and pages"))
