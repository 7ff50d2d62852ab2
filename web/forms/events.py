"""What an organiser types about an event as a whole: its creation, its description, its rules, its copy."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    FileField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from scheduler.format.event import Weights
from web.domain.errors import Faults
from web.domain.event.events import Basics, EventRules
from web.domain.event.persons import Somebody, read_groups, written
from web.domain.event.programme import kinds_that_meet
from web.domain.event.resources import table_names
from web.domain.event.slots import Pause, Plan
from web.domain.event.taxonomy import KINDS, ZONES, capitalised, kind_label
from web.forms.registration import printable
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
LATEST_YEAR = 2100


def zone_choices() -> dict[str, list[tuple[str, str]]]:
    """Every time zone, the usual ones first."""
    others = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix")))
    return {
        _("Usual"): [(zone, zone.replace("_", " ")) for zone in COMMON_ZONES],
        _("All others"): [(zone, zone.replace("_", " ")) for zone in others if zone not in COMMON_ZONES]
        + [("UTC", "UTC")],
    }


def number_field(label: Any, least: int, most: int, *, required: bool = True, **keywords: Any) -> IntegerField:
    first = InputRequired(_l("Enter a number.")) if required else Optional()
    return IntegerField(
        label, [first, NumberRange(least, most, _l("Enter a number from %(min)s to %(max)s."))], **keywords
    )


def long_text(label: Any, most: int = 4000) -> TextAreaField:
    return TextAreaField(
        label, [Length(max=most, message=_l("This is too long: at most %(max)d characters."))], filters=[printable]
    )


def _valid_day(_form: FlaskForm, field: DateField) -> None:
    if field.data and not 2000 <= field.data.year <= LATEST_YEAR:
        raise ValidationError(_("Enter a year from 2000 to %(latest)d.", latest=LATEST_YEAR))


class GridForm(FlaskForm):
    """The few numbers of which a grid of slots is made."""

    day = DateField(_l("Day"), [InputRequired(_l("Enter the day of the event.")), _valid_day])
    day_2 = DateField(_l("Second day"), [Optional(), _valid_day])
    day_3 = DateField(_l("Third day"), [Optional(), _valid_day])
    start = TimeField(_l("First meeting at"), [InputRequired(_l("Enter the time at which the first meeting begins."))])
    meeting = number_field(_l("Minutes of a meeting"), 1, 480)
    changeover = number_field(_l("Minutes to change tables"), 0, 240)
    rounds = number_field(_l("Rounds a day"), 1, 120)
    coffee_after = number_field(_l("Coffee break after round"), 1, 119, required=False)
    coffee_minutes = number_field(_l("Minutes of the coffee break"), 1, 480, required=False)
    lunch_after = number_field(_l("Lunch after round"), 1, 119, required=False)
    lunch_minutes = number_field(_l("Minutes of the lunch break"), 1, 480, required=False)
    tea_after = number_field(_l("Another break after round"), 1, 119, required=False)
    tea_minutes = number_field(_l("Minutes of the other break"), 1, 480, required=False)

    @classmethod
    def like(cls, plan: Plan | None) -> "GridForm":
        """The form filled in with `plan`, as far as it has fields for it; with what is usual where there is none."""
        if plan is None:
            return cls(data={"meeting": 6, "changeover": 2, "rounds": 12})
        data: dict[str, Any] = {name: getattr(plan, name) for name in ("start", "meeting", "changeover", "rounds")}
        data |= dict(zip(("day", "day_2", "day_3"), plan.days, strict=False))
        lunches = [pause for pause in plan.pauses if pause.lunch]
        others = [pause for pause in plan.pauses if not pause.lunch]
        for name, pause in [*zip(("coffee", "tea"), others, strict=False), *zip(("lunch",), lunches, strict=False)]:
            data |= {f"{name}_after": pause.after, f"{name}_minutes": pause.minutes}
        return cls(data=data)

    def plan(self) -> Plan:
        """The grid, once the form is valid."""
        return Plan(
            days=tuple(day for day in (self.day.data, self.day_2.data, self.day_3.data) if day),
            start=self.start.data,
            meeting=self.meeting.data,
            changeover=self.changeover.data,
            rounds=self.rounds.data,
            pauses=tuple(
                Pause(after.data, minutes.data, lunch)
                for after, minutes, lunch in self._pauses()
                if after.data and minutes.data
            ),
        )

    def _pauses(self) -> tuple[tuple[IntegerField, IntegerField, bool], ...]:
        return (
            (self.coffee_after, self.coffee_minutes, False),
            (self.lunch_after, self.lunch_minutes, True),
            (self.tea_after, self.tea_minutes, False),
        )

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        for after, minutes, _lunch in self._pauses():
            if bool(after.data) != bool(minutes.data) and not after.errors and not minutes.errors:
                empty = minutes if after.data else after
                empty.errors = [_("A break needs both: the round it follows and its minutes.")]
                valid = False
        return valid

    def grid_is_valid(self) -> bool:
        """Whether the fields of the grid alone are right; only then may `plan` be called."""
        self.validate()
        return not any(field.errors for field in self if field.name in GRID_FIELDS)

    def problems(self) -> list[str]:
        """The faults of the grid's fields, in words, for the preview."""
        return [
            f"{field.label.text}{_(': ')}{message}"
            for field in self
            if field.name in GRID_FIELDS
            for message in field.errors
        ]

    def put_back(self, errors: dict[str, list[str]]) -> None:
        """Show again faults found earlier, beside those found since."""
        for name, messages in errors.items():
            if name in self:
                self[name].errors = list(dict.fromkeys([*self[name].errors, *messages]))

    def show(self, faults: Faults) -> None:
        """Put the faults of a grid beside the fields that they come from."""
        for fault in faults.faults:
            field = {"pauses": self.coffee_after, "tables": getattr(self, "tables", None)}.get(fault.path)
            field = field if field is not None else self.rounds
            field.errors = [*field.errors, fault.message]


GRID_FIELDS = frozenset(
    [
        *("day", "day_2", "day_3", "start", "meeting", "changeover", "rounds"),
        *(f"{pause}_{what}" for pause in ("coffee", "lunch", "tea") for what in ("after", "minutes")),
    ]
)


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
    zones = long_text(_l("Towns or districts, one a line"))

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


class _MeetingsFields:
    min_meetings = number_field(_l("At least this many meetings each"), 0, 200)
    max_meetings = number_field(_l("At most this many meetings each"), 1, 200, required=False)
    coverage = StringField(_l("What the first meetings are worth"), [Length(max=200)], filters=[printable])

    def validate_max_meetings(self, field: IntegerField) -> None:
        if field.data is not None and self.min_meetings.data is not None and field.data < self.min_meetings.data:
            raise ValidationError(_("This is less than the minimum: raise it or lower the minimum."))

    def validate_coverage(self, field: StringField) -> None:
        _coverage(field.data)

    def _rules(self, **more: Any) -> EventRules:
        return EventRules(
            coverage=_coverage(self.coverage.data),
            min_meetings=self.min_meetings.data,
            max_meetings=self.max_meetings.data,
            **more,
        )


def _coverage(text: str | None) -> tuple[int, ...]:
    parts = (text or "").replace(";", ",").replace(" ", ",").split(",")
    parts = [part for part in parts if part]
    if not all(part.isdecimal() and len(part) < 7 for part in parts):
        raise ValidationError(_("Write whole numbers with commas between them, for example 40, 25, 15, 10."))
    values = tuple(int(part) for part in parts)
    if list(values) != sorted(values, reverse=True):
        raise ValidationError(_("The numbers must not grow: the first meeting is worth the most."))
    return values


class CreateEventForm(_BasicsFields, _MeetingsFields, GridForm):
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


class SettingsForm(_BasicsFields, FlaskForm):
    """What an event is called and says."""

    version = HiddenField()
    locale = SelectField(_l("Main language"), [InputRequired()], choices=[("fr", "Français"), ("en", "English")])
    wishes_close_at = DateTimeLocalField(_l("Wishes until"), [Optional()])
    directory_published = BooleanField(_l("Accepted participants see each other in the directory and may choose"))
    consent = long_text(_l("What participants agree to"))
    confirmation = long_text(_l("Added to the confirmation mail"))
    agenda_note = long_text(_l("Note at the foot of each agenda"), 400)
    online = long_text(_l("How to come to online meetings"), 400)

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


WEIGHTS = tuple(Weights.model_fields)


class RulesForm(_MeetingsFields, FlaskForm):
    """The rules for all participants of an event."""

    version = HiddenField()
    max_break_difference = number_field(_l("Largest difference in the number of breaks"), 0, 50, required=False)
    max_in_a_row = number_field(_l("At most this many meetings in a row"), 1, 100, required=False)
    same_person = long_text(_l("Organisations that one person represents"))
    seated = SelectMultipleField(_l("Who stays at the same table"))
    may_meet = SelectMultipleField(_l("Who may meet whom"))
    need = number_field(_l("A need that the other offers exactly"), 0, 1000)
    category = number_field(_l("A need that the other comes close to"), 0, 1000)
    reciprocity = number_field(_l("Each side gives and receives"), 0, 1000)
    theme = number_field(_l("Each theme in common"), 0, 1000)
    themes_counted = number_field(_l("Themes counted at most"), 0, 50)
    zone = number_field(_l("The same town or district"), 0, 1000)
    wish_first = number_field(_l("A first wish"), 0, 1000)
    wish_last = number_field(_l("Any further wish, at least"), 0, 1000)
    mutual = number_field(_l("Each wishes for the other"), 0, 1000)

    def __init__(self, event: Event, language: str, people: Sequence[Somebody]) -> None:
        rules = event.rules
        self.people, self.table_count = people, len(event.tables)
        weights = Weights().model_dump() | rules.get("weights", {})
        pairs = kinds_that_meet(event)
        super().__init__(
            data={
                **weights,
                "coverage": ", ".join(map(str, rules.get("coverage", []))),
                "min_meetings": rules.get("min_meetings", 0),
                "max_meetings": rules.get("max_meetings"),
                "max_break_difference": rules.get("max_break_difference"),
                "max_in_a_row": rules.get("max_in_a_row"),
                "same_person": written(rules.get("same_person", []), people),
                "seated": rules.get("seated", []),
                "may_meet": [_pair_code(pair) for pair in pairs],
                "version": event.version,
            }
        )
        named = [kind for pair in pairs for kind in pair]
        kinds = list(dict.fromkeys([*(term.code for term in KINDS), *named, *rules.get("seated", [])]))
        self.seated.choices = [(kind, capitalised(kind_label(kind, language))) for kind in kinds]
        self.language = language
        every = [(a, b) for number, a in enumerate(kinds) for b in kinds[number:]]
        # A pair may be written either way round; what the event has keeps its order.
        turned = {frozenset(pair): pair for pair in pairs}
        self.pairs = {_pair_code(pair): pair for pair in (turned.get(frozenset(pair), pair) for pair in every)}
        self.may_meet.choices = [
            (code, f"{capitalised(kind_label(a, language))} – {kind_label(b, language)}")
            for code, (a, b) in self.pairs.items()
        ]

    def validate_may_meet(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError(_("Tick at least one line: otherwise nobody may meet anybody."))

    def validate_seated(self, field: SelectMultipleField) -> None:
        staying = set(field.data)
        for code in self.may_meet.data or ():
            if set(self.pairs.get(code, ("",))) <= staying:
                label = dict(self.may_meet.choices)[code]
                raise ValidationError(
                    _("These two may meet, so one of them must go to the other’s table: %(pair)s.", pair=label)
                )
        count = sum(one.on_site and one.kind in staying for one in self.people)
        if 0 < self.table_count < count:
            raise ValidationError(
                _(
                    "%(count)d of them come in person, and there are only %(tables)d tables: add tables first.",
                    count=count,
                    tables=self.table_count,
                )
            )

    def validate_same_person(self, field: TextAreaField) -> None:
        try:
            self.groups = read_groups(field.data or "", self.people)
        except Faults as faults:
            raise ValidationError(" ".join(fault.message for fault in faults.faults)) from faults

    def rules(self) -> EventRules:
        ticked = set(self.may_meet.data)
        return self._rules(
            max_break_difference=self.max_break_difference.data,
            seated=tuple(self.seated.data),
            max_in_a_row=self.max_in_a_row.data,
            same_person=tuple(map(tuple, self.groups)),
            weights=tuple((name, self[name].data) for name in WEIGHTS),
            may_meet=tuple(pair for code, pair in self.pairs.items() if code in ticked),
        )


def _pair_code(pair: Sequence[str]) -> str:
    return "|".join(pair)


class ImportForm(FlaskForm):
    file = FileField(_l("Event file or workbook"), [DataRequired()])


class DuplicateForm(FlaskForm):
    title = StringField(
        _l("Name of the new event"),
        [DataRequired(_l("Give the event a name.")), Length(max=120, message=_l("At most %(max)d characters."))],
        filters=[printable],
    )
    day = DateField(_l("First day of the new event"), [InputRequired(_l("Enter the day of the event.")), _valid_day])
    with_pool = BooleanField(_l("Take the organisations along"))
