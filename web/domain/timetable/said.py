"""What has happened since a timetable was announced, as a value; the event made so, and put back.

Said is what the event does not know yet: somebody does not come, comes late or leaves early, a table or a facilitator
is lost, a round is cut, a break is longer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from web.domain.audit import Actor
from web.domain.errors import Fault, Faults
from web.domain.event.absences import Rounds
from web.domain.event.resources import FacilitatorRow, TableRow, save_facilitators, save_slots, save_tables
from web.domain.event.slots import SlotTime
from web.domain.people.participants import accepted_by_key
from web.models import Event, Registration, RegistrationStatus


@dataclass(frozen=True)
class Said:
    """What has happened, in keys: `late` and `leaves` by participant, the slot from which they are there, or are not.

    `longer`: minutes by which everything from a slot on is put off. `from_slot`: what lies before is over. `allow`: how
    many announced meetings more may go. `kept`: pairs whose meeting stays where it is, `alone`: those with whose
    agenda nothing is done beyond what cannot be helped.
    """

    absent: tuple[str, ...] = ()
    late: dict[str, str] = field(default_factory=dict)
    leaves: dict[str, str] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    facilitators: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    longer: tuple[str, int] | None = None
    from_slot: str | None = None
    allow: int = 0
    kept: tuple[tuple[str, str], ...] = ()
    alone: tuple[str, ...] = ()

    @staticmethod
    def of(document: dict[str, Any]) -> "Said":
        """As `asdict` wrote it."""
        lists = ("absent", "tables", "facilitators", "cut", "alone")
        longer = document["longer"]
        return Said(
            **{name: tuple(document[name]) for name in lists},
            late=dict(document["late"]),
            leaves=dict(document["leaves"]),
            longer=(longer[0], longer[1]) if longer else None,
            from_slot=document["from_slot"],
            allow=document["allow"],
            kept=tuple((one, other) for one, other in document["kept"]),
        )


def make_true(session: Session, event: Event, said: Said, actor: Actor) -> None:
    """Change the event as was said. In the caller's ``write`` block. Raises `Faults` for what it does not have."""
    order = [slot.key for slot in event.slots]
    place = {key: i for i, key in enumerate(order)}
    first = 0 if said.from_slot is None else _place_of(place, said.from_slot)
    changed = [*said.cut, *([said.longer[0]] if said.longer else [])]
    if any(_place_of(place, key) < first for key in changed):
        raise Faults([Fault("slot", _("A round that is over can be neither cut nor put off."))])
    people = _people(session, event, {*said.absent, *said.late, *said.leaves})
    rounds = Rounds.of(event)
    for key in said.absent:
        if said.from_slot is None:
            people[key].status = RegistrationStatus.WITHDRAWN
        else:
            _away(rounds, people[key], order[first:])
    for key, slot in said.late.items():
        _away(rounds, people[key], order[first : _place_of(place, slot)])
    for key, slot in said.leaves.items():
        _away(rounds, people[key], order[max(first, _place_of(place, slot)) :])
    if said.tables:
        rows = [TableRow(one.name, tuple(one.features), one.key) for one in event.tables if one.key not in said.tables]
        save_tables(session, event, rows, version=event.version, confirmed=True, actor=actor)
        session.flush()
    if said.facilitators:
        helpers = [
            FacilitatorRow(one.name, one.email, tuple(rounds.missed(one.absences)), one.key)
            for one in event.facilitators
            if one.key not in said.facilitators
        ]
        save_facilitators(session, event, helpers, version=event.version, confirmed=True, actor=actor)
        session.flush()
    if said.cut or said.longer:
        times = [SlotTime(one.starts_at, one.ends_at, one.session, one.key) for one in event.slots]
        if said.longer is not None:
            times = _put_off(times, _place_of(place, said.longer[0]), timedelta(minutes=said.longer[1]))
        times = [one for one in times if one.key not in said.cut]
        save_slots(session, event, times, version=event.version, confirmed=True, actor=actor)


def _place_of(place: dict[str, int], slot: str) -> int:
    if slot not in place:
        raise Faults([Fault("slot", _("This round does not exist any more: choose another one."))])
    return place[slot]


def _put_off(times: Sequence[SlotTime], first: int, by: timedelta) -> list[SlotTime]:
    day = times[first].start.date()
    return [
        replace(one, start=one.start + by, end=one.end + by) if i >= first and one.start.date() == day else one
        for i, one in enumerate(times)
    ]


def _away(rounds: Rounds, registration: Registration, slots: Sequence[str]) -> None:
    missed = [*rounds.missed(registration.absences), *slots]
    registration.absences = rounds.absences(missed, registration.absences)


def _people(session: Session, event: Event, keys: set[str]) -> dict[str, Registration]:
    found = accepted_by_key(session, event.id, keys)
    if keys - set(found):
        raise Faults(
            [Fault("participant", _("One of these participants does not take part any more: reload the page."))]
        )
    return found


# What undoing puts back


def snapshot(event: Event, said: Said) -> dict[str, Any]:
    """What `make_true` is about to change."""
    rounds = Rounds.of(event)
    found: dict[str, Any] = {"people": people_of(event, said)}
    if said.tables:
        found["tables"] = [[one.name, list(one.features), one.key] for one in event.tables]
        homes = {one.id: one.key for one in event.tables}
        found["homes"] = {one.key: homes[one.home_table_id] for one in event.registrations if one.home_table_id}
    if said.facilitators:
        found["facilitators"] = [
            [one.name, one.email, rounds.missed(one.absences), one.key] for one in event.facilitators
        ]
    if said.cut or said.longer:
        found["slots"] = [
            [one.starts_at.isoformat(), one.ends_at.isoformat(), one.session, one.key] for one in event.slots
        ]
        found["fixed"] = {str(rule.id): rule.slot.key for rule in event.meeting_rules if rule.slot is not None}
    return found


def people_of(event: Event, said: Said) -> dict[str, list[Any]]:
    """Of those of whom anything was said: whether they take part, and when they do not."""
    people = {*said.absent, *said.late, *said.leaves}
    return {one.key: [str(one.status), one.absences] for one in event.registrations if one.key in people}


def put_back(session: Session, event: Event, before: dict[str, Any], actor: Actor) -> None:
    _keyed(session, event, before, "slots", _slots_back, actor)
    _keyed(session, event, before, "tables", _tables_back, actor)
    _keyed(session, event, before, "facilitators", _facilitators_back, actor)
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
        if home is not None:
            one.home_table_id = tables.get(home)


def _keyed(
    session: Session,
    event: Event,
    before: dict[str, Any],
    name: str,
    back: Callable[[Session, Event, list[list[Any]], Actor], None],
    actor: Actor,
) -> None:
    if name in before:
        back(session, event, before[name], actor)
        session.flush()


def _slots_back(session: Session, event: Event, rows: list[list[Any]], actor: Actor) -> None:
    known = {one.key for one in event.slots}
    times = [
        SlotTime(datetime.fromisoformat(start), datetime.fromisoformat(end), label, key if key in known else "")
        for start, end, label, key in rows
    ]
    save_slots(session, event, times, version=event.version, confirmed=True, actor=actor)
    _rename(event.slots, [row[3] for row in rows])


def _tables_back(session: Session, event: Event, rows: list[list[Any]], actor: Actor) -> None:
    known = {one.key for one in event.tables}
    tables = [TableRow(name, tuple(features), key if key in known else "") for name, features, key in rows]
    save_tables(session, event, tables, version=event.version, confirmed=True, actor=actor)
    _rename(event.tables, [row[2] for row in rows])


def _facilitators_back(session: Session, event: Event, rows: list[list[Any]], actor: Actor) -> None:
    known = {one.key for one in event.facilitators}
    people = [FacilitatorRow(name, email, tuple(away), key if key in known else "") for name, email, away, key in rows]
    save_facilitators(session, event, people, version=event.version, confirmed=True, actor=actor)
    _rename(event.facilitators, [row[3] for row in rows])


def _rename(rows: Sequence[Any], keys: Sequence[str]) -> None:
    """The rows made anew get the keys that they had: the announced timetable names them by those."""
    for row, key in zip(rows, keys, strict=True):
        if row.key != key:
            row.key = key
