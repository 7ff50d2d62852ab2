"""By which rules an event reminds, as its organiser sets them."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from web.domain.people.outstanding import FINDERS
from web.domain.people.reminder_plan import MOST_BELOW, MOST_DAYS, MOST_TIMES, Plan, Rule
from web.forms.fields import number_field
from web.forms.translated import TranslatedForm
from web.models import Occasion


class RemindersForm(TranslatedForm):
    """Four fields an occasion: ``no_wishes_on``, ``no_wishes_every``, ``no_wishes_most``, of few wishes ``…_below``."""

    version = HiddenField()
    weekends = BooleanField(_l("Remind on Saturdays and Sundays too"))

    def __init__(self, plan: Plan) -> None:
        data: dict[str, Any] = {"version": str(plan.version), "weekends": plan.weekends}
        for occasion, rule in plan.rules.items():
            data |= {f"{occasion}_{name}": value for name, value in vars(rule).items()}
        super().__init__(data=data)

    def rules(self) -> Mapping[Occasion, Rule]:
        """What was typed, once it is valid."""
        return {
            occasion: Rule(
                **{
                    name: self[f"{occasion}_{name}"].data
                    for name in ("on", "every", "most", "below")
                    if f"{occasion}_{name}" in self
                }
            )
            for occasion in FINDERS
        }


for _occasion in FINDERS:
    setattr(RemindersForm, f"{_occasion}_on", BooleanField(_l("Remind")))
    setattr(RemindersForm, f"{_occasion}_every", number_field(_l("Days between reminders"), 1, MOST_DAYS))
    setattr(RemindersForm, f"{_occasion}_most", number_field(_l("At most (times)"), 1, MOST_TIMES))
setattr(RemindersForm, f"{Occasion.FEW_WISHES}_below", number_field(_l("With fewer wishes than"), 2, MOST_BELOW))


def occasion_label(occasion: str) -> str:
    """Whom a rule reminds, or why a mail was written."""
    return {
        Occasion.INVITATION: _("Invitation"),
        Occasion.NOT_REGISTERED: _("Invited, and not registered"),
        Occasion.DRAFT: _("Registration begun, and not sent"),
        Occasion.NO_WISHES: _("Accepted, and no wishes yet"),
        Occasion.FEW_WISHES: _("Accepted, and few wishes"),
        Occasion.UNCONFIRMED: _("Provisional agenda not answered"),
        Occasion.MESSAGE: _("Message"),
    }[Occasion(occasion)]


def until_label(occasion: str) -> str:
    """Until when a rule reminds."""
    return {
        Occasion.NOT_REGISTERED: _("until registration ends"),
        Occasion.DRAFT: _("until registration ends"),
        Occasion.NO_WISHES: _("until choosing ends"),
        Occasion.FEW_WISHES: _("until choosing ends"),
        Occasion.UNCONFIRMED: _("until the last day for answers"),
    }[Occasion(occasion)]
