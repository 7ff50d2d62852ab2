"""Taking somebody's name out of what was written to and about others."""

import re
from collections.abc import Container, Iterable
from html import escape
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, select, true, update
from sqlalchemy.orm import Session

from web.models import IDENTIFYING, Agenda, Colleague, Event, Registration, ScheduleVersion
from web.models.personal import Personal, columns_of, tables_naming


def erased_name(event: Event) -> str:
    """What stands in place of an erased participant's name, in the language of `event`."""
    with force_locale(event.locale):
        return _("erased participant")


def known_words(session: Session, registration: Registration, names: Iterable[str] = ()) -> set[str]:
    """By what `registration` is or was known: names, address, telephone and so on, and also `names`.

    Without what another participant of the event shares with it (the same person registers two organisations): that is
    theirs too, and stays.
    """
    others = Registration.id != registration.id
    own = [*(getattr(registration, name) for name in IDENTIFYING), *(registration.known_as or ()), *names]
    own += _of_colleagues(session, Colleague.registration_id == registration.id)
    return _unshared(own, session, registration.event_id, others, Colleague.registration_id != registration.id)


def words_of_colleague(session: Session, colleague: Colleague) -> set[str]:
    """The same of one colleague: without what their organisation, or anybody else of the event, shares with them."""
    event_id, everybody = colleague.registration.event_id, true()
    own = _of_colleagues(session, Colleague.id == colleague.id)
    return _unshared(own, session, event_id, everybody, Colleague.id != colleague.id)


def _of_colleagues(session: Session, which: ColumnElement[bool]) -> list[str | None]:
    words = select(Colleague.name, Colleague.email, Colleague.confirmed_email).join(Registration).where(which)
    return [word for row in session.execute(words) for word in row]


def _unshared(
    own: Iterable[str | None],
    session: Session,
    event_id: int,
    others: ColumnElement[bool],
    colleagues: ColumnElement[bool],
) -> set[str]:
    """Those of `own` that neither the registrations `others` of the event say of themselves nor its `colleagues`."""
    columns = [getattr(Registration, name) for name in IDENTIFYING]
    rows = session.execute(select(*columns).where(Registration.event_id == event_id, others))
    said = [word for row in rows for word in row]
    said += _of_colleagues(session, (Registration.event_id == event_id) & colleagues)
    shared = {_plain(word) for word in said if word}
    return {word for word in own if word and word.strip() and _plain(word) not in shared}


def _plain(word: str) -> str:
    return " ".join(word.split()).casefold()


class Redaction:
    """Puts `instead` in place of each of `words`, whatever their case and their spaces, where they stand as words."""

    def __init__(self, words: Iterable[str], instead: str) -> None:
        self.instead = instead
        written = {form for word in words for form in (word, escape(word))}
        # The longest first: a name may hold another one.
        patterns = [r"\s+".join(map(re.escape, word.split())) for word in sorted(written, key=len, reverse=True)]
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE) if patterns else None

    def __call__(self, value: Any) -> Any:
        """`value` (text, or JSON with texts in it) without the words."""
        if isinstance(value, str):
            return self._pattern.sub(lambda _found: self.instead, value) if self._pattern else value
        if isinstance(value, list):
            return [self(item) for item in value]
        if isinstance(value, dict):
            # The code of a message is a word of the program, even where somebody is called by it.
            message = value.keys() >= {"code", "values"}
            return {key: item if message and key == "code" else self(item) for key, item in value.items()}
        return value


def without_erased(session: Session, event_id: int, document: dict[str, Any]) -> tuple[dict[str, Any], Redaction]:
    """An event file without those who were erased since it was read, and what takes their names out of sentences.

    For what is computed for minutes: it must not bring back whom an erasure has taken away meanwhile. Call it where
    the event's row is locked.
    """
    known = set(session.scalars(select(Registration.key).where(Registration.event_id == event_id)))
    gone = {one["id"]: one.get("name", "") for one in document["participants"] if one["id"] not in known}
    if not gone:
        return document, Redaction((), "")
    instead = erased_name(session.get_one(Event, event_id))
    return nameless(document, gone, instead), Redaction(filter(None, gone.values()), instead)


def nameless(document: dict[str, Any], gone: Container[str], instead: str) -> dict[str, Any]:
    """An event file in which the participants `gone` are called `instead`, want nothing, and are wished by nobody.

    When and how they come stays: the timetable that answers the file needs it to be right.
    """
    said: dict[str, Any] = {
        "needs": [],
        "offers": [],
        "themes": [],
        "wishes": [],
        "vetoes": [],
        "zone": None,
        "name": instead,
    }
    participants = [one | said if one["id"] in gone else one | _without(one, gone) for one in document["participants"]]
    return document | {"participants": participants}


def _without(one: dict[str, Any], gone: Container[str]) -> dict[str, Any]:
    return {name: [id for id in one.get(name, []) if id not in gone] for name in ("wishes", "vetoes")}


def redact_event(session: Session, event_id: int, redaction: Redaction) -> dict[str, list[int]]:
    """Rewrite all that may name participants of the event, in the caller's transaction; the ids changed, by table.

    Cost: all such texts of the event are read.
    """
    changed: dict[str, list[int]] = {}
    for table in tables_naming():
        columns = columns_of(table, Personal.NAMES)
        for id, *values in session.execute(select(table.c.id, *columns).where(table.c.event_id == event_id)).all():
            new = {column.name: redaction(value) for column, value in zip(columns, values, strict=True)}
            if list(new.values()) != values:
                session.execute(update(table).where(table.c.id == id).values(new))
                changed.setdefault(table.name, []).append(id)
    return changed


def forget_agendas(session: Session, event_id: int) -> None:
    """Throw the rows of the event away, in the caller's ``write`` block, because a stored file of it was changed."""
    of_event = select(ScheduleVersion.id).where(ScheduleVersion.event_id == event_id)
    session.execute(delete(Agenda).where(Agenda.version_id.in_(of_event)).execution_options(synchronize_session=False))
