"""What one participant prepares their meetings with: of each partner, why they meet, what each brings, what to ask.

Of the announced timetable, or of one's wishes before there is one. Of a partner it tells what the directory tells.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web.domain.event.vocabulary import Vocabulary
from web.domain.people.asking import questions_for
from web.domain.people.directory import Person, directory_of, persons_by_key
from web.domain.people.earlier import Met, met_before
from web.domain.people.lines import lines_of
from web.domain.people.page_state import directory_state
from web.domain.people.reasons import Because, why_they_meet
from web.domain.timetable.agenda import PublishedAgenda, published_agenda
from web.models import Registration


@dataclass(frozen=True)
class Appointment:
    """When and where two meet; wall-clock times of the event. `table`: empty where none is given."""

    start: datetime
    end: datetime
    table: str
    online: bool
    facilitator: str


@dataclass(frozen=True)
class Partner:
    """One whom the participant meets, or wishes to; `appointment`: none before the announcement.

    `bring`, `seek`: what the participant has of what the partner looks for, and looks for of what the partner has, by
    code with the participant's own line; `needs`, `offers`: all that the partner looks for and brings, likewise.
    """

    one: Person
    because: Because
    met: Met | None
    questions: tuple[str, ...]
    appointment: Appointment | None
    bring: tuple[tuple[str, str], ...]
    seek: tuple[tuple[str, str], ...]
    needs: tuple[tuple[str, str], ...]
    offers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Preparation:
    """All partners in the order of the day, or of the wishes where nothing is `announced`.

    `gone`: how many of those announced take part no more.
    """

    announced: bool
    partners: tuple[Partner, ...]
    gone: int = 0


def preparation_of(session: Session, me: Registration, words: Vocabulary) -> Preparation:
    """What `me` prepares with, in the language of the request. As many queries for one partner as for many."""
    published = published_agenda(session, me)
    if published is not None:
        return _announced(session, me, published, words)
    entries = directory_of(session, me).wished()
    return Preparation(
        False, tuple(_partner(me, one.registration, one.because, one.met, None, words) for one in entries)
    )


def _announced(session: Session, me: Registration, published: PublishedAgenda, words: Vocabulary) -> Preparation:
    event = published.event
    held = {key: meeting for meeting in published.schedule.meetings for key in meeting.between if key != me.key}
    persons = persons_by_key(session, me.event_id, held.keys())
    state = directory_state(session.connection(), me.event_id, me.id)
    met = met_before(session, me.event_id, state.people, state.earlier).get(me.id, {})
    tables = {table.id: table.label for table in event.tables}
    facilitators = {one.id: one.label for one in event.facilitators}
    partners = []
    for key, meeting in held.items():
        one = persons.get(key)
        if one is None:
            continue
        slot = event.slots[event.slot_index[meeting.slot]]
        mine, theirs = event.participant(me.key), event.participant(key)
        appointment = Appointment(
            slot.start,
            slot.end,
            tables.get(meeting.table or "", ""),
            meeting.table is None and (mine.remote or theirs.remote),
            facilitators.get(meeting.facilitator or "", ""),
        )
        why = why_they_meet(event, mine, theirs)
        partners.append(_partner(me, one, why, met.get(one.id), appointment, words))
    partners.sort(key=lambda one: (one.appointment.start if one.appointment else datetime.max, one.one.id))
    return Preparation(True, tuple(partners), len(held) - len(partners))


def _partner(
    me: Registration, one: Person, why: Because, met: Met | None, appointment: Appointment | None, words: Vocabulary
) -> Partner:
    return Partner(
        one,
        why,
        met,
        questions_for(one, why, met, words),
        appointment,
        bring=_with_lines(me, "offers", why.give),
        seek=_with_lines(me, "needs", why.seek),
        needs=_with_lines(one, "needs", one.needs),
        offers=_with_lines(one, "offers", one.offers),
    )


def _with_lines(one: Any, side: str, codes: Any) -> tuple[tuple[str, str], ...]:
    lines = lines_of(one, side)
    return tuple((code, lines.get(code, "")) for code in codes)
