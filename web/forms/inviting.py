"""What an organiser types to invite and to remind, and the invited when they answer."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from web.domain.event.programme import kinds_of
from web.domain.event.taxonomy import capitalised, kind_label
from web.domain.people.inviting import Invited
from web.forms.registration import printable
from web.forms.translated import TranslatedForm
from web.models import Event, Invitation

MOST_TYPED = 200_000
DEEDS = ("send", "withdraw")


def kind_choices(event: Event, language: str) -> list[SelectChoice]:
    """The kinds that the event brings together, as a list offers them."""
    return [SelectChoice(kind, capitalised(kind_label(kind, language))) for kind in kinds_of(event)]


def cells_apart(text: str | None) -> str:
    """Spreadsheets part cells by tabs, which no keyboard types into a field: `printable` would take them away."""
    return (text or "").replace("\t", ";")


class PasteForm(TranslatedForm):
    """A list of people, a line each."""

    people = TextAreaField(
        _l("Whom you invite, one per line"),
        [Length(max=MOST_TYPED, message=_l("This is too long: at most %(max)d characters."))],
        filters=[cells_apart, printable],
    )
    kind = SelectField(_l("Kind, where a line names none"), [InputRequired()])
    send = BooleanField(_l("Send the invitations at once"))

    def __init__(self, event: Event, language: str) -> None:
        super().__init__()
        self.kind.choices = kind_choices(event, language)
        self.people.validators = (*self.people.validators, DataRequired(_l("Paste at least one line.")))


class DeedForm(TranslatedForm):
    """Invitations that are ticked, and what is done with them."""

    ids = SelectMultipleField(coerce=int, validate_choice=False)
    deed = SelectField(choices=[SelectChoice(deed, "") for deed in DEEDS])


class InvitationForm(TranslatedForm):
    """One invitation. What is wrong with it is said by `web.domain.people.inviting`, by the names of these fields."""

    version = HiddenField()
    name = StringField(_l("Name of the organisation"), [InputRequired()], filters=[printable])
    contact_name = StringField(_l("Contact"), filters=[printable])
    email = EmailField(_l("E-mail address"), [InputRequired()], filters=[printable])
    phone = TelField(_l("Telephone"), filters=[printable])
    kind = SelectField(_l("Kind"), [InputRequired()], validate_choice=False)
    language = SelectField(
        _l("Language of mails and pages"),
        [InputRequired()],
        choices=[SelectChoice("fr", "Français"), SelectChoice("en", "English")],
    )

    def __init__(self, event: Event, language: str, one: Invitation, **more: Any) -> None:
        same = ("name", "contact_name", "email", "phone", "kind", "language")
        super().__init__(data={name: getattr(one, name) for name in same} | {"version": str(one.version)}, **more)
        choices = kind_choices(event, language)
        known = SelectChoice(one.kind, capitalised(kind_label(one.kind, language)))
        self.kind.choices = [*choices, *([] if one.kind in kinds_of(event) else [known])]

    def row(self) -> Invited:
        """What was typed."""
        return Invited(
            kind=self.kind.data or "",
            name=self.name.data or "",
            contact_name=self.contact_name.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
            language=self.language.data or "",
        )


def not_sent_label(reason: str, names: str) -> str:
    """Why these invitations were not sent."""
    return {
        "withdrawn": _("Not sent, because withdrawn: %(names)s.", names=names),
        "registered": _("Not sent, because they have registered: %(names)s.", names=names),
        "just_written": _(
            "Not sent again, because the last mail left within the last 20 hours: %(names)s.", names=names
        ),
        "enough": _("Not sent, because this address has had eight mails for this event: %(names)s.", names=names),
    }[reason]


def left_out_label(reason: str, names: str) -> str:
    """Why these rows of a list were not taken in."""
    return {
        "registered": _("Left out, because they have registered already: %(names)s.", names=names),
        "invited": _("Left out, because they are invited already: %(names)s.", names=names),
        "twice": _("Left out, because their address stands twice in the list: %(names)s.", names=names),
    }[reason]
