"""A list that an organiser sends: the file, what its columns mean, which rows are taken."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import FileField, HiddenField, RadioField, SelectField
from wtforms.validators import AnyOf, DataRequired, InputRequired

from web.config import LOCALES
from web.domain.event.programme import kinds_of
from web.domain.event.sheets import SentSheet
from web.domain.event.taxonomy import KINDS, capitalised, kind_label
from web.domain.people.lists.comparing import Line
from web.domain.people.lists.matching import Column, Field, Matching
from web.domain.people.lists.taking import WAYS
from web.domain.text import folded
from web.forms.participants import status_label
from web.forms.translated import TranslatedForm
from web.models import Event, RegistrationStatus

# A word that shall mean nothing, and a row that is somebody new, as the pages send them.
LEFT_OUT, NEW = "-", "new"


class ListForm(TranslatedForm):
    file = FileField(_l("Your list"), [DataRequired()])
    # As what its rows are to be taken: where the list is sent from another page than this one's own.
    way = HiddenField(default=WAYS[0], validators=[AnyOf(WAYS)])


class ColumnsForm(TranslatedForm):
    """What the columns of a list mean, but for the columns themselves, which are as many as the list has."""

    version = HiddenField()
    sheet = SelectField(_l("Sheet"), coerce=int, validate_choice=False)
    kind = SelectField(_l("Rows that name no kind are"))
    way = RadioField(_l("Import them as"), [InputRequired(_l("Say as what they are imported."))])

    def __init__(self, event: Event, language: str, sheets: list[SentSheet], known: Matching, version: int) -> None:
        super().__init__(data={"version": version, "sheet": known.sheet, "kind": known.kind, "way": known.way})
        kinds = dict.fromkeys([*kinds_of(event), *(term.code for term in KINDS)])
        self.kind.choices = [
            ("", _("Not said: such a row is a fault")),
            *((kind, capitalised(kind_label(kind, language))) for kind in kinds),
        ]
        self.sheet.choices = [(number, sheet.name) for number, sheet in enumerate(sheets)]
        self.way.choices = [(way, way_label(way)) for way in WAYS]

    def matching(
        self, known: Matching, columns: Iterable[Column], fields: Mapping[str, Field], sent: Mapping[str, str]
    ) -> Matching:
        """What was said; a field that is not one of `fields` is none."""
        said = {column.place: sent.get(f"column-{column.place}", "") for column in columns}
        kept = {place: name for place, name in said.items() if name in fields}
        return Matching(known.sheet, known.head, kept, self.kind.data, self.way.data)


def way_label(way: str) -> str:
    """As what rows are taken in."""
    return {
        "accepted": _("Participants who are accepted: they take part"),
        "pending": _("Participants to decide on: you accept or decline each later"),
        "invited": _("Invitations: you send them later, and each is answered with a registration"),
    }[way]


@dataclass(frozen=True)
class SaidRows:
    """Which rows are ticked, whom doubtful ones are, what unknown words mean ("": they are left out).

    `words`: those that stood on the page, with their topics.
    """

    rows: frozenset[int]
    targets: Mapping[int, int]
    meanings: Mapping[str, Mapping[str, str]]
    words: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, sent: "MultiDict[str, str]") -> "SaidRows":
        """What the page of the rows sent; what it cannot have sent is passed over."""
        targets = {
            int(name.removeprefix("as-")): int(value)
            for name, value in sent.items()
            if name.startswith("as-") and _is_number(name.removeprefix("as-")) and _is_number(value)
        }
        meanings: dict[str, dict[str, str]] = {}
        words = set()
        for word, code in zip(sent.getlist("word"), sent.getlist("meaning"), strict=False):
            topic, _bar, text = word.partition("|")
            words.add((topic, text))
            if code:
                meanings.setdefault(topic, {})[text] = "" if code == LEFT_OUT else code
        rows = frozenset(int(one) for one in sent.getlist("rows") if _is_number(one))
        return cls(rows, targets, meanings, frozenset(words))

    def known_in(self, words: Any, former: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
        """The meanings that `words` have, and of the `former` ones those that the page had no room for."""
        found: dict[str, dict[str, str]] = {}
        for topic, said in former.items():
            if kept := {word: code for word, code in said.items() if (topic, word) not in self.words}:
                found[topic] = kept
        for topic, said in self.meanings.items():
            if topic in words.topics:
                codes = dict(words[topic].choices)
                found.setdefault(topic, {}).update(
                    {word: code for word, code in said.items() if not code or code in codes}
                )
        return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def moved_rows(lines: Iterable[Line]) -> list[int]:
    """The rows that say another status, in whichever language, than the participant has whom they certainly are."""
    words: dict[str, set[str]] = {status: {status.value} for status in RegistrationStatus}
    for language in LOCALES:
        with force_locale(language):
            for status, said in words.items():
                said.add(folded(status_label(status)))
    return [
        line.draft.number
        for line in lines
        if line.target and line.draft.status and folded(line.draft.status) not in words[line.target.status]
    ]
