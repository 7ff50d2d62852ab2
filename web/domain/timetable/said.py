"""What has happened since a timetable was announced, as a value; the event made so, and put back.

Said is what the event does not know yet: somebody does not come, comes late, leaves early or has come unannounced, a
table or a facilitator is lost, a round is cut or added, a break is longer. Any of it at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults
from web.domain.event.absences import Rounds
from web.domain.event.events import touch
from web.domain.event.resources import FacilitatorRow, TableRow, save_facilitators, save_slots, save_tables
from web.domain.event.slots import NIGHT, SlotTime, days_of, times_of
from web.domain.people.participants import accepted_by_key
from web.models import Event, Facilitator, Registration, RegistrationStatus

# Who may be said to have come unannounced.
NOT_YET = (RegistrationStatus.PENDING, RegistrationStatus.WAITING)
# A row of `snapshot`, written for the database.
Row = list[Any]


class Changed(Exception):
    """What a repair changed has been changed again since: it cannot be put back any more."""


MOST_ALLOWED = 50


@dataclass(frozen=True)
class Said:
    """What has happened, in keys, and in moments of the event's clock (``2027-03-18T14:36``; a slot's key means when
    it begins).

    `late` and `leaves`: by participant, from when on they are there, or until when; `helpers`: until when a facilitator
    is. `come`: who was not expected. `added`: when rounds begin that there were not. `longer`: minutes by which
    everything from a slot on is put off that day. `from_slot`: what lies before is over. `allow`: how many announced
    meetings more may go. `kept`: pairs whose meeting stays where it is, `alone`: those with whose agenda nothing is
    done beyond what cannot be helped.
    """

    absent: tuple[str, ...] = ()
    late: dict[str, str] = field(default_factory=dict)
    leaves: dict[str, str] = field(default_factory=dict)
    come: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    facilitators: tuple[str, ...] = ()
    helpers: dict[str, str] = field(default_factory=dict)
    cut: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    longer: tuple[str, int] | None = None
    from_slot: str | None = None
    allow: int = 0
    kept: tuple[tuple[str, str], ...] = ()
    alone: tuple[str, ...] = ()

    def with_one_more(self) -> "Said":
        """The same with one more announced meeting that may go, of as many as somebody would ask for by hand."""
        return replace(self, allow=min(self.allow + 1, MOST_ALLOWED))

    def keeping(self, one: str, other: str) -> "Said":
        """The same with the meeting of these two where it is."""
        return self if (one, other) in self.kept else replace(self, kept=(*self.kept, (one, other)))

    def sparing(self, who: str) -> "Said":
        """The same with `who` left alone."""
        return self if who in self.alone else replace(self, alone=(*self.alone, who))

    @staticmethod
    def of(document: dict[str, Any]) -> "Said":
        """As `asdict` wrote it, now or when less could be said."""
        known: dict[str, Any] = {}
        for name in ("absent", "come", "tables", "facilitators", "cut", "added", "alone"):
            known[name] = tuple(document.get(name, ()))
        for name in ("late", "leaves", "helpers"):
            known[name] = dict(document.get(name, {}))
        longer = document["longer"]
        return Said(
            **known,
            longer=(longer[0], longer[1]) if longer else None,
            from_slot=document["from_slot"],
            allow=document["allow"],
            kept=tuple((one, other) for one, other in document["kept"]),
        )

    @property
    def people(self) -> set[str]:
        """Of whom anything is said that the event is to know."""
        return {*self.absent, *self.late, *self.leaves, *self.come}

    @property
    def moves_rounds(self) -> bool:
        return bool(self.cut or self.added or self.longer)


# The event made so


def make_true(session: Session, event: Event, said: Said, actor: Actor) -> None:
    """Change the event as was said. In the caller's ``write`` block. Raises `Faults` for what it does not have."""
    times = list(times_of(event))
    place = {one.key: i for i, one in enumerate(times)}
    first = 0 if said.from_slot is None else _place_of(place, said.from_slot)
    changed = [*said.cut, *([said.longer[0]] if said.longer else [])]
    if any(_place_of(place, key) < first for key in changed):
        raise Faults([Fault("slot", _("A round that is over can be neither cut nor put off."))])
    _welcome(session, event, said.come, actor)
    people = _people(session, event, said.people)
    hours = _Hours(Rounds.of(event), said.from_slot)
    for key in said.absent:
        if said.from_slot is None:
            people[key].status = RegistrationStatus.WITHDRAWN
        else:
            people[key].absences = hours.gone_from(people[key].absences, hours.begin)
    for key, moment in said.late.items():
        people[key].absences = hours.gone_until(people[key].absences, hours.moment(moment))
    for key, moment in said.leaves.items():
        people[key].absences = hours.gone_from(people[key].absences, hours.moment(moment))
    if said.tables:
        _lose_tables(session, event, said.tables, actor)
    if said.facilitators or said.helpers:
        _lose_facilitators(session, event, said, hours, actor)
    if said.moves_rounds:
        times = _rounds(times, said, place)
        save_slots(session, event, times, version=event.version, confirmed=True, actor=actor)


class _Hours:
    """Absences of the day on which it happens; what is over stays as it was."""

    def __init__(self, rounds: Rounds, from_slot: str | None) -> None:
        self.rounds = rounds
        self.starts = {one.key: one.start for one in rounds.times}
        first, self.end = rounds.times[0].start, rounds.times[-1].end + NIGHT
        self.begin = first - NIGHT if from_slot is None else self.starts[from_slot]

    def moment(self, said: str) -> datetime:
        """Raises `Faults` for what is neither a moment nor a round of now."""
        if said in self.starts:
            return self.starts[said]
        try:
            return datetime.fromisoformat(said).replace(tzinfo=None)
        except ValueError:
            raise _no_round() from None

    def gone_until(self, absences: Sequence[str], moment: datetime) -> list[str]:
        return self.rounds.with_hours(absences, self.begin, moment)

    def gone_from(self, absences: Sequence[str], moment: datetime) -> list[str]:
        return self.rounds.with_hours(absences, max(self.begin, moment), self.end)


def _rounds(times: list[SlotTime], said: Said, place: dict[str, int]) -> list[SlotTime]:
    if said.longer is not None:
        times = _put_off(times, _place_of(place, said.longer[0]), timedelta(minutes=said.longer[1]))
    begin = None if said.from_slot is None else times[place[said.from_slot]].start
    new = [_like_the_others(times, start) for start in said.added]
    if begin is not None and any(one.start < begin for one in new):
        raise Faults([Fault("slot", _("No round can be added to what is over."))])
    return [*(one for one in times if one.key not in said.cut), *new]


def _like_the_others(times: Sequence[SlotTime], written: str) -> SlotTime:
    """A new round as long as the one before it, and of the same session."""
    start = datetime.fromisoformat(written)
    model = next((one for one in reversed(times) if one.start <= start), times[0])
    return SlotTime(start, start + (model.end - model.start), model.session)


def _put_off(times: Sequence[SlotTime], first: int, by: timedelta) -> list[SlotTime]:
    """Everything from `first` on until the night."""
    (day,) = (day for day in days_of(times) if day.start <= times[first].start <= day.end)
    return [
        replace(one, start=one.start + by, end=one.end + by) if i >= first and one.start <= day.end else one
        for i, one in enumerate(times)
    ]


def _place_of(place: dict[str, int], slot: str) -> int:
    if slot not in place:
        raise _no_round()
    return place[slot]


def _no_round() -> Faults:
    return Faults([Fault("slot", _("This round does not exist any more: choose another one."))])


def _welcome(session: Session, event: Event, keys: Sequence[str], actor: Actor) -> None:
    """Accept those who have come; their agenda is what they are told by."""
    waiting = select(Registration).where(
        Registration.event_id == event.id, Registration.key.in_(keys), Registration.status.in_(NOT_YET)
    )
    rows = session.scalars(waiting).all() if keys else []
    if len(rows) < len(set(keys)):
        raise Faults([Fault("participant", _("Whoever came unannounced takes part by now: reload the page."))])
    for row in rows:
        before, row.status = row.status, RegistrationStatus.ACCEPTED
        record(session, actor, "registration.accept", event_id=event.id, behalf_of=row.id, before=before)
    session.flush()


def _people(session: Session, event: Event, keys: set[str]) -> dict[str, Registration]:
    found = accepted_by_key(session, event.id, keys)
    if keys - set(found):
        raise Faults(
            [Fault("participant", _("One of these participants does not take part any more: reload the page."))]
        )
    return found


def _lose_tables(session: Session, event: Event, lost: Sequence[str], actor: Actor) -> None:
    rows = [_table_row(one) for one in event.tables if one.key not in lost]
    if event.tables and not rows:
        # An event without any table is one with as many as it takes.
        told = _("At least one table must be left: where there is none, cut the rounds instead.")
        raise Faults([Fault("tables", told)])
    save_tables(session, event, rows, version=event.version, confirmed=True, actor=actor)
    session.flush()


def _lose_facilitators(session: Session, event: Event, said: Said, hours: _Hours, actor: Actor) -> None:
    if set(said.helpers) - {one.key for one in event.facilitators}:
        raise Faults([Fault("facilitators", _("A facilitator of this page does not exist any more: reload it."))])
    if said.facilitators:
        rows = [_helper_row(event, one) for one in event.facilitators if one.key not in said.facilitators]
        save_facilitators(session, event, rows, version=event.version, confirmed=True, actor=actor)
    for one in event.facilitators:
        if one.key in said.helpers:
            one.absences = hours.gone_from(one.absences, hours.moment(said.helpers[one.key]))
    touch(event)
    session.flush()


def _table_row(one: Any) -> TableRow:
    return TableRow(one.name, tuple(one.features), one.key)


def _helper_row(event: Event, one: Facilitator) -> FacilitatorRow:
    return FacilitatorRow(one.name, one.email, tuple(Rounds.of(event).missed(one.absences)), one.key)


# What undoing puts back


def snapshot(event: Event, said: Said) -> dict[str, Any]:
    """What `make_true` is about to change."""
    found: dict[str, Any] = {"people": people_of(event, said)}
    if said.tables:
        found["tables"] = [[one.name, list(one.features), one.key] for one in event.tables]
        homes = {one.id: one.key for one in event.tables}
        found["homes"] = {one.key: homes[one.home_table_id] for one in event.registrations if one.home_table_id}
    if said.facilitators or said.helpers:
        found["facilitators"] = [[one.name, one.email, list(one.absences), one.key] for one in event.facilitators]
    if said.moves_rounds:
        found["slots"] = slots_of(event)
        found["fixed"] = {str(rule.id): rule.slot.key for rule in event.meeting_rules if rule.slot is not None}
    return found


def after(event: Event, said: Said) -> dict[str, Any]:
    """What of it is so once it is made true: whatever is not so any more when it is undone was changed since."""
    return {"after": people_of(event, said), "slots_after": slots_of(event) if said.moves_rounds else None}


def people_of(event: Event, said: Said) -> dict[str, Row]:
    """Of those of whom anything was said: whether they take part, and when they do not."""
    return {one.key: [str(one.status), list(one.absences)] for one in event.registrations if one.key in said.people}


def slots_of(event: Event) -> list[Row]:
    return [[one.starts_at.isoformat(), one.ends_at.isoformat(), one.session, one.key] for one in event.slots]


def put_back(session: Session, event: Event, said: Said, before: dict[str, Any], actor: Actor) -> None:
    """Put back what was said, and nothing that others did since. Raises `Changed` where the rounds are others."""
    if before.get("slots_after") not in (None, slots_of(event)):
        raise Changed
    _keyed(session, event, said, before, "slots", _slots_back, actor)
    _keyed(session, event, said, before, "tables", _tables_back, actor)
    _keyed(session, event, said, before, "facilitators", _facilitators_back, actor)
    for one in event.registrations:
        # Whoever has said something else since is not spoken for.
        if one.key in before["people"] and [str(one.status), one.absences] == before["after"][one.key]:
            one.status, one.absences = before["people"][one.key]
    slots = {one.key: one for one in event.slots}
    for rule in event.meeting_rules:
        rule.slot = slots.get(before.get("fixed", {}).get(str(rule.id), ""), rule.slot)
    tables = {one.key: one.id for one in event.tables}
    for one in event.registrations:
        home = before.get("homes", {}).get(one.key)
        if home in said.tables and one.home_table_id is None:
            one.home_table_id = tables.get(home)


def _keyed(
    session: Session,
    event: Event,
    said: Said,
    before: dict[str, Any],
    name: str,
    back: Callable[[Session, Event, Said, list[Row], Actor], None],
    actor: Actor,
) -> None:
    if name in before:
        back(session, event, said, before[name], actor)
        session.flush()


def _slots_back(session: Session, event: Event, _said: Said, rows: list[Row], actor: Actor) -> None:
    known = {one.key for one in event.slots}
    times = [
        SlotTime(datetime.fromisoformat(start), datetime.fromisoformat(end), label, key if key in known else "")
        for start, end, label, key in rows
    ]
    save_slots(session, event, times, version=event.version, confirmed=True, actor=actor)
    _rename(session, event.slots, [row[3] for row in rows])


def _tables_back(session: Session, event: Event, said: Said, rows: list[Row], actor: Actor) -> None:
    now = {one.key: _table_row(one) for one in event.tables}
    lost = {key: TableRow(name, tuple(features)) for name, features, key in rows if key in said.tables}
    keys = _merged([row[2] for row in rows], now, lost)
    tables = [now.get(key) or lost[key] for key in keys]
    save_tables(session, event, tables, version=event.version, confirmed=True, actor=actor)
    _rename(session, event.tables, keys)


def _facilitators_back(session: Session, event: Event, said: Said, rows: list[Row], actor: Actor) -> None:
    now = {one.key: _helper_row(event, one) for one in event.facilitators}
    lost = {key: FacilitatorRow(name, email) for name, email, _absences, key in rows if key in said.facilitators}
    keys = _merged([row[3] for row in rows], now, lost)
    people = [now.get(key) or lost[key] for key in keys]
    save_facilitators(session, event, people, version=event.version, confirmed=True, actor=actor)
    _rename(session, event.facilitators, keys)
    absences = {row[3]: row[2] for row in rows}
    for one in event.facilitators:
        if one.key in {*said.facilitators, *said.helpers} and one.key in absences:
            one.absences = absences[one.key]


def _merged(before: Sequence[str], now: dict[str, Any], lost: dict[str, Any]) -> list[str]:
    """What there was, without what others took away since, and then what they added."""
    there = {*now, *lost}
    return [*(key for key in before if key in there), *(key for key in now if key not in before)]


def _rename(session: Session, rows: Sequence[Any], keys: Sequence[str]) -> None:
    """The rows made anew get the keys that they had: the announced timetable names them by those."""
    others = [(row, key) for row, key in zip(rows, keys, strict=True) if row.key != key]
    # No two have the same key, not even for the moment in which they change places.
    for row, key in others:
        row.key = f"*{key}"
    session.flush()
    for row, key in others:
        row.key = key
