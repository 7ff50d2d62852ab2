"""Who met whom at earlier events of the same organisers, as far as their announced timetables say.

Registrations are of one organisation where its number or its name says so, as in the pool of the organisers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.domain.memory import Memory
from web.domain.text import letters_of
from web.models import Event, Registration, RegistrationStatus, ScheduleVersion, Slot


@dataclass(frozen=True)
class Met:
    """The last meeting of two organisations: when it was, and at which event."""

    day: date
    title: str


# By the id of a registration, whom its organisation met, by the ids of their registrations for the same event.
Earlier = Mapping[int, Mapping[int, Met]]


@dataclass(frozen=True)
class AnnouncedMeeting:
    """A meeting of an announced timetable, between keys of participants of that event."""

    event_id: int
    between: tuple[str, str]
    slot: str


def announced_meetings(session: Session, version_ids: Collection[int]) -> Iterable[AnnouncedMeeting]:
    """The meetings of these versions. One query, which reads their files."""
    documents = select(ScheduleVersion.event_id, ScheduleVersion.document).where(ScheduleVersion.id.in_(version_ids))
    for event_id, document in session.execute(documents):
        for meeting in document["meetings"]:
            a, b = meeting["between"]
            yield AnnouncedMeeting(event_id, (a, b), meeting["slot"])


def met_before(session: Session, event_id: int, people: Any, over: tuple[Any, ...]) -> Earlier:
    """Which of the accepted participants of the event met before. `people`, `over`: as `page_state.DirectoryState` has.

    Cost: made once for a state of the two, by four queries and the files of those events; nothing where none is over.
    """
    if not over:
        return {}
    key = (str(session.get_bind().engine.url), event_id, people, over)
    return _known.get(key, lambda: _read(session, event_id, over))


_known: Memory[Earlier] = Memory(most=8)


def _read(session: Session, event_id: int, over: tuple[Any, ...]) -> Earlier:
    event_ids, version_ids = [facts[0] for facts in over], [facts[1] for facts in over]
    titles = dict(session.execute(select(Event.id, Event.title).where(Event.id.in_(event_ids))).all())
    slots = select(Slot.event_id, Slot.key, Slot.starts_at).where(Slot.event_id.in_(event_ids))
    days = {(of, key): starts_at.date() for of, key, starts_at in session.execute(slots)}
    last: dict[int, date] = {}
    for (of, _key), day in days.items():
        last[of] = max(day, last.get(of, day))
    columns = (Registration.id, Registration.event_id, Registration.key, Registration.kind, Registration.name)
    rows = session.execute(
        select(*columns, Registration.siren, Registration.organisation_id)
        .where(Registration.event_id.in_([event_id, *event_ids]), Registration.status == RegistrationStatus.ACCEPTED)
        .order_by(Registration.id)
    ).all()
    organisations = Organisations()
    here: dict[int, list[int]] = defaultdict(list)
    there: dict[tuple[int, str], int] = {}
    for row in rows:
        place = organisations.place_of(row)
        if row.event_id == event_id:
            here[place].append(row.id)
        else:
            there[row.event_id, row.key] = place
    found: dict[int, dict[int, Met]] = defaultdict(dict)
    for meeting in announced_meetings(session, version_ids):
        pair = [there.get((meeting.event_id, key)) for key in meeting.between]
        when, title = days.get((meeting.event_id, meeting.slot)), titles.get(meeting.event_id)
        when = when or last.get(meeting.event_id)
        if when is None or title is None:
            # Deleted since.
            continue
        met = Met(when, title)
        for one, other in (pair, pair[::-1]):
            if one is None or other is None or one == other:
                continue
            for mine in here.get(one, ()):
                for theirs in here.get(other, ()):
                    known = found[mine].get(theirs)
                    if known is None or known.day < met.day:
                        found[mine][theirs] = met
    return dict(found)


class Signed(Protocol):
    """What an organisation is known again by."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def siren(self) -> str | None: ...
    @property
    def organisation_id(self) -> int | None: ...


class Organisations:
    """Which registrations are of one organisation."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, object], int] = {}
        self._siren: dict[int, str] = {}
        self._count = 0

    def place_of(self, row: Signed) -> int:
        """The place of the organisation of `row`, a new one where it is not known yet."""
        place = self.known(row)
        if place is None:
            place, self._count = self._count, self._count + 1
        for sign in _signs(row):
            self._places.setdefault(sign, place)
        if row.siren:
            self._siren.setdefault(place, row.siren)
        return place

    def known(self, row: Signed) -> int | None:
        """The place of the organisation of `row`, if it is known."""
        for sign in _signs(row):
            place = self._places.get(sign)
            if place is not None and not (row.siren and self._siren.get(place, row.siren) != row.siren):
                return place
        return None


def _signs(row: Signed) -> Iterable[tuple[str, object]]:
    """By what an organisation is known again."""
    if row.siren:
        yield "siren", row.siren
    if row.organisation_id is not None:
        yield "organisation", row.organisation_id
    if letters_of(row.name):
        yield "name", (row.kind, letters_of(row.name))
