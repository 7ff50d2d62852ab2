"""What an organiser types about a participant, about pairs, and about the team."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
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
    URLField,
)
from wtforms.validators import (
    DataRequired,
    Email,
    InputRequired,
    Length,
    Optional,
    Regexp,
    ValidationError,
)

from web.domain.event.absences import Rounds
from web.domain.event.programme import kinds_of
from web.domain.event.requirements import Requirement
from web.domain.event.taxonomy import KINDS, SIZES, capitalised, kind_label, term_choices
from web.domain.event.vocabulary import Vocabulary
from web.domain.people.lines import lines_of
from web.forms.lines import LinesField
from web.forms.numbers import Between
from web.forms.registration import MOST_DELEGATES, check_lines, printable, without_link
from web.forms.translated import TranslatedForm
from web.models import PROJECT_LIMIT, Event, MeetingRule, Registration, RegistrationStatus, Role, RuleStatus

TOO_LONG = _l("This is too long: at most %(max)d characters.")


def _text(label: Any, most: int, *validators: Any, kind: type[StringField] = StringField) -> Any:
    return kind(label, [*validators, Length(max=most, message=TOO_LONG)], filters=[printable])


def _number(label: Any, least: int, most: int, *, optional: bool = False) -> IntegerField:
    first = Optional() if optional else InputRequired(_l("Enter a number."))
    return IntegerField(label, [first, Between(least, most, _l("Enter a number from %(min)s to %(max)s."))])


class ParticipantForm(TranslatedForm):
    """All that the organiser may say of a participant of `event`."""

    version = HiddenField()
    kind = SelectField(_l("Kind"), [InputRequired()])
    name = _text(
        _l("Name of the organisation"), 120, DataRequired(_l("Enter the name of the organisation.")), without_link
    )
    contact_name = _text(_l("Contact"), 120, without_link)
    email = EmailField(
        _l("E-mail address"),
        [Optional(), Email(_l("This is not an e-mail address: it looks like name@example.org.")), Length(max=254)],
        filters=[printable],
    )
    phone = _text(_l("Telephone"), 40, kind=TelField)
    website = _text(
        _l("Website"),
        300,
        Optional(),
        Regexp(r"^https?://[^\s]+$", message=_l("A website begins with https:// or http://.")),
        kind=URLField,
    )
    siren = _text(
        _l("SIREN number"),
        11,
        Optional(),
        Regexp(r"^\d{3} ?\d{3} ?\d{3}$", message=_l("A SIREN number has nine digits.")),
    )
    size = SelectField(_l("Size"))
    language = SelectField(
        _l("Language of mails and pages"), [InputRequired()], choices=[("fr", "Français"), ("en", "English")]
    )
    project = TextAreaField(_l("Project"), [Length(max=PROJECT_LIMIT, message=TOO_LONG)], filters=[printable])
    needs = SelectMultipleField(_l("What they look for"))
    offers = SelectMultipleField(_l("What they can bring"))
    needs_lines = LinesField(filters=[printable])
    offers_lines = LinesField(filters=[printable])
    themes = SelectMultipleField(_l("Themes"))
    zone = SelectField(_l("Where they are"))
    presence = SelectMultipleField(_l("When they are there"))
    delegates = _number(_l("How many of them come"), 1, MOST_DELEGATES)
    remote = BooleanField(_l("They take part online, by video"))
    requires = SelectMultipleField(_l("What their table must have"))
    accessibility = _text(_l("Other needs on site"), 300)
    needs_facilitator = BooleanField(_l("A facilitator attends their meetings"))
    home_table = SelectField(_l("Own table"), coerce=int)
    min_meetings = _number(_l("At least this many meetings"), 0, 200)
    max_meetings = _number(_l("At most this many meetings"), 0, 200, optional=True)
    boost = _number(_l("Points added to each possible meeting"), -1000, 1000)
    publish_name = BooleanField(_l("The public page may name them"))
    publish_contact = BooleanField(_l("The directory may show the contact’s name"))

    def __init__(self, event: Event, language: str, one: Registration | None = None) -> None:
        super().__init__(data=_known(event, one) if one is not None else _empty(event, language))
        self.event = event
        words = Vocabulary(event, language)
        known = one or Registration(needs=[], offers=[], themes=[], requires=[], kind="")
        self.need_groups, self.offer_groups = words.groups(known.needs), words.groups(known.offers)
        self.needs.choices = [choice for _code, _label, items in self.need_groups for choice in items]
        self.offers.choices = [choice for _code, _label, items in self.offer_groups for choice in items]
        self.themes.choices = _with(words.themes, known.themes, words.theme)
        zones = _with(words.zones, [known.zone] if known.zone else [], words.zone)
        self.zone.choices = [("", _("Elsewhere, or not said")), *zones]
        kinds = dict.fromkeys([*kinds_of(event), *(term.code for term in KINDS), *([known.kind] if known.kind else [])])
        self.kind.choices = [(kind, capitalised(kind_label(kind, language))) for kind in kinds]
        self.size.choices = [("", _("Not said")), *term_choices(SIZES, language)]
        if known.size and known.size not in dict(self.size.choices):
            self.size.choices.append((known.size, known.size))
        self.presence.choices = [(slot.key, f"{slot.starts_at:%H:%M}") for slot in event.slots]
        self.requires.choices = _with(words.features, known.requires, capitalised)
        self.home_table.choices = [(0, _("None: seated anywhere"))] + [
            (table.id, table.name or table.key) for table in event.tables
        ]
        # What the event does not have is not offered; whoever has it already may be said to do without.
        if not (event.facilitators or known.needs_facilitator):
            del self.needs_facilitator
        if not (event.online_offered or known.remote):
            del self.remote
        if not (event.tables or known.home_table_id):
            del self.home_table

    def validate_max_meetings(self, field: IntegerField) -> None:
        if field.data is not None and self.min_meetings.data is not None and field.data < self.min_meetings.data:
            raise ValidationError(_("This is less than the minimum: raise it or lower the minimum."))

    def validate_needs(self, field: SelectMultipleField) -> None:
        check_lines(field, self.needs_lines)

    def validate_offers(self, field: SelectMultipleField) -> None:
        check_lines(field, self.offers_lines)

    def values(self) -> dict[str, Any]:
        """The columns of the registration and what they shall hold."""
        same = ("kind", "contact_name", "phone", "website", "project", "language", "delegates", "remote")
        also = ("accessibility", "needs_facilitator", "min_meetings", "max_meetings", "boost")
        shown = ("publish_name", "publish_contact")
        present = set(self.presence.data or ())
        found = {name: self[name].data for name in same + also + shown if name in self}
        if self.home_table is not None:
            found["home_table_id"] = self.home_table.data or None
        return found | {
            "name": " ".join(self.name.data.split()),
            "email": (self.email.data or "").lower() or None,
            "siren": (self.siren.data or "").replace(" ", "") or None,
            "size": self.size.data or None,
            "zone": self.zone.data or None,
            "needs": _ticked(self.needs),
            "offers": _ticked(self.offers),
            "notes": {"needs": self.needs_lines.data, "offers": self.offers_lines.data},
            "themes": _ticked(self.themes),
            "requires": _ticked(self.requires),
            "unavailable": [slot.key for slot in self.event.slots if slot.key not in present],
        }


def _with(choices: list[tuple[str, str]], codes: list[str], name_of: Any) -> list[tuple[str, str]]:
    return [*choices, *((code, name_of(code)) for code in codes if code not in dict(choices))]


def _ticked(field: SelectMultipleField) -> list[str]:
    ticked = set(field.data or ())
    return [code for code, _label in field.choices if code in ticked]


def _empty(event: Event, language: str) -> dict[str, Any]:
    return {
        "presence": [slot.key for slot in event.slots],
        "delegates": 1,
        "min_meetings": 0,
        "boost": 0,
        "language": event.locale or language,
        "size": "",
        "zone": "",
        "home_table": 0,
    }


def _known(event: Event, one: Registration) -> dict[str, Any]:
    same = ("kind", "name", "contact_name", "email", "phone", "website", "siren", "language", "project", "needs")
    also = ("offers", "themes", "delegates", "remote", "requires", "accessibility", "needs_facilitator")
    numbers = ("min_meetings", "max_meetings", "boost", "publish_name", "publish_contact")
    missed = set(Rounds.of(event).missed(one.absences))
    return {name: getattr(one, name) for name in same + also + numbers} | {
        "size": one.size or "",
        "zone": one.zone or "",
        "presence": [slot.key for slot in event.slots if slot.key not in missed],
        "home_table": one.home_table_id or 0,
        "needs_lines": lines_of(one, "needs"),
        "offers_lines": lines_of(one, "offers"),
        "version": one.version,
    }


class BulkForm(TranslatedForm):
    """The ticked participants and what is done with them."""

    ids = SelectMultipleField(coerce=int, validate_choice=False)
    decision = RadioField(choices=[("accept", ""), ("decline", ""), ("wait", "")])


class ChoicesForm(TranslatedForm):
    """Wishes in order and vetoes, entered for a participant."""

    version = HiddenField()
    wishes = SelectMultipleField(coerce=int, validate_choice=False)
    vetoes = SelectMultipleField(_l("Rather not meet"), coerce=int, validate_choice=False)

    def wanted(self) -> list[int]:
        """The wishes in order, the places left empty taken out."""
        return [target for target in self.wishes.data or () if target]


class VersionForm(TranslatedForm):
    """A button that must not act on something older than what is stored."""

    version = HiddenField()


class RequirementForm(TranslatedForm):
    version = HiddenField()
    a = SelectField(_l("First participant"), [InputRequired(_l("Choose a participant."))], coerce=int)
    b = SelectField(_l("Second participant"), [InputRequired(_l("Choose a participant."))], coerce=int)
    status = RadioField(_l("What is asked"), [InputRequired(_l("Say what is asked."))])
    slot = SelectField(_l("In this round"), coerce=int)
    session = SelectField(_l("In this part of the day"))
    after_a = SelectField(_l("Only after the meeting of"), coerce=int)
    after_b = SelectField(_l("and"), coerce=int)

    def __init__(self, event: Event, people: list[Registration], rounds: list[tuple[int, str]]) -> None:
        super().__init__(data={"version": event.version, "status": RuleStatus.REQUIRED.value, "slot": 0, "session": ""})
        names = [(0, _("Choose…"))] + [(one.id, one.name or one.key) for one in people]
        self.a.choices, self.b.choices = names, names
        self.after_a.choices = self.after_b.choices = [(0, "—"), *names[1:]]
        self.slot.choices = [(0, _("any round")), *rounds]
        labels = dict.fromkeys(slot.session for slot in event.slots if slot.session)
        self.session.choices = [("", _("any part of the day")), *((label, label) for label in labels)]
        self.status.choices = [
            ("required", _("They must meet")),
            ("forbidden", _("They must not meet")),
            ("allowed", _("They may meet, whatever their score")),
        ]

    def validate_a(self, field: SelectField) -> None:
        if not field.data:
            raise ValidationError(_("Choose a participant."))

    validate_b = validate_a

    def requirement(self) -> Requirement:
        after = (self.after_a.data, self.after_b.data) if self.after_a.data or self.after_b.data else None
        return Requirement(
            a=self.a.data,
            b=self.b.data,
            status=self.status.data,
            slot_id=self.slot.data or None,
            session=self.session.data or None,
            after=after,
        )


# The others have no page of their own yet: whoever had one of them would stand before a closed door.
OFFERED_ROLES = (Role.ORGANISER,)


class InviteForm(TranslatedForm):
    email = EmailField(
        _l("E-mail address"),
        [
            DataRequired(_l("Enter an e-mail address.")),
            Email(_l("This is not an e-mail address: it looks like name@example.org.")),
            Length(max=254),
        ],
        filters=[printable],
    )
    role = RadioField(_l("Role"), [InputRequired(_l("Choose a role."))], default=Role.ORGANISER.value)

    def __init__(self) -> None:
        super().__init__()
        self.role.choices = [(role.value, role_label(role)) for role in OFFERED_ROLES]


def role_label(role: str) -> str:
    """What a role is called, with what it may do."""
    return {
        Role.ORGANISER: _("Organiser: may change everything"),
        Role.DESK: _("Desk: welcomes people on the day"),
        Role.COMMITTEE: _("Committee: reads the figures"),
    }[Role(role)]


def status_label(status: str) -> str:
    """A registration's status in a word."""
    return {
        RegistrationStatus.PENDING: _("to decide"),
        RegistrationStatus.ACCEPTED: _("accepted"),
        RegistrationStatus.WAITING: _("waiting list"),
        RegistrationStatus.DECLINED: _("declined"),
        RegistrationStatus.WITHDRAWN: _("withdrawn"),
    }[RegistrationStatus(status)]


def rule_label(rule: MeetingRule) -> str:
    """What a rule on a pair asks for, in words."""
    return {
        RuleStatus.REQUIRED: _("must meet"),
        RuleStatus.FORBIDDEN: _("must not meet"),
        RuleStatus.ALLOWED: _("may meet"),
    }[RuleStatus(rule.status)]
