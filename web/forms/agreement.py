"""Until when participants may answer to the provisional timetable."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField
from wtforms.validators import InputRequired

from web.domain.errors import Faults
from web.domain.event.programme import first_round, local_now
from web.forms.translated import TranslatedForm
from web.models import Event

# As long as people usually have, and when that ends.
USUAL_DAYS, USUAL_HOUR = 4, time(18)


class AskForm(TranslatedForm):
    until = DateTimeLocalField(
        _l("Answers until"),
        [InputRequired(_l("Enter a day and a time."))],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )

    @staticmethod
    def of(event: Event, now: datetime | None = None, **values: Any) -> "AskForm":
        """The form as it stands: the deadline that there is, or else a usual one before the first round."""
        form = AskForm(**values)
        if not form.is_submitted():
            form.until.data = local_now(event, event.answers_until) if event.answers_until else _usual(event, now)
        return form

    def moment(self, event: Event) -> datetime:
        """The deadline, aware."""
        return self.until.data.replace(tzinfo=ZoneInfo(event.timezone)).astimezone(UTC)

    def show(self, faults: Faults) -> None:
        self.until.errors = [str(fault.message) for fault in faults.faults]


def _usual(event: Event, now: datetime | None) -> datetime:
    today, first = local_now(event, now), first_round(event)
    usual = datetime.combine(today.date() + timedelta(days=USUAL_DAYS), USUAL_HOUR)
    if first is None or usual < first - timedelta(days=1):
        return usual
    eve = datetime.combine(first.date() - timedelta(days=1), time(12))
    return eve if eve > today else first
