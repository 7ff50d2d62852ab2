"""What an organiser types about an event as a whole: its creation, its description, its copy."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    FileField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from web.domain.errors import Faults
from web.domain.event.events import Basics, EventRules
from web.domain.event.resources import table_names
from web.domain.event.taxonomy import ZONES
from web.forms.fields import long_text, number_field, valid_day
from web.forms.grid import GridForm
from web.forms.registration import printable
from web.forms.rules import MeetingsFields
from web.forms.translated import TranslatedForm
from web.models import Event

COMMON_ZONES = (
    "Europe/Paris",
    "Europe/Brussels",
    "Europe/Luxembourg",
    "Europe/Zurich",
    "Indian/Reunion",
    "Indian/Mayotte",
    "America/Martinique",
    "America/Guadeloupe",
    "America/Cayenne",
    "Pacific/Noumea",
    "Pacific/Tahiti",
)


def zone_choices() -> dict[str, list[tuple[str, str]]]:
    """Every time zone, the usual ones first."""
    others = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix")))
    return {
        _("Usual"): [(zone, zone.replace("_", " ")) for zone in COMMON_ZONES],
        _("All others"): [(zone, zone.replace("_", " ")) for zone in others if zone not in COMMON_ZONES]
        + [("UTC", "UTC")],
    }


def _moment(field: DateTimeLocalField, zone: str) -> datetime | None:
    return field.data.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) if field.data else None


def _local(moment: datetime | None, zone: str) -> datetime | None:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if moment else None


class _BasicsFields:
    title = StringField(
        _l("Name of the event"),
        [DataRequired(_l("Give the event a name.")), Length(max=120, message=_l("At most %(max)d characters."))],
        filters=[printable],
    )
    place = StringField(_l("Place"), [Length(max=200, message=_l("At most %(max)d characters."))], filters=[printable])
    description = long_text(_l("Text of the public page"))
    timezone = SelectField(_l("Time zone"), [InputRequired()])
    registration_opens_at = DateTimeLocalField(_l("Registration from"), [Optional()])
    registration_closes_at = DateTimeLocalField(_l("Registration until"), [Optional()])
    wish_limit = number_field(_l("Wishes each participant may make"), 0, 50)
    online_offered = BooleanField(_l("Participants may take part online, by video"))
    zones = long_text(_l("Towns or districts, one per line"))

    def validate_registration_closes_at(self, field: DateTimeLocalField) -> None:
        opens = self.registration_opens_at.data
        if field.data and opens and field.data <= opens:
            raise ValidationError(_("Registration ends before it begins: choose a later moment."))

    def _basics(self, **more: Any) -> Basics:
        zone = self.timezone.data
        return Basics(
            title=" ".join(self.title.data.split()),
            place=self.place.data,
            description=self.description.data,
            timezone=zone,
            registration_opens_at=_moment(self.registration_opens_at, zone),
            registration_closes_at=_moment(self.registration_closes_at, zone),
            wish_limit=self.wish_limit.data,
            online_offered=self.online_offered.data,
            **more,
        )

    def _show_zones(self, zones: Sequence[Any], language: str) -> str:
        """`zones` as lines; those among them that stay keep their codes."""
        self.known_zones = {_zone_name(one, language): one for one in [*(term.code for term in ZONES), *zones]}
        return "\n".join(_zone_name(one, language) for one in zones)

    def zone_terms(self) -> list[Any]:
        """The zones typed: codes of those known, names of the others."""
        names = dict.fromkeys(line.strip() for line in self.zones.data.splitlines() if line.strip())
        return [self.known_zones.get(name, name) for name in names]


class CreateEventForm(_BasicsFields, MeetingsFields, GridForm):
    """A new event, all on one page."""

    tables = TextAreaField(_l("Tables"), [Length(max=4000)], filters=[printable])

    def __init__(self, language: str, **values: Any) -> None:
        super().__init__(
            data={
                "zones": self._show_zones([term.code for term in ZONES], language),
                "day": date.today() + timedelta(days=60),
                "start": time(14, 0),
                "meeting": 6,
                "changeover": 2,
                "rounds": 12,
                "tables": "1..12",
                "timezone": "Europe/Paris",
                "wish_limit": 8,
                "min_meetings": 3,
                "coverage": "40, 25, 15, 10",
            },
            **values,
        )
        self.timezone.choices = zone_choices()

    def validate_tables(self, field: TextAreaField) -> None:
        try:
            table_names(field.data)
        except Faults as faults:
            raise ValidationError(" ".join(fault.message for fault in faults.faults)) from faults

    def basics(self, language: str) -> Basics:
        return self._basics(locale=language)

    def rules(self) -> EventRules:
        return self._rules()


class SettingsForm(_BasicsFields, TranslatedForm):
    """What an event is called and says."""

    version = HiddenField()
    locale = SelectField(_l("Main language"), [InputRequired()], choices=[("fr", "Français"), ("en", "English")])
    wishes_close_at = DateTimeLocalField(_l("Wishes until"), [Optional()])
    directory_published = BooleanField(_l("Accepted participants see each other in the directory and may choose"))
    wishes_shown = BooleanField(_l("Participants see who wishes to meet them"))
    consent = long_text(_l("What participants agree to"))
    confirmation = long_text(_l("Added to the confirmation mail"))
    agenda_note = long_text(_l("Note at the foot of each agenda"), 400)
    online = long_text(_l("How to join online meetings"), 400)

    def __init__(self, event: Event, language: str) -> None:
        zone = event.timezone
        zones = event.taxonomies.get("zones", [term.code for term in ZONES])
        super().__init__(
            data={
                **{
                    name: getattr(event, name)
                    for name in ("title", "place", "description", "locale", "wish_limit", "online_offered")
                },
                **{name: event.texts.get(name, "") for name in ("consent", "confirmation", "agenda_note", "online")},
                "timezone": zone,
                "directory_published": event.directory_published,
                "wishes_shown": event.wishes_shown_at is not None,
                "registration_opens_at": _local(event.registration_opens_at, zone),
                "registration_closes_at": _local(event.registration_closes_at, zone),
                "wishes_close_at": _local(event.wishes_close_at, zone),
                "zones": self._show_zones(zones, language),
                "version": event.version,
            }
        )
        self.timezone.choices = zone_choices()
        if zone not in {code for group in self.timezone.choices.values() for code, _name in group}:
            self.timezone.choices[_("Usual")].append((zone, zone))

    def basics(self) -> Basics:
        return self._basics(locale=self.locale.data, wishes_close_at=_moment(self.wishes_close_at, self.timezone.data))

    def texts(self) -> dict[str, str]:
        return {name: self[name].data for name in ("consent", "confirmation", "agenda_note", "online")}


def _zone_name(term: Any, language: str) -> str:
    from web.domain.event.taxonomy import zone_label

    if isinstance(term, dict):
        return str(term.get(language) or term.get("fr") or term.get("en") or term.get("code", ""))
    return zone_label(str(term), language)


class ImportForm(TranslatedForm):
    file = FileField(_l("Event file or workbook"), [DataRequired()])


class DuplicateForm(TranslatedForm):
    title = StringField(
        _l("Name of the new event"),
        [DataRequired(_l("Give the event a name.")), Length(max=120, message=_l("At most %(max)d characters."))],
        filters=[printable],
    )
    day = DateField(_l("First day of the new event"), [InputRequired(_l("Enter the day of the event.")), valid_day])
    with_pool = BooleanField(_l("Take the organisations along"))
