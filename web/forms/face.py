"""What an organiser types about themselves: name, address, colour, and the pictures that they send."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, FileField, HiddenField, StringField, TelField, URLField
from wtforms.validators import Email, Length, Optional, ValidationError
from wtforms.widgets import ColorInput

from web.domain.colour import USUAL, is_colour
from web.domain.event.face import Words
from web.domain.event.pictures import SIZES
from web.forms.fields import long_text
from web.forms.pictures import TAKEN, drawn_from
from web.forms.registration import printable
from web.forms.translated import TranslatedForm
from web.models import Event, Purpose
from web.pictures import Drawn

_TEXTS = ("name", "address", "phone", "email", "website", "legal")
_HOST = re.compile(r"[^\s/@.]+(\.[^\s/@.]+)+")


def _line(label: Any, most: int, kind: type[StringField] = StringField, *checks: Any) -> StringField:
    return kind(label, [*checks, Length(max=most, message=_l("At most %(max)d characters."))], filters=[printable])


class FaceForm(TranslatedForm):
    """How the organisers of `event` show themselves; filled in with what is known."""

    version = HiddenField()
    name = _line(_l("Name of the organiser"), 120)
    address = long_text(_l("Postal address"), 300)
    phone = _line(_l("Telephone"), 40, TelField)
    email = _line(
        _l("E-mail address"),
        254,
        EmailField,
        Optional(),
        Email(_l("This is not an e-mail address: it looks like name@example.org.")),
    )
    website = _line(_l("Website"), 200, URLField)
    legal = long_text(_l("Legal notice"), 2000)
    colour = StringField(_l("Colour"), widget=ColorInput(), filters=[printable])
    logo = FileField(_l("Logo"), render_kw={"accept": TAKEN})
    without_logo = BooleanField(_l("Remove the logo"))
    banner = FileField(_l("Banner"), render_kw={"accept": TAKEN})
    without_banner = BooleanField(_l("Take the banner away"))

    def __init__(self, event: Event) -> None:
        known = {name: event.face.get(name, "") for name in _TEXTS}
        super().__init__(data={**known, "colour": event.face.get("colour") or USUAL, "version": event.version})

    def validate_website(self, field: StringField) -> None:
        if field.data and "://" not in field.data:
            field.data = f"https://{field.data}"
        if field.data and not _is_web_address(field.data):
            raise ValidationError(_("This is not the address of a website: it looks like https://www.example.org."))

    def validate_colour(self, field: StringField) -> None:
        field.data = (field.data or USUAL).lower()
        if not is_colour(field.data):
            raise ValidationError(_("This is not a colour: it looks like #0f5a56."))

    def words(self) -> Words:
        colour = self.colour.data
        return Words(**{name: self[name].data for name in _TEXTS}, colour="" if colour == USUAL else colour)

    def pictures(self) -> dict[Purpose, Drawn | None]:
        """The pictures sent, drawn anew, and ``None`` for each to be taken away; faults stand beside their fields.

        Cost: a process for each picture.
        """
        found: dict[Purpose, Drawn | None] = {}
        for purpose, size in SIZES.items():
            if self[f"without_{purpose.value}"].data:
                found[purpose] = None
            drawn = drawn_from(self[purpose.value], *size)
            if drawn is not None:
                found[purpose] = drawn
        return found


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.username is None and _HOST.fullmatch(host) is not None
