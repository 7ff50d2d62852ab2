"""Lists that an organiser edits as a whole: slots, tables, facilitators. Each row has a box to remove it."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Email, InputRequired, Length, Optional, ValidationError

from web.domain.errors import Faults
from web.domain.event.absences import Rounds
from web.domain.event.resources import FacilitatorRow, TableRow, table_names
from web.domain.event.slots import NIGHT, SlotTime
from web.domain.event.taxonomy import FEATURES, capitalised, feature_label
from web.forms.registration import printable
from web.forms.translated import TranslatedForm
from web.models import Event


class SlotForm(Form):
    key = HiddenField()
    day = DateField(_l("Day"), [InputRequired(_l("Enter the day."))])
    start = TimeField(_l("Begins"), [InputRequired(_l("Enter the time."))])
    end = TimeField(_l("Ends"), [InputRequired(_l("Enter the time."))])
    session = StringField(_l("Part of the day"), [Length(max=80)], filters=[printable])
    remove = BooleanField(_l("Remove"))

    def time(self) -> SlotTime:
        """The round; one that ends earlier on the clock than it begins ends after midnight."""
        start = datetime.combine(self.day.data, self.start.data)
        end = datetime.combine(self.day.data, self.end.data)
        if end < start and end + timedelta(days=1) - start < NIGHT:
            end += timedelta(days=1)
        return SlotTime(start, end, self.session.data or None, self.key.data or "")


class NewSlotForm(SlotForm):
    day = DateField(_l("Day"), [Optional()])
    start = TimeField(_l("Begins"), [Optional()])
    end = TimeField(_l("Ends"), [Optional()])

    def is_filled(self) -> bool:
        return bool(self.start.data or self.end.data)

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if self.is_filled() and not (self.day.data and self.start.data and self.end.data):
            self.start.errors = [_("A round needs its day, its beginning and its end.")]
            return False
        return valid


class SlotsForm(TranslatedForm):
    version = HiddenField()
    slots = FieldList(FormField(SlotForm))
    new = FieldList(FormField(NewSlotForm), min_entries=2)

    def __init__(self, event: Event) -> None:
        day = event.slots[-1].starts_at.date() if event.slots else None
        super().__init__(
            data={
                "version": event.version,
                "slots": [
                    {
                        "key": slot.key,
                        "day": slot.starts_at.date(),
                        "start": slot.starts_at.time(),
                        "end": slot.ends_at.time(),
                        "session": slot.session or "",
                    }
                    for slot in event.slots
                ],
                "new": [{"day": day}, {"day": day}],
            }
        )

    def times(self) -> list[SlotTime]:
        """The rounds that stay, then the new ones: one for each row of `kept_rows`."""
        return [row.form.time() for row in self.kept_rows()]

    def kept_rows(self) -> list[Any]:
        return [row for row in self.slots if not row.form.remove.data] + [
            row for row in self.new if row.form.is_filled()
        ]

    def show(self, faults: Faults) -> None:
        """Put each fault beside its row; those of the whole list stand above."""
        show_in_rows(self, self.kept_rows(), faults, "start")


def show_in_rows(form: TranslatedForm, rows: list[Any], faults: Faults, field: str) -> None:
    """Put each fault ``name/<number>`` into the row of that number, the others into `form.form_errors`."""
    for fault in faults.faults:
        number = fault.path.partition("/")[2]
        if number.isdecimal() and int(number) < len(rows):
            cell = rows[int(number)].form[field]
            cell.errors = [*cell.errors, fault.message]
        else:
            form.form_errors.append(fault.message)


class _FeatureChoices:
    def offer(self, features: list[tuple[str, str]]) -> None:
        self.features.choices = features  # type: ignore[attr-defined]


class TableForm(_FeatureChoices, Form):
    key = HiddenField()
    name = StringField(_l("Name"), [Length(max=80, message=_l("At most %(max)d characters."))], filters=[printable])
    features = SelectMultipleField(_l("Features"), validate_choice=False)
    remove = BooleanField(_l("Remove"))


class TablesForm(TranslatedForm):
    version = HiddenField()
    tables = FieldList(FormField(TableForm))
    more = TextAreaField(_l("Tables to add"), [Length(max=4000)], filters=[printable])
    more_features = SelectMultipleField(_l("Features of the tables to add"), validate_choice=False)
    feature = StringField(_l("A feature of your own"), [Length(max=40)], filters=[printable])

    def __init__(self, event: Event, language: str) -> None:
        super().__init__(
            data={
                "version": event.version,
                "tables": [{"key": one.key, "name": one.name, "features": one.features} for one in event.tables],
            }
        )
        codes = dict.fromkeys(
            [*(term.code for term in FEATURES), *(feature for table in event.tables for feature in table.features)]
        )
        if self.feature.data:
            codes[self.feature.data] = None
        self.choices = [(code, capitalised(feature_label(code, language))) for code in codes]
        self.more_features.choices = self.choices
        for row in self.tables:
            row.form.offer(self.choices)

    def validate_more(self, field: TextAreaField) -> None:
        try:
            table_names(field.data)
        except Faults as faults:
            raise ValidationError(" ".join(fault.message for fault in faults.faults)) from faults

    def kept_rows(self) -> list[Any]:
        return [row for row in self.tables if not row.form.remove.data]

    def rows(self) -> list[TableRow]:
        kept = [
            TableRow(row.form.name.data, self._known(row.form.features.data), row.form.key.data or "")
            for row in self.kept_rows()
        ]
        features = [*(self.more_features.data or ()), *([self.feature.data] if self.feature.data else [])]
        return kept + [TableRow(name, self._known(features)) for name in table_names(self.more.data)]

    def _known(self, codes: list[str] | None) -> tuple[str, ...]:
        return tuple(code for code, _label in self.choices if code in set(codes or ()))

    def show(self, faults: Faults) -> None:
        show_in_rows(self, self.kept_rows(), faults, "name")


class FacilitatorForm(Form):
    key = HiddenField()
    name = StringField(_l("Name"), [Length(max=120, message=_l("At most %(max)d characters."))], filters=[printable])
    email = StringField(
        _l("E-mail address"),
        [Optional(), Email(_l("This is not an e-mail address: it looks like name@example.org.")), Length(max=254)],
        filters=[printable],
    )
    unavailable = SelectMultipleField(_l("Not there in these rounds"), validate_choice=False)
    remove = BooleanField(_l("Remove"))


class FacilitatorsForm(TranslatedForm):
    version = HiddenField()
    facilitators = FieldList(FormField(FacilitatorForm))
    new = FieldList(FormField(FacilitatorForm), min_entries=1)

    def __init__(self, event: Event, choices: list[tuple[str, str]]) -> None:
        rounds = Rounds.of(event)
        super().__init__(
            data={
                "version": event.version,
                "facilitators": [
                    {
                        "key": one.key,
                        "name": one.name,
                        "email": one.email or "",
                        "unavailable": rounds.missed(one.absences),
                    }
                    for one in event.facilitators
                ],
            }
        )
        for row in [*self.facilitators, *self.new]:
            row.form.unavailable.choices = choices

    def kept_rows(self) -> list[Any]:
        return [row for row in self.facilitators if not row.form.remove.data] + [
            row for row in self.new if row.form.name.data
        ]

    def rows(self) -> list[FacilitatorRow]:
        return [
            FacilitatorRow(
                " ".join(row.form.name.data.split()),
                row.form.email.data or None,
                tuple(row.form.unavailable.data or ()),
                row.form.key.data or "",
            )
            for row in self.kept_rows()
        ]

    def show(self, faults: Faults) -> None:
        show_in_rows(self, self.kept_rows(), faults, "name")
