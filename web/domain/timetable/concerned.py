"""Whom a version concerns: those whose agenda is not the one that was announced to them before it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.format.event import Participant
from web.domain.timetable.difference import AgendaChange, agenda_changes, with_place
from web.domain.timetable.versions import event_of, schedule_of, with_files
from web.models import Event, Registration, RegistrationStatus, ScheduleVersion


@dataclass(frozen=True)
class Concerned:
    """Compared with the version `former` (its number): who is concerned, by name, and how."""

    former: int
    people: tuple[Participant, ...]
    changes: dict[str, AgendaChange]

    @property
    def names(self) -> list[str]:
        return [one.label for one in self.people]

    @property
    def keys(self) -> list[str]:
        return [one.id for one in self.people]


def concerned_by(session: Session, version: ScheduleVersion) -> Concerned | None:
    """Those who take part and whose agenda `version` changes; ``None`` where nothing was announced before it.

    For one never announced: changes of what is announced now. Cost: both files and one query.
    """
    former_id = _announced_before(session, version)
    if former_id is None:
        return None
    former, new = with_files(session, [former_id, version.id])
    event = session.get_one(Event, version.event_id)
    value = event_of(new)
    changes = agenda_changes(event_of(former), schedule_of(former), value, schedule_of(new))
    changes = with_place(changes, value, former.place, new.place if new.published_at else event.place)
    there = set(
        session.scalars(
            select(Registration.key).where(
                Registration.event_id == event.id, Registration.status == RegistrationStatus.ACCEPTED
            )
        )
    )
    people = [one for one in value.participants if one.id in changes and one.id in there]
    return Concerned(former.number, tuple(sorted(people, key=lambda one: one.label.casefold())), changes)


def _announced_before(session: Session, version: ScheduleVersion) -> int | None:
    """The id of the version that participants saw when `version` was announced, or see now where it never was."""
    if version.published_at is None:
        return session.get_one(Event, version.event_id).published_schedule_id
    rows = session.execute(
        select(ScheduleVersion.id, ScheduleVersion.published_at, ScheduleVersion.number).where(
            ScheduleVersion.event_id == version.event_id,
            ScheduleVersion.id != version.id,
            ScheduleVersion.published_at.is_not(None),
        )
    ).all()
    moment: tuple[datetime, int] = (version.published_at, version.number)
    earlier = [(row.published_at, row.number, row.id) for row in rows if (row.published_at, row.number) < moment]
    return max(earlier)[2] if earlier else None
