"""What has happened since a timetable was announced, as an organiser says it on the page of repairs."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, IntegerField, SelectField, SelectMultipleField
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from web.domain.timetable.said import Said
from web.models import Event, Registration

# So many people at once; whoever has more makes two repairs.
PEOPLE = 4
LONGEST_BREAK = 240


class Boxes(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PersonForm(Form):
    who = SelectField(_l("Who"), [Optional()], default="")
    what = SelectField(
        _l("What"),
        choices=[("absent", _l("does not come")), ("late", _l("arrives at")), ("leaves", _l("leaves at"))],
        default="absent",
    )
    slot = SelectField(_l("Round"), [Optional()], default="")

    def validate(self, extra_validators: object = None) -> bool:
        valid = super().validate(extra_validators)
        if self.who.data and self.what.data != "absent" and not self.slot.data:
            self.slot.errors = [_("Choose the round.")]
            return False
        return valid


class RepairForm(FlaskForm):
    people = FieldList(FormField(PersonForm), min_entries=PEOPLE, max_entries=PEOPLE)
    tables = Boxes(_l("Tables that cannot be used any more"))
    facilitators = Boxes(_l("Facilitators who do not come"))
    cut = Boxes(_l("Rounds that are not held"))
    put_off = SelectField(_l("Everything is later from this round on"), [Optional()], default="")
    minutes = IntegerField(
        _l("by so many minutes"),
        [Optional(), NumberRange(1, LONGEST_BREAK, _l("Enter a number of minutes from 1 to 240."))],
    )
    from_slot = SelectField(
        _l("What is over stays as it was: the first round that may still change"), [Optional()], default=""
    )

    @staticmethod
    def of(event: Event, participants: Sequence[Registration], **values: object) -> "RepairForm":
        """The form with this event's people, tables and rounds to choose from."""
        form = RepairForm(**values)
        rounds = [(slot.key, f"{slot.starts_at:%H:%M}") for slot in event.slots]
        days = {slot.starts_at.date() for slot in event.slots}
        if len(days) > 1:
            rounds = [(slot.key, f"{slot.starts_at:%d/%m %H:%M}") for slot in event.slots]
        none = [("", "–")]
        for one in form.people:
            one.form.who.choices = [*none, *((who.key, who.name or who.key) for who in participants)]
            one.form.slot.choices = [*none, *rounds]
        form.tables.choices = [(table.key, table.name or table.key) for table in event.tables]
        form.facilitators.choices = [(one.key, one.name or one.key) for one in event.facilitators]
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
        """What was filled in."""
        people = [one.form for one in self.people if one.form.who.data]
        return Said(
            absent=tuple(one.who.data for one in people if one.what.data == "absent"),
            late={one.who.data: one.slot.data for one in people if one.what.data == "late"},
            leaves={one.who.data: one.slot.data for one in people if one.what.data == "leaves"},
            tables=tuple(self.tables.data or ()),
            facilitators=tuple(self.facilitators.data or ()),
            cut=tuple(self.cut.data or ()),
            longer=(self.put_off.data, self.minutes.data) if self.put_off.data and self.minutes.data else None,
            from_slot=self.from_slot.data or None,
        )
