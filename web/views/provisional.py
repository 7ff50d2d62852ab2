"""What the personal page shows of the provisional agenda: its meetings, what was answered, what has changed since."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import NamedTuple

from flask import g
from flask_babel import get_locale
from flask_babel import gettext as _

from web.db import get_session
from web.domain.event.programme import local_now
from web.domain.links import personal_address
from web.domain.timetable.agenda import PublishedAgenda, provisional_agenda
from web.domain.timetable.answers import Own, own_answers
from web.domain.timetable.distance import Code
from web.domain.timetable.drift import drift
from web.domain.timetable.drift_words import for_participant
from web.exports.agenda_data import AgendaData, AgendaDay, AgendaLine
from web.exports.versions import own_agenda
from web.models import MeetingAnswer, Reason, Registration, ScheduleVersion
from web.security import current_registration


class Row(NamedTuple):
    """A line of the agenda; of a meeting also the partner's key, how it was declined, and why it cannot be held."""

    line: AgendaLine
    partner: str = ""
    declined: MeetingAnswer | None = None
    mark: str = ""


@dataclass(frozen=True)
class Shown:
    """`until`: the end of the time to answer, by the event's clock. `earlier`: whom they have declined to meet, and
    are not to meet: key and name."""

    version_id: int
    agenda: AgendaData
    rows: list[tuple[AgendaDay, list[Row]]]
    own: Own
    until: datetime | None
    earlier: list[tuple[str, str]]

    @property
    def changing(self) -> int:
        """How many meetings will not be held as they stand there."""
        return sum(bool(row.mark) for _day, rows in self.rows for row in rows)

    @property
    def declined(self) -> int:
        return sum(row.declined is not None for _day, rows in self.rows for row in rows)


def reason_words() -> dict[str, str]:
    """The usual reasons for declining a meeting, as they are offered."""
    return {
        Reason.KNOWN: _("We know each other already"),
        Reason.UNSUITED: _("We could bring each other nothing"),
        Reason.RIVALS: _("We are competitors"),
        Reason.OTHER: _("Another reason"),
    }


def shown(token: str) -> Shown | None:
    """The provisional agenda of the participant whose page is asked for; ``None`` where there is none."""
    me, session = current_registration(), get_session()
    event = me.event
    if event.provisional_schedule_id is None or me.status != "accepted":
        return None
    found = provisional_agenda(session, me)
    if found is None:
        return None
    agenda = own_agenda(found, me, get_locale().language, personal_address(token), own_screen=True)
    own = own_answers(session, me)
    rows = _rows(found, agenda, own, me, event.provisional_schedule_id)
    held = {row.partner for _day, of_day in rows for row in of_day}
    earlier = [(key, name) for key, name in own.names.items() if key not in held]
    until = None if event.answers_until is None else local_now(event, event.answers_until)
    return Shown(event.provisional_schedule_id, agenda, rows, own, until, earlier)


def _rows(
    found: PublishedAgenda, agenda: AgendaData, own: Own, me: Registration, version_id: int
) -> list[tuple[AgendaDay, list[Row]]]:
    session = get_session()
    version = session.get_one(ScheduleVersion, version_id)
    # That the other side has declined is told to nobody.
    marks = {
        meeting: for_participant(item)
        for meeting, item in drift(session, me.event, version, people=g.get("others")).of_meetings(me.key).items()
        if item.code != Code.NOT_TO_MEET
    }
    known = {}
    for meeting in found.schedule.meetings:
        (partner,) = set(meeting.between) - {me.key}
        start = found.event.slots[found.event.slot_index[meeting.slot]].start.replace(tzinfo=None)
        named = _letters(found.event.participant(partner).label)
        known[start, named] = partner, own.declined.get(partner), marks.get(meeting, "")
    rows = []
    for day in agenda.days:
        of_day = []
        for line in day.lines:
            start = datetime.combine(day.date, time.fromisoformat(line.start))
            of_day.append(Row(line, *known.get((start, _letters(line.title)), ())))
        rows.append((day, of_day))
    return rows


def _letters(name: str) -> str:
    """A name as it is compared: lines set it with other spaces."""
    return "".join(name.split())
