"""Slots, tables and facilitators of an event: each list is saved as a whole, under the lock of the event's row.

A change that would quietly undo something said elsewhere is told first: without `confirmed`, the functions raise
`NeedsConfirmation` and change nothing.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults
from web.domain.errors import NeedsConfirmation as NeedsConfirmation
from web.domain.event import moving, slots
from web.domain.event.absences import Rounds
from web.domain.event.events import locked, touch
from web.models import Event, Facilitator, Registration, ScheduleVersion, Slot, Table

MOST_TABLES = 500
# Tells those registered; how many there are.
Telling = Callable[[Session, Event, Sequence[slots.Day]], int]
_RANGE = re.compile(
    r"^(?:(?:de|du|from)\s+(?:la\s+)?)?(?P<prefix>.*?)(?P<first>\d{1,4})\s*(?:\.\.+|…|–|—|-|à|au|to)\s*(?:la\s+)?"
    r"(?:(?P=prefix))?(?P<last>\d{1,4})$",
    re.IGNORECASE,
)
# « Tables 1 à 8 », « tables de 1 à 8 »: the word that every table's name begins with anyhow.
_TABLES = re.compile(r"^(?:les\s+|the\s+)?tables?(?:\s+(?:de|du|from))?\s*", re.IGNORECASE)
# What would be one table with a name that nobody means: « 8 tables », « entre 1 et 8 ».
_MEANT = re.compile(r"^(?:\d+\s+tables?|(?:entre|between)\s.*\d)$", re.IGNORECASE)


@dataclass(frozen=True)
class TableRow:
    """A table as it shall be; `key` is empty for a new one."""

    name: str
    features: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True)
class FacilitatorRow:
    name: str
    email: str | None = None
    unavailable: tuple[str, ...] = ()
    key: str = ""


def table_names(text: str) -> list[str]:
    """The tables that `text` names: ``1..25`` or ``de 1 à 25`` gives *Table 1* to *Table 25*, ``A1..A6`` six names.

    All else stands as written. Parts are separated by commas, semicolons or line ends. Raises `Faults` for a range that
    runs backwards, for what is no name but a number of tables in words, a name given twice, or too many.
    """
    names: list[str] = []
    for part in (part.strip() for part in re.split(r"[,;\n]", text)):
        if not part:
            continue
        match = _RANGE.match(part)
        if _MEANT.match(part):
            told = _("“%(part)s” would be one table of this name. For several write for example 1..8.", part=part)
            raise Faults([Fault("tables", told)])
        if match is None:
            names.append(_("Table %(name)s", name=part) if part.isdecimal() else part)
            continue
        first, last = int(match["first"]), int(match["last"])
        prefix = _TABLES.sub("", match["prefix"])
        prefix = prefix.strip() and prefix
        if last < first or last - first >= MOST_TABLES:
            raise Faults([Fault("tables", _("“%(part)s” is no range: write for example 1..25.", part=part))])
        names += [
            f"{prefix}{number}" if prefix else _("Table %(name)s", name=number) for number in range(first, last + 1)
        ]
    if len(names) > MOST_TABLES:
        raise Faults([Fault("tables", _("At most %(most)d tables.", most=MOST_TABLES))])
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Faults([Fault("tables", _("“%(name)s” is named twice.", name=twice))])
    if any(len(name) > 80 for name in names):
        raise Faults([Fault("tables", _("The name of a table has at most 80 characters."))])
    return names


@retried
def save_slots(
    session: Session,
    event: Event,
    times: Sequence[slots.SlotTime],
    *,
    version: int,
    confirmed: bool,
    actor: Actor,
    keep_rounds: bool = False,
    tell: Telling | None = None,
) -> int:
    """Make `times` the event's slots; how many are told by mail. Raises `Faults`, `StaleDataError`,
    `NeedsConfirmation`.

    Absences and fixed meetings keep their hours, or with `keep_rounds` the rounds that they stood for. `tell` tells
    those registered of the hours of now, if they are to be told.
    """
    slots.check_order(times)
    times = sorted(times, key=lambda one: one.start)
    with write(session):
        locked(session, event, version)
        known = {slot.key: slot for slot in event.slots}
        if any(one.key and one.key not in known for one in times):
            raise Faults([Fault("slots", _("A round of this page does not exist any more: reload the page."))])
        if not confirmed:
            found = moving.effects(session, event, times)
            if found.sentences:
                raise NeedsConfirmation(found.sentences, choice=found.choice, to_tell=found.to_tell)
        taken = {*known, *_announced(session, event, "slots", times)}
        times = [replace(one, key=key) for key, one in slots.keyed(times, taken)]
        gone = set(known) - {one.key for one in times}
        rows = {one.key: known.get(one.key) or Slot(key=one.key) for one in times}
        fixed = moving.fixed_rounds(event, times, by_hours=not keep_rounds)
        if keep_rounds:
            moving.keep_rounds(session, event, Rounds.of(event), Rounds(times, event.timezone))
        for position, time in enumerate(times):
            row = rows[time.key]
            row.position, row.starts_at, row.ends_at, row.session = position, time.start, time.end, time.session
        event.slots = list(rows.values())
        for rule, key in fixed:
            rule.slot = rows.get(key)
        touch(event)
        mails = tell(session, event, slots.days_of(times)) if tell else 0
        record(session, actor, "event.slots", event_id=event.id, slots=len(rows), removed=len(gone), mails=mails)
    return mails


@retried
def save_tables(
    session: Session, event: Event, rows: Sequence[TableRow], *, version: int, confirmed: bool, actor: Actor
) -> None:
    """Make `rows` the event's tables, in this order. Raises `Faults`, `StaleDataError`, `NeedsConfirmation`."""
    _check_names([row.name for row in rows], "tables")
    with write(session):
        locked(session, event, version)
        known = {table.key: table for table in event.tables}
        if any(row.key and row.key not in known for row in rows):
            raise Faults([Fault("tables", _("A table of this page does not exist any more: reload the page."))])
        if not confirmed:
            told = _table_effects(session, event, rows)
            if told:
                raise NeedsConfirmation(told)
        keys = _free_keys("t", {*known, *_announced(session, event, "tables", rows)})
        event.tables = [
            _table(known.get(row.key) or Table(key=next(keys)), row, position) for position, row in enumerate(rows)
        ]
        touch(event)
        record(session, actor, "event.tables", event_id=event.id, tables=len(rows))


def _table(table: Table, row: TableRow, position: int) -> Table:
    table.position, table.name, table.features = position, row.name, list(row.features)
    return table


def _table_effects(session: Session, event: Event, rows: Sequence[TableRow]) -> list[str]:
    kept = {row.key for row in rows}
    gone = [table for table in event.tables if table.key not in kept]
    found = []
    if gone:
        hosts = session.scalars(
            select(Registration.name).where(Registration.home_table_id.in_([table.id for table in gone]))
        ).all()
        found += [
            _("%(name)s had one of the removed tables as its own: it is then seated anywhere.", name=name)
            for name in hosts
        ]
    before = {feature for table in event.tables for feature in table.features}
    lost = before - {feature for row in rows for feature in row.features}
    if lost:
        needing = [
            name
            for name, requires in session.execute(
                select(Registration.name, Registration.requires).where(Registration.event_id == event.id)
            )
            if lost & set(requires)
        ]
        found += [
            _("%(name)s needs a table with a feature that no table would have any more.", name=name) for name in needing
        ]
    if gone and event.published_schedule_id is not None:
        found.append(_("A timetable is published: it stays as it is until you compute and publish a new one."))
    return found


@retried
def save_facilitators(
    session: Session, event: Event, rows: Sequence[FacilitatorRow], *, version: int, confirmed: bool, actor: Actor
) -> None:
    """Make `rows` the event's facilitators. Raises `Faults`, `StaleDataError`, `NeedsConfirmation`."""
    _check_names([row.name for row in rows], "facilitators")
    with write(session):
        locked(session, event, version)
        known = {one.key: one for one in event.facilitators}
        if any(row.key and row.key not in known for row in rows):
            raise Faults([Fault("facilitators", _("A facilitator of this page does not exist any more: reload it."))])
        asking = session.scalar(
            select(func.count()).where(Registration.event_id == event.id, Registration.needs_facilitator.is_(True))
        )
        if known and not rows and asking and not confirmed:
            raise NeedsConfirmation(
                [
                    ngettext(
                        "%(num)d participant asked for a facilitator: without one its meetings cannot be planned.",
                        "%(num)d participants asked for a facilitator: without one their meetings cannot be planned.",
                        asking,
                    )
                ]
            )
        rounds = Rounds.of(event)
        keys = _free_keys("f", {*known, *_announced(session, event, "facilitators", rows)})
        found = []
        for position, row in enumerate(rows):
            one = known.get(row.key) or Facilitator(key=next(keys))
            one.position, one.name, one.email = position, row.name, row.email
            one.absences = rounds.absences(row.unavailable, one.absences or ())
            found.append(one)
        event.facilitators = found
        touch(event)
        record(session, actor, "event.facilitators", event_id=event.id, facilitators=len(rows))


def _check_names(names: Sequence[str], place: str) -> None:
    faults = []
    for number, name in enumerate(names):
        if not name:
            faults.append(Fault(f"{place}/{number}", _("Give it a name.")))
        elif name in names[:number]:
            faults.append(Fault(f"{place}/{number}", _("“%(name)s” is named twice.", name=name)))
    if len(names) > MOST_TABLES:
        faults.append(Fault(place, _("At most %(most)d, please.", most=MOST_TABLES)))
    if faults:
        raise Faults(faults)


def _announced(session: Session, event: Event, what: str, rows: Sequence[Any]) -> set[str]:
    """The keys of `what` in timetables that were announced: none of those means anything else later.

    Asked only where one of `rows` is new. Cost: one query, and the event files of those timetables.
    """
    if all(row.key for row in rows):
        return set()
    documents = session.scalars(
        select(ScheduleVersion.event_document).where(
            ScheduleVersion.event_id == event.id, ScheduleVersion.published_at.is_not(None)
        )
    )
    return {one["id"] for document in documents for one in document.get(what, ())}


def _free_keys(letter: str, used: set[str]) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        if f"{letter}{number}" not in used:
            yield f"{letter}{number}"
