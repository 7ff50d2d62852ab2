"""Fields that several forms of the organiser have, each with the sentences of its faults."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from web.forms.numbers import Between
from web.forms.registration import printable
from web.forms.translated import TranslatedForm

LATEST_YEAR = 2100


def number_field(label: Any, least: int, most: int, *, required: bool = True, **keywords: Any) -> IntegerField:
    first = InputRequired(_l("Enter a number.")) if required else Optional()
    return IntegerField(label, [first, Between(least, most, _l("Enter a number from %(min)s to %(max)s."))], **keywords)


def long_text(label: Any, most: int = 4000, checks: Sequence[Any] = ()) -> TextAreaField:
    return TextAreaField(
        label,
        [Length(max=most, message=_l("This is too long: at most %(max)d characters.")), *checks],
        filters=[printable],
    )


def valid_day(_form: TranslatedForm, field: DateField) -> None:
    if field.data and not 2000 <= field.data.year <= LATEST_YEAR:
        raise ValidationError(_("Enter a year from 2000 to %(latest)d.", latest=LATEST_YEAR))
