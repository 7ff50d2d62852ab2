"""What an organiser types about the rules for all participants of an event."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from scheduler.format.event import Weights
from web.domain.errors import Faults
from web.domain.event.events import EventRules
from web.domain.event.persons import Somebody, read_groups, written
from web.domain.event.programme import kinds_that_meet
from web.domain.event.taxonomy import KINDS, capitalised, kind_label
from web.forms.fields import long_text, number_field
from web.forms.registration import printable
from web.forms.translated import TranslatedForm
from web.models import Event


class MeetingsFields:
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


WEIGHTS = tuple(Weights.model_fields)


class RulesForm(MeetingsFields, TranslatedForm):
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
