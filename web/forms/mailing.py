"""What an organiser writes to people of an event, to whom, and the words for both."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from web.domain.event.vocabulary import vocabulary_of
from web.domain.mail.placeholders import Placeholder
from web.domain.people.mailing import SUBJECT_LIMIT, TEXT_LIMIT, Words
from web.domain.people.segments import Group, Reach, Segment, Unreached
from web.forms.inviting import kind_choices
from web.forms.registration import printable
from web.forms.translated import TranslatedForm
from web.models import Event

_TOO_LONG = _l("This is too long: at most %(max)d characters.")


def _subject(label: Any, *checks: Any) -> StringField:
    return StringField(label, [*checks, Length(max=SUBJECT_LIMIT, message=_TOO_LONG)], filters=[printable])


def _text(label: Any, *checks: Any) -> TextAreaField:
    return TextAreaField(label, [*checks, Length(max=TEXT_LIMIT, message=_TOO_LONG)], filters=[printable])


class MessageForm(TranslatedForm):
    """A message. What is wrong with its placeholders is said by `web.domain.people.mailing`, by these names."""

    version = HiddenField()
    group = SelectField(_l("Group"))
    kind = SelectField(_l("Kind"), validate_choice=False)
    theme = SelectField(_l("Theme"), validate_choice=False)
    zone = SelectField(_l("Where they are"), validate_choice=False)
    picked = SelectMultipleField(validate_choice=False)
    colleagues = BooleanField(_l("Write to their colleagues too"))
    subject = _subject(_l("Subject"), DataRequired(_l("Enter a subject.")))
    text = _text(_l("Text"), DataRequired(_l("Write the text.")))
    other_subject = _subject("")
    other_text = _text("")

    def __init__(self, event: Event, language: str, numbers: Mapping[Group, int], **data: Any) -> None:
        super().__init__(data=data)
        picked = list(dict.fromkeys(self.picked.data or []))
        known = {**numbers, **({Group.PICKED: len(picked)} if picked else {})}
        self.group.choices = [
            SelectChoice(group.value, _("%(what)s (%(number)d)", what=group_label(group), number=number))
            for group, number in sorted(known.items(), key=lambda item: item[0] != Group.PICKED)
        ]
        words, everywhere = vocabulary_of(event, language), SelectChoice("", _("all"))
        self.kind.choices = [everywhere, *kind_choices(event, language)]
        self.theme.choices = [everywhere, *(SelectChoice(*one) for one in words.themes)]
        self.zone.choices = [everywhere, *(SelectChoice(*one) for one in words.zones)]
        english = event.locale != "en"
        self.other_subject.label.text = _("Subject in English") if english else _("Subject in French")
        self.other_text.label.text = _("Text in English") if english else _("Text in French")

    def words(self) -> Words:
        """What was typed."""
        return Words(
            " ".join((self.subject.data or "").split()),
            self.text.data or "",
            " ".join((self.other_subject.data or "").split()),
            self.other_text.data or "",
        )

    def segment(self, former: Segment | None = None) -> Segment:
        """To whom; who was unticked stays so as long as the group is the same as the `former` one."""
        chosen = Segment(
            Group(self.group.data),
            self.kind.data or "",
            self.theme.data or "",
            self.zone.data or "",
            tuple(dict.fromkeys(self.picked.data or ())) if self.group.data == Group.PICKED else (),
            colleagues=self.colleagues.data,
        )
        same = former is not None and replace(former, left_out=(), colleagues=chosen.colleagues) == chosen
        return chosen.without(former.left_out) if former is not None and same else chosen


class TickedForm(TranslatedForm):
    """A look at a message, and who is ticked of those who were shown: handles."""

    version = HiddenField()
    shown = HiddenField()
    ticked = SelectMultipleField(validate_choice=False)

    def of_shown(self) -> set[str]:
        return set((self.shown.data or "").split())


def group_label(group: str) -> str:
    """Whom a message is for."""
    return {
        Group.ACCEPTED: _("Accepted to take part"),
        Group.EVERYBODY: _("Everybody registered, without the declined"),
        Group.PENDING: _("Waiting for your decision"),
        Group.WAITING: _("On the waiting list"),
        Group.DECLINED: _("Declined"),
        Group.NO_WISHES: _("Accepted, and no wishes yet"),
        Group.UNANSWERED: _("Provisional agenda not answered"),
        Group.IN_TIMETABLE: _("With meetings in the published timetable"),
        Group.NOT_IN_TIMETABLE: _("Accepted, and no meeting in the published timetable"),
        Group.NOT_PRESENT: _("Have not confirmed that they come"),
        Group.INVITED: _("Invited, and not registered"),
        Group.PICKED: _("Chosen one by one"),
    }[Group(group)]


def placeholder_meaning(code: str) -> str:
    """What stands in place of a placeholder."""
    return {
        Placeholder.NAME: _("the contact’s name, or the organisation’s where none is known"),
        Placeholder.ORGANISATION: _("the organisation’s name"),
        Placeholder.LINK: _("the personal link; without it, it stands at the end"),
        Placeholder.EVENT: _("the title of the event"),
        Placeholder.DATE: _("the day or days of the event, in words"),
        Placeholder.PLACE: _("where the event takes place"),
    }[Placeholder(code)]


def unreached_label(reason: str) -> str:
    """Why some of a segment are not written to."""
    return {
        Unreached.NO_ADDRESS: _("No e-mail address"),
        Unreached.CAME_BACK: _("The last mail came back: correct the address first"),
        Unreached.WITHDREW: _("Withdrew"),
        Unreached.ENOUGH: _("Have had eight mails for this event without having registered"),
        Unreached.NO_MAILS: _("Colleagues who want no mails"),
        Unreached.SAME_ADDRESS: _("Same address as another recipient"),
    }[Unreached(reason)]


def gone_label(reason: str | None, names: Sequence[str]) -> str:
    """Why some who were shown are not reached any more."""
    listed = ", ".join(names)
    return {
        None: _("No longer in this group: %(names)s.", names=listed),
        Unreached.NO_ADDRESS: _("Without an e-mail address by now: %(names)s.", names=listed),
        Unreached.CAME_BACK: _("A mail came back meanwhile: %(names)s.", names=listed),
        Unreached.WITHDREW: _("Withdrew meanwhile: %(names)s.", names=listed),
        Unreached.ENOUGH: _("Have had eight mails meanwhile: %(names)s.", names=listed),
        Unreached.NO_MAILS: _("Want no mails by now: %(names)s.", names=listed),
        Unreached.SAME_ADDRESS: _("At the address of somebody else who gets it, by now: %(names)s.", names=listed),
    }[None if reason is None else Unreached(reason)]


def people(number: int) -> str:
    return ngettext("%(num)d person", "%(num)d people", number)


def how_many(found: Reach) -> str:
    """For how many participants, and to how many people, where colleagues are among those."""
    number = len(found.ticked)
    if found.participants == number:
        return people(number)
    participants = ngettext("%(num)d participant", "%(num)d participants", found.participants)
    return f"{participants}, {people(number)}"
