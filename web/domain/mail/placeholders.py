"""What organisers may leave open in a message, and what stands there for each reader.

Each placeholder has a name in French and in English; both are taken, whatever their case and accents.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from rapidfuzz import fuzz, process

from web.domain.dates import in_words
from web.domain.mail.addresses import names_for
from web.domain.mail.letter import Letter, letter
from web.domain.text import letters_of
from web.models import Event


class Placeholder(StrEnum):
    NAME = "name"
    ORGANISATION = "organisation"
    LINK = "link"
    EVENT = "event"
    DATE = "date"
    PLACE = "place"


# The first is the one that pages show.
NAMES: Mapping[str, Mapping[Placeholder, str]] = {
    "fr": {
        Placeholder.NAME: "nom",
        Placeholder.ORGANISATION: "organisation",
        Placeholder.LINK: "lien",
        Placeholder.EVENT: "événement",
        Placeholder.DATE: "date",
        Placeholder.PLACE: "lieu",
    },
    "en": {
        Placeholder.NAME: "name",
        Placeholder.ORGANISATION: "organisation",
        Placeholder.LINK: "link",
        Placeholder.EVENT: "event",
        Placeholder.DATE: "date",
        Placeholder.PLACE: "place",
    },
}
_CODES = {letters_of(word): code for names in NAMES.values() for code, word in names.items()}
_CODES["organization"] = Placeholder.ORGANISATION
_OPEN = re.compile(r"(?<![ \u00a0\u202f])([ \u00a0\u202f]*)\{([^{}\n]{1,60})\}")


@dataclass(frozen=True)
class Addressee:
    """Who reads a message, as its words need them. `address`: their own link, of an invitation where they are
    `invited`. `confirmed`: whether their e-mail address is known to be theirs."""

    name: str
    organisation: str
    language: str
    address: str
    confirmed: bool
    invited: bool = False


def faults_in(text: str, event: Event, language: str, *, subject: bool = False) -> list[str]:
    """What is wrong with the placeholders of `text`, a sentence each, with names in `language`."""
    known, found = NAMES[language], []
    for word in dict.fromkeys(word for _spaces, word in _OPEN.findall(text)):
        code = _CODES.get(letters_of(word))
        if code is None:
            nearest = process.extractOne(letters_of(word), _CODES.keys(), scorer=fuzz.WRatio)
            near = known[_CODES[nearest[0]] if nearest else Placeholder.NAME]
            found.append(_("{%(word)s} stands for nothing: did you mean {%(near)s}?", word=word, near=near))
        elif subject and code == Placeholder.LINK:
            found.append(_("The personal link has no place in a subject: put {%(word)s} into the text.", word=word))
        elif code == Placeholder.DATE and not event.slots:
            found.append(_("The event has no rounds yet: write the date yourself in place of {%(word)s}.", word=word))
        elif code == Placeholder.PLACE and not event.place:
            found.append(_("The event has no place yet: write it yourself in place of {%(word)s}.", word=word))
    return found


def words_for(event: Event, subject: str, text: str, reader: Addressee) -> tuple[str, Letter]:
    """Subject and text as `reader` gets them, in the reader's language, without the foot of all mails of the event.

    Names as `names_for` has them.
    """
    with force_locale(reader.language):
        organisation, name = names_for(reader.confirmed, reader.organisation, reader.name or reader.organisation)
        values = {
            Placeholder.NAME: name,
            Placeholder.ORGANISATION: organisation,
            Placeholder.LINK: reader.address,
            Placeholder.EVENT: event.title,
            Placeholder.DATE: ", ".join(_days(event)),
            Placeholder.PLACE: event.place,
        }
        own_link = Placeholder.LINK in {_CODES.get(letters_of(word)) for _spaces, word in _OPEN.findall(text)}
        written = letter(
            "mail/message.txt", text=_filled(text, values), reader=reader, address="" if own_link else reader.address
        )
        return _filled(subject, values), written


def _filled(text: str, values: Mapping[Placeholder, str]) -> str:
    """`text` with what stands for each placeholder, once: what is put in is not looked at again. Where that is nothing
    the spaces before it go too."""

    def put(found: re.Match[str]) -> str:
        code = _CODES.get(letters_of(found[2]))
        if code is None:
            return found[0]
        return found[1] + values[code] if values[code] else ""

    return _OPEN.sub(put, text)


def _days(event: Event) -> list[str]:
    """The days of the event in words."""
    days = dict.fromkeys(slot.starts_at.date() for slot in event.slots)
    return [in_words(get_locale().language, day) for day in days]
