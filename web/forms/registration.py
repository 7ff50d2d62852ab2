"""What a participant types: the registration, its changes, the lost link, the erasure."""

import secrets
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, InputRequired, Length, ValidationError

from scheduler.format.text import clean
from web.domain.event.absences import Rounds
from web.domain.event.programme import kinds_of
from web.domain.event.questions import questions_of
from web.domain.event.taxonomy import capitalised, kind_label
from web.domain.event.vocabulary import Choice, Group, vocabulary_of
from web.domain.memory import Memory, state_of
from web.domain.people.registration import Profile
from web.domain.text import has_link
from web.forms.answers import AnswersField
from web.forms.lines import LinesField
from web.forms.numbers import Between
from web.forms.translated import TranslatedForm
from web.models import LINE_LIMIT, PROJECT_LIMIT, Event, Registration, RegistrationStatus

MOST_DELEGATES = 9
MOST_TICKS = 60
# Letters of one field of a draft.
LONGEST_KEPT = 2000
# And what nobody keeps in clear: the token of an invitation, which is found again by the address.
_OF_THE_MOMENT = {"csrf_token", "submission", "draft", "consent", "invitation"}


def printable(text: str | None) -> str:
    """`text` with line ends as one character, and without the control characters that no keyboard types."""
    text = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in clean(text) if one == "\n" or unicodedata.category(one) not in ("Cc", "Cs")).strip()


def _text(label: Any, sentence: Any = None, *checks: Any, most: int, kind: type[StringField] = StringField) -> Any:
    validators: list[Any] = [DataRequired(sentence)] if sentence else []
    return kind(
        label,
        [*validators, *checks, Length(max=most, message=_l("This is too long: at most %(max)d characters."))],
        filters=[printable],
    )


def without_link(_form: TranslatedForm, field: StringField) -> None:
    """A name goes into mails, also to an address that somebody else has typed: it must not become a link there."""
    if has_link(field.data or ""):
        raise ValidationError(
            _(
                "Write the name without a web or e-mail address (“Ulula” rather than “Ulula.org”), with a space after "
                "a dot."
            )
        )


def email_field() -> EmailField:
    return EmailField(
        _l("E-mail address"),
        [
            DataRequired(_l("Enter your e-mail address.")),
            Email(_l("This is not an e-mail address: it looks like name@example.org.")),
            Length(max=254),
        ],
        filters=[printable],
    )


# The first contact's own: no colleague changes it.
_OF_THE_CONTACT = ("contact_name", "email", "phone", "publish_contact", "language")


class RegistrationForm(TranslatedForm):
    """The form of `event`; with `registration`, filled in with what is known of it."""

    kind = RadioField(_l("You are"), [InputRequired(_l("Say whether you are an association or a company."))])
    name = _text(_l("Name of the organisation"), _l("Enter the name of your organisation."), without_link, most=120)
    contact_name = _text(_l("Your first and last name"), _l("Enter your name."), without_link, most=120)
    email = email_field()
    phone = _text(_l("Telephone"), most=40, kind=TelField)
    project = TextAreaField(
        _l("Your project in a few words"),
        [
            DataRequired(_l("Say in a sentence or two what you would like to do with the people you meet.")),
            Length(max=PROJECT_LIMIT, message=_l("This is too long: at most %(max)d characters.")),
        ],
        filters=[printable],
    )
    needs = SelectMultipleField(_l("What you look for"))
    offers = SelectMultipleField(_l("What you can bring"))
    needs_lines = LinesField(filters=[printable])
    offers_lines = LinesField(filters=[printable])
    themes = SelectMultipleField(_l("Themes that matter to you"))
    zone = SelectField(_l("Your area"))
    presence = SelectMultipleField(_l("When you can be there"))
    delegates = IntegerField(
        _l("How many of you are coming"),
        [
            InputRequired(_l("Say how many of you come: at least one.")),
            Between(1, MOST_DELEGATES, _l("Enter a number from %(min)s to %(max)s.")),
        ],
    )
    attendance = RadioField(_l("How you take part"), [InputRequired(_l("Say whether you come or take part online."))])
    requires = SelectMultipleField(_l("What you need on site"))
    accessibility = _text(_l("Anything else that helps us to welcome you well"), most=300)
    needs_facilitator = BooleanField(_l("I would like a facilitator to attend my meetings"))
    answers = AnswersField(_l("Questions from the organisers"), filters=[printable])
    publish_name = BooleanField(_l("The public page of the event may name our organisation"))
    publish_contact = BooleanField(_l("The directory, seen by the other participants, may show my name"))
    language = RadioField(_l("Language of your mails and pages"))
    consent = BooleanField(_l("I agree that what I write here is used to prepare and run this event"))
    submission = HiddenField()
    # Of the draft that the form was filled in from.
    draft = HiddenField()
    # The token of the link by which an invited came.
    invitation = HiddenField()
    version = HiddenField()

    def __init__(
        self,
        event: Event,
        language: str,
        registration: Registration | None = None,
        typed: Mapping[str, Sequence[str]] | None = None,
        *,
        for_colleague: bool = False,
        **values: Any,
    ) -> None:
        """`for_colleague`: without what is the first contact's own. `typed`: what was typed once and is shown again, by
        name of the field, as a browser sends it."""
        offered = _offered(event, language, registration)
        data = _known(offered, registration) if registration is not None else _empty(offered, language)
        shown: MultiDict[str, str] | None = None
        if typed is not None:
            shown = MultiDict((name, text) for name, texts in typed.items() for text in texts)
        sent: Any = {} if shown is None else {"formdata": shown}
        super().__init__(**sent, data=data | values)
        self.registration, self.slots = registration, offered.slots
        self.answers.ask(questions_of(event), language)
        self.need_groups, self.offer_groups = offered.need_groups, offered.offer_groups
        for name, choices in offered.choices.items():
            self[name].choices = choices
        if not offered.has_facilitators and not (registration and registration.needs_facilitator):
            del self.needs_facilitator
        if not offered.has_online and not (registration and registration.remote):
            del self.attendance
        if len(self.zone.choices) < 2:
            del self.zone
        if registration is not None:
            del self.consent
            del self.submission
            del self.draft
            del self.invitation
            if registration.status == RegistrationStatus.ACCEPTED:
                del self.kind
            if for_colleague:
                for name in _OF_THE_CONTACT:
                    delattr(self, name)
        else:
            del self.version

    def validate_needs(self, field: SelectMultipleField) -> None:
        if not field.data and not self.offers.data:
            raise ValidationError(_("Tick at least one thing that you look for or can bring: meetings start from it."))
        _check_number(field)
        check_lines(field, self.needs_lines)

    def validate_offers(self, field: SelectMultipleField) -> None:
        _check_number(field)
        check_lines(field, self.offers_lines)

    def validate_presence(self, field: SelectMultipleField) -> None:
        if self.slots and not field.data:
            raise ValidationError(_("Tick at least one moment when you can be there."))

    def validate_answers(self, field: AnswersField) -> None:
        field.check()

    def validate_consent(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(_("Without your agreement we may not keep your registration: tick this box."))

    def mark_full(self, kinds: Collection[str]) -> None:
        """Say beside each of `kinds` that whoever registers now waits for a place."""
        if self.kind is not None and kinds:
            self.kind.choices = [
                SelectChoice(one.value, _("%(kind)s (full: waiting list)", kind=one.label))
                if one.value in kinds
                else one
                for one in self.kind.choices
            ]

    def to_keep(self) -> dict[str, list[str]]:
        """What was typed, valid or not, to be shown again another day: without what belongs to this moment alone."""
        known = {name for name in self._fields if name not in _OF_THE_MOMENT}
        lines = tuple(f"{one.name}." for one in (self.needs_lines, self.offers_lines, self.answers))
        sent = request.form.to_dict(flat=False)
        return {
            name: [printable(text)[:LONGEST_KEPT] for text in texts[: MOST_TICKS * 2]]
            for name, texts in sent.items()
            if name in known or (name.startswith(lines) and texts[0])
        }

    def profile(self) -> Profile:
        """What was typed, once it is valid."""
        present = set(self.presence.data or ())
        return Profile(
            kind=self.kind.data if self.kind is not None else self.registration.kind,  # type: ignore[union-attr]
            name=self.name.data,
            project=self.project.data,
            needs=_ordered(self.needs),
            offers=_ordered(self.offers),
            notes={"needs": self.needs_lines.data, "offers": self.offers_lines.data},
            themes=_ordered(self.themes),
            zone=(self.zone.data or None) if self.zone is not None else None,
            unavailable=tuple(slot for slot in self.slots if slot not in present),
            delegates=self.delegates.data,
            remote=self.attendance is not None and self.attendance.data == "remote",
            requires=_ordered(self.requires),
            accessibility=self.accessibility.data,
            needs_facilitator=self.needs_facilitator is not None and self.needs_facilitator.data,
            answers=self.answers.data,
            publish_name=self.publish_name.data,
            **{name: self._of_contact(name) for name in _OF_THE_CONTACT},
        )

    def _of_contact(self, name: str) -> Any:
        """What was typed, or what is known where it is not asked."""
        known = self[name].data if name in self._fields else getattr(self.registration, name)
        return "" if known is None else known


def _check_number(field: SelectMultipleField) -> None:
    if len(field.data or ()) > MOST_TICKS:
        raise ValidationError(_("Tick at most %(number)d, those that matter most.", number=MOST_TICKS))


def check_lines(field: SelectMultipleField, lines: LinesField) -> None:
    """Raise `ValidationError` where a line beside what is ticked is too long, with what it stands beside."""
    ticked = set(field.data or ())
    names = {value: label for value, label, *_more in field.iter_choices()}
    long = [
        names[code] for code, text in lines.data.items() if code in ticked & names.keys() and len(text) > LINE_LIMIT
    ]
    if long:
        raise ValidationError(
            _("A line is too long, at most %(max)d characters: %(names)s.", max=LINE_LIMIT, names=", ".join(long))
        )


def _ordered(field: SelectMultipleField) -> tuple[str, ...]:
    """The ticked codes in the order of the form, each once."""
    ticked = set(field.data or ())
    return tuple(choice.value for choice in field.choices if choice.value in ticked)


def _flat(groups: list[Group]) -> list[SelectChoice]:
    return [SelectChoice(*choice) for _code, _label, items in groups for choice in items]


def _with(offered: list[Choice], chosen: list[str], name_of: Callable[[str], str]) -> list[SelectChoice]:
    """What is offered, and what was chosen when something else was."""
    strange = [(code, name_of(code)) for code in chosen if code not in dict(offered)]
    return [SelectChoice(*choice) for choice in [*offered, *strange]]


@dataclass(frozen=True)
class Offered:
    """What the form of an event asks: its words in one language, `choices` by the name of the field, keys of slots."""

    need_groups: list[Group]
    offer_groups: list[Group]
    choices: dict[str, list[SelectChoice]]
    slots: list[str]
    # Nobody is asked whether they want what the event does not have.
    has_facilitators: bool
    has_online: bool


def _offered(event: Event, language: str, registration: Registration | None) -> Offered:
    """The same for all who register; who changes a registration is also offered what it has."""
    if registration is not None:
        return _offered_anew(event, language, registration)
    return _kept.get((state_of(event), language), lambda: _offered_anew(event, language, None))


def _offered_anew(event: Event, language: str, registration: Registration | None) -> Offered:
    words = vocabulary_of(event, language)
    known = registration or Registration(needs=[], offers=[], themes=[], requires=[])
    need_groups, offer_groups = words.groups(known.needs), words.groups(known.offers)
    zones = _with(words.zones, [known.zone] if known.zone else [], words.zone)
    kinds = dict.fromkeys([*kinds_of(event), *([registration.kind] if registration is not None else [])])
    choices = {
        "needs": _flat(need_groups),
        "offers": _flat(offer_groups),
        "themes": _with(words.themes, known.themes, words.theme),
        "zone": [SelectChoice("", _("Elsewhere, or not said")), *zones],
        "kind": [SelectChoice(kind, capitalised(kind_label(kind, language))) for kind in kinds],
        "presence": [SelectChoice(slot.key, f"{slot.starts_at:%H:%M}") for slot in event.slots],
        "attendance": [
            SelectChoice("onsite", _("On site")),
            SelectChoice("remote", _("Online, by video")),
        ],
        "requires": _with(words.features, known.requires, capitalised),
        "language": [SelectChoice("fr", "Français"), SelectChoice("en", "English")],
    }
    return Offered(
        need_groups,
        offer_groups,
        choices,
        [slot.key for slot in event.slots],
        bool(event.facilitators),
        event.online_offered,
    )


_kept: Memory[Offered] = Memory(most=32)


def _empty(offered: Offered, language: str) -> dict[str, Any]:
    return {
        "presence": offered.slots,
        "delegates": 1,
        "attendance": "onsite",
        "language": language,
        "submission": secrets.token_urlsafe(24),
    }


def _known(offered: Offered, one: Registration) -> dict[str, Any]:
    same = ("kind", "name", "contact_name", "email", "phone", "project", "needs", "offers", "themes", "zone")
    also = ("delegates", "requires", "accessibility", "needs_facilitator", "publish_name", "publish_contact")
    missed = set(Rounds.of(one.event).missed(one.absences))
    return {name: getattr(one, name) for name in same + also} | {
        "answers": one.answers,
        "needs_lines": one.notes.get("needs", {}),
        "offers_lines": one.notes.get("offers", {}),
        "presence": [slot for slot in offered.slots if slot not in missed],
        "attendance": "remote" if one.remote else "onsite",
        "language": one.language,
        "version": str(one.version),
    }


class LostLinkForm(TranslatedForm):
    email = email_field()


class EraseForm(TranslatedForm):
    sure = BooleanField(_l("Yes, erase everything. I know that this cannot be undone."))

    def validate_sure(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(_("Tick the box to show that you mean it."))
