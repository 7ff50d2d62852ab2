"""What an organiser types about places and targets."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError

from web.domain.event.taxonomy import SIZES, capitalised, kind_label, size_label, term_choices, zone_label
from web.domain.event.vocabulary import Vocabulary
from web.domain.people.places import Places, Settings
from web.forms.fields import number_field
from web.forms.translated import TranslatedForm
from web.models import Event

MOST_PLACES = 5000


class PlacesOfKind(Form):
    kind = HiddenField()
    number = number_field(_l("Places"), 0, MOST_PLACES, required=False)


class TargetForm(Form):
    share = number_field(_l("At least so many per cent"), 1, 100, required=False)
    kind = SelectField(_l("of those accepted"), validate_choice=False)
    among = SelectMultipleField(_l("Sizes and towns that count"), validate_choice=False)
    remove = BooleanField(_l("Remove"))

    def is_filled(self) -> bool:
        return not self.remove.data and bool(self.share.data and self.among.data)

    def validate_among(self, field: SelectMultipleField) -> None:
        if self.remove.data:
            return
        if self.share.data and not field.data:
            raise ValidationError(_("Tick which sizes or places count."))
        if field.data and self.share.data is None:
            raise ValidationError(_("Enter how many per cent it shall be."))


class PlacesForm(TranslatedForm):
    """The places of `event`, `known` as they are now, and its targets."""

    version = HiddenField()
    places = FieldList(FormField(PlacesOfKind))
    accepts_at_once = BooleanField(_l("Accept at once whoever registers, while there is a place"))
    promotes = BooleanField(_l("Give a place that becomes free to whoever has waited longest"))
    targets = FieldList(FormField(TargetForm))
    new = FieldList(FormField(TargetForm), min_entries=1)

    def __init__(self, event: Event, language: str, known: list[Places]) -> None:
        self.known = {one.kind: one for one in known}
        super().__init__(
            data={
                "version": event.version,
                "places": [{"kind": one.kind, "number": one.number} for one in known],
                "accepts_at_once": event.accepts_at_once,
                # Where there is no number yet, it is what people expect of a waiting list.
                "promotes": event.promotes or not event.quotas,
                "targets": event.targets,
            }
        )
        self.labels = {kind: capitalised(kind_label(kind, language)) for kind in self.known}
        for row in self.places:
            # What a list of faults names it by.
            row.form.number.label.text = _("Places: %(kind)s", kind=self.labels.get(row.form.kind.data, ""))
        words = Vocabulary(event, language)
        offered = [(f"size:{code}", label) for code, label in term_choices(SIZES, language)]
        offered += [(f"zone:{code}", label) for code, label in words.zones]
        for code in dict.fromkeys(code for target in event.targets for code in target["among"]):
            if code not in dict(offered):
                offered.append((code, capitalised(among_label(code, language))))
        self.codes = [code for code, _label in offered]
        for row in [*self.targets, *self.new]:
            row.form.kind.choices = [("", _("all")), *self.labels.items()]
            row.form.among.choices = offered

    def settings(self) -> Settings:
        """What was typed, once it is valid; a kind that the event does not know is passed over."""
        numbers = {row.form.kind.data: row.form.number.data for row in self.places}
        return Settings(
            quotas={kind: numbers[kind] for kind in self.known if numbers.get(kind) is not None},
            targets=[self._target(row.form) for row in [*self.targets, *self.new] if row.form.is_filled()],
            accepts_at_once=self.accepts_at_once.data,
            promotes=self.promotes.data,
        )

    def _target(self, form: TargetForm) -> dict[str, Any]:
        ticked = set(form.among.data or ())
        return {
            "share": form.share.data,
            "kind": form.kind.data if form.kind.data in self.known else "",
            "among": [code for code in self.codes if code in ticked],
        }


def among_label(code: str, language: str) -> str:
    """What a target looks at, in words: a size of firm or a place."""
    what, _colon, value = code.partition(":")
    return zone_label(value, language) if what == "zone" else size_label(value, language)
