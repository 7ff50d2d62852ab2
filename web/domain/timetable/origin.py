"""What a version is there for, in values that last: the version that it repairs or undoes, and what was repaired.

All of it is read off the files of the two versions: the event that each answers stays with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.format.event import Event as EventValue
from web.domain.timetable.concerned import Concerned, concerned_by
from web.domain.timetable.distance import Announced, Item, Now, distance
from web.domain.timetable.said import Said
from web.domain.timetable.versions import event_of, schedule_of
from web.models import Event, Registration, ScheduleVersion


@dataclass(frozen=True)
class Origin:
    """`repairs` or `undoes` is the number of a version. `items`: how the event differs from that version's own.

    `asked`: what was asked of the proposal besides, names instead of keys; `over_until`: what began before was over.
    """

    repairs: int | None
    undoes: int | None
    items: tuple[Item, ...]
    concerned: Concerned | None
    allow: int = 0
    kept: tuple[tuple[str, str], ...] = ()
    alone: tuple[str, ...] = ()
    over_until: datetime | None = None


def origin_of(session: Session, version: ScheduleVersion) -> Origin | None:
    """``None`` for a version that neither repairs nor undoes another. Cost: the files of two versions."""
    if version.repair is None or not version.repair.keys() & {"said", "undoes"}:
        return None
    concerned = concerned_by(session, version)
    if "undoes" in version.repair:
        return Origin(None, version.repair["undoes"], (), concerned)
    if version.parent is None:
        return None
    said, former = Said.of(version.repair["said"]), version.parent
    then, now = event_of(former), event_of(version)
    begin = next((slot.start for slot in (*then.slots, *now.slots) if slot.id == said.from_slot), None)
    names = {one.id: one.label for event in (now, then) for one in event.participants}
    return Origin(
        repairs=former.number,
        undoes=None,
        items=_repaired(session, former, version, then, now, begin),
        concerned=concerned,
        allow=said.allow,
        kept=tuple((names.get(one, one), names.get(other, other)) for one, other in said.kept),
        alone=tuple(names.get(one, one) for one in said.alone),
        over_until=begin,
    )


def _repaired(
    session: Session,
    former: ScheduleVersion,
    version: ScheduleVersion,
    then: EventValue,
    now: EventValue,
    begin: datetime | None,
) -> tuple[Item, ...]:
    """How far the event of `version` was from the timetable of `former`, at the moment of the repair."""
    place = version.place if version.published_at else session.get_one(Event, version.event_id).place
    announced = Announced(then, schedule_of(former), former.place)
    moment = max((slot.start for slot in then.slots if begin and slot.start < begin), default=datetime.min)
    return distance(announced, Now(now, moment, place or "", _statuses(session, version.event_id, then, now)))


def _statuses(session: Session, event_id: int, then: EventValue, now: EventValue) -> Mapping[str, str]:
    """What those are now who were in the one event and not in the other; who came back since had withdrawn."""
    gone = then.participant_index.keys() - now.participant_index.keys()
    rows = session.execute(
        select(Registration.key, Registration.status).where(
            Registration.event_id == event_id, Registration.key.in_(gone)
        )
    )
    return {row.key: "withdrawn" if row.status == "accepted" else row.status for row in rows}
