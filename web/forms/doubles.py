"""What an organiser says of registrations that look like one."""

from flask import request
from flask_babel import gettext as _
from wtforms import HiddenField, RadioField, SelectMultipleField
from wtforms.validators import ValidationError

from web.domain.people.merging import CHOSEN
from web.forms.logo import LogoForm
from web.forms.participants import ParticipantForm
from web.forms.translated import TranslatedForm
from web.forms.version import version_in

DECISIONS = ("never_at_once", "at_once", "two_organisations", "two_people", "perhaps_one", "perhaps_one_person")
# Under which name a column stands in the form of a participant.
_FIELDS = {"home_table_id": "home_table"}


class DecisionForm(TranslatedForm):
    """The registrations, and what is said of them. `back`: the page it was said on."""

    ids = SelectMultipleField(coerce=int, validate_choice=False)
    decision = RadioField(choices=[(decision, "") for decision in DECISIONS])
    back = HiddenField()

    def validate_ids(self, field: SelectMultipleField) -> None:
        if not all(0 < one < 2**31 for one in field.data or [0]):
            raise ValidationError(_("These participants are no longer there: reload the page."))


class MergeForm(TranslatedForm):
    """Two registrations as they were compared, and from which of them each column is."""

    kept_version = HiddenField()
    double_version = HiddenField()

    def versions(self, kept: int, double: int) -> dict[int, int]:
        """By the numbers of the two."""
        return {kept: version_in(self.kept_version.data), double: version_in(self.double_version.data)}

    def from_double(self) -> list[str]:
        """The columns that are taken from the double."""
        return [name for name in CHOSEN if request.form.get(name) == "double"]


def label_of(column: str) -> str:
    """What the form of a participant calls this column."""
    if column == "logo":
        return str(LogoForm.logo.args[0])
    return str(getattr(ParticipantForm, _FIELDS.get(column, column)).args[0])
