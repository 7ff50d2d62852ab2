"""What an organiser types of which a grid of rounds is made."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, TimeField
from wtforms.validators import InputRequired, Optional

from web.domain.errors import Faults
from web.domain.event.slots import Pause, Plan
from web.forms.fields import number_field, valid_day
from web.forms.translated import TranslatedForm


class GridForm(TranslatedForm):
    """The few numbers of which a grid of slots is made."""

    day = DateField(_l("Day"), [InputRequired(_l("Enter the day of the event.")), valid_day])
    day_2 = DateField(_l("Second day"), [Optional(), valid_day])
    day_3 = DateField(_l("Third day"), [Optional(), valid_day])
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
