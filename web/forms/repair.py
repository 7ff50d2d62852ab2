"""What has happened since a timetable was announced, as an organiser says it on the page of repairs."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, Form, FormField, IntegerField, SelectField, SelectMultipleField, TimeField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from web.domain.event.slots import NIGHT, Day, days_of, times_of
from web.domain.timetable.said import Said
from web.forms.numbers import Between
from web.forms.translated import TranslatedForm
from web.models import Event, Registration, RegistrationStatus

# So many people, and new rounds, at once; whoever has more makes two repairs.
PEOPLE, ROUNDS = 4, 2
LONGEST_BREAK = 240


class Boxes(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class MomentForm(Form):
    """An hour of the event, with its day where there are several."""

    day = SelectField(_l("Day"), [Optional()], default="0")
    hour = TimeField(_l("Hour"), [Optional()])

    def choose_from(self, days: Sequence[Day]) -> None:
        self.days = days
        self.day.choices = [(str(number), f"{day.day:%d/%m}") for number, day in enumerate(days)]

    def moment(self) -> str | None:
        """On the event’s clock; an hour after midnight may still be of that day’s evening."""
        hour: time | None = self.hour.data
        if hour is None or not self.days:
            return None
        number = self.day.data or "0"
        day = self.days[int(number) if number.isdigit() and int(number) < len(self.days) else 0]
        moment = datetime.combine(day.start.date(), hour)
        if moment < day.start - NIGHT:
            moment += timedelta(days=1)
        return moment.isoformat(timespec="minutes")


class PersonForm(MomentForm):
    """One row about a participant; with `who` empty it says nothing."""

    who = SelectField(_l("Who"), [Optional()], default="")
    what = SelectField(
        _l("What"),
        choices=[
            ("absent", _l("does not come")),
            ("late", _l("arrives at")),
            ("leaves", _l("leaves at")),
            ("come", _l("came unannounced")),
        ],
        default="absent",
    )

    def expect(self, coming: Sequence[tuple[str, str]], waiting: Sequence[tuple[str, str]]) -> None:
        self.waiting = {key for key, _name in waiting}
        nobody: list[tuple[str, str]] = [("", "–")]
        self.who.choices = {"": nobody, _("Participants"): list(coming)}
        if waiting:
            self.who.choices[_("Registered, not accepted yet")] = list(waiting)

    def validate(self, extra_validators: object = None) -> bool:
        valid = super().validate(extra_validators)
        if not valid or not self.who.data:
            return valid
        if self.what.data in ("late", "leaves") and self.hour.data is None:
            self.hour.errors = [_("Enter the hour, for example 14:36.")]
        elif self.what.data == "come" and self.who.data not in self.waiting:
            self.what.errors = [_("This participant is expected anyway.")]
        elif self.what.data == "absent" and self.who.data in self.waiting:
            self.what.errors = [_("This participant is not accepted, so nobody expects them.")]
        return not (self.hour.errors or self.what.errors)


class HelperForm(MomentForm):
    """One row for each facilitator; where nothing has happened it says nothing."""

    what = SelectField(
        _l("What"),
        choices=[("", _l("is there")), ("absent", _l("does not come")), ("leaves", _l("leaves at"))],
        default="",
    )

    def validate(self, extra_validators: object = None) -> bool:
        valid = super().validate(extra_validators)
        if self.what.data == "leaves" and self.hour.data is None and not self.hour.errors:
            self.hour.errors = [_("Enter the hour, for example 14:36.")]
            return False
        return valid


class RepairForm(TranslatedForm):
    people = FieldList(FormField(PersonForm), min_entries=PEOPLE, max_entries=PEOPLE)
    tables = Boxes(_l("Tables that cannot be used any more"))
    helpers = FieldList(FormField(HelperForm))
    cut = Boxes(_l("Rounds that are not held"))
    added = FieldList(FormField(MomentForm), min_entries=ROUNDS, max_entries=ROUNDS)
    put_off = SelectField(_l("Everything is later from this round on"), [Optional()], default="")
    minutes = IntegerField(
        _l("By how many minutes"),
        [Optional(), Between(1, LONGEST_BREAK, _l("Enter a number of minutes from 1 to 240."))],
    )
    from_slot = SelectField(
        _l("What is over stays as it was. First round that may still change"), [Optional()], default=""
    )

    @staticmethod
    def of(event: Event, participants: Sequence[Registration], **values: Any) -> "RepairForm":
        """The form with this event's people (all who take part, or may yet), tables and rounds to choose from."""
        form = RepairForm(**values)
        form.days = days_of(times_of(event))
        clock = "%d/%m %H:%M" if len(form.days) > 1 else "%H:%M"
        rounds = [(slot.key, f"{slot.starts_at:{clock}}") for slot in event.slots]
        none = [("", "–")]
        named = {one: (one.key, one.name or one.key) for one in participants}
        coming = [named[one] for one in participants if one.status == RegistrationStatus.ACCEPTED]
        waiting = [named[one] for one in participants if one.status != RegistrationStatus.ACCEPTED]
        form.helper_rows = event.facilitators
        while len(form.helpers) < len(event.facilitators):
            form.helpers.append_entry()
        for row in form.people:
            row.form.expect(coming, waiting)
        for row in (*form.people, *form.helpers, *form.added):
            row.form.choose_from(form.days)
        form.tables.choices = [(table.key, table.name or table.key) for table in event.tables]
        form.cut.choices = rounds
        form.put_off.choices = form.from_slot.choices = [*none, *rounds]
        return form

    def validate(self, extra_validators: object = None) -> bool:
        valid = super().validate(extra_validators)
        if bool(self.put_off.data) != bool(self.minutes.data):
            self.minutes.errors = [*self.minutes.errors, _("Say both: from which round on, and by how many minutes.")]
            return False
        return valid

    def said(self) -> Said:
        """What was filled in. Whoever was not expected and arrives, or leaves, at an hour has come."""
        people = [one.form for one in self.people if one.form.who.data]
        helpers = [(row.key, one.form) for row, one in zip(self.helper_rows, self.helpers, strict=False)]
        return Said(
            absent=tuple(one.who.data for one in people if one.what.data == "absent"),
            late=self._moments((one.who.data, one) for one in people if one.what.data == "late"),
            leaves=self._moments((one.who.data, one) for one in people if one.what.data == "leaves"),
            come=tuple(dict.fromkeys(one.who.data for one in people if one.who.data in one.waiting)),
            tables=tuple(self.tables.data or ()),
            facilitators=tuple(key for key, one in helpers if one.what.data == "absent"),
            helpers=self._moments((key, one) for key, one in helpers if one.what.data == "leaves"),
            cut=tuple(self.cut.data or ()),
            added=tuple(dict.fromkeys(found for one in self.added if (found := one.form.moment()))),
            longer=(self.put_off.data, self.minutes.data) if self.put_off.data and self.minutes.data else None,
            from_slot=self.from_slot.data or None,
        )

    @staticmethod
    def _moments(rows: Iterable[tuple[str, MomentForm]]) -> dict[str, str]:
        return {key: found for key, one in rows if (found := one.moment())}
