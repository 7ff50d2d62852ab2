"""Faults that no single field of an event file shows: references, order, contradictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from scheduler.format.errors import EventFault
from scheduler.format.faults import path_of, show

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from scheduler.format.event import Event

Place = tuple[int | str, ...]

ITEM_LISTS = ("slots", "tables", "facilitators", "participants", "meetings", "affinities")
_WITH_IDS = ("slots", "tables", "facilitators", "participants")
_ZONES = frozenset(available_timezones())


@dataclass(frozen=True)
class View:
    """The parts of a file that are sound in themselves, each item with its place in the file.

    References are checked on these, so that a fault of shape in one place hides no fault elsewhere.
    """

    items: Mapping[str, Sequence[tuple[int, Any]]]
    ids: Mapping[str, Sequence[tuple[int, str]]]
    may_meet: Sequence[tuple[str, str]]
    same_person: Sequence[Sequence[str]]
    seated: Sequence[str]
    coverage: Sequence[int]
    timezone: str | None
    lists_known: Mapping[str, bool]

    @cached_property
    def known(self) -> Mapping[str, frozenset[str]]:
        return {name: frozenset(id for _, id in named) for name, named in self.ids.items()}

    @staticmethod
    def of_event(event: Event) -> View:
        items = {name: list(enumerate(getattr(event, name) or ())) for name in ITEM_LISTS}
        ids = {name: [(i, item.id) for i, item in items[name]] for name in _WITH_IDS}
        return View(
            items,
            ids,
            event.may_meet,
            event.same_person,
            event.rules.seated,
            event.rules.coverage,
            event.timezone,
            dict.fromkeys(_WITH_IDS, True),
        )

    @staticmethod
    def of_sound_parts(
        raw: Mapping[str, Any], faulty: Sequence[Place], readers: Mapping[str, TypeAdapter[Any]]
    ) -> View:
        broken = {location[:2] for location in faulty}
        items: dict[str, list[tuple[int, Any]]] = {}
        ids: dict[str, list[tuple[int, str]]] = {}
        for name, reader in readers.items():
            values = raw.get(name)
            listed = list(enumerate(values)) if isinstance(values, list | tuple) else []
            items[name] = [(i, reader.validate_python(value)) for i, value in listed if (name, i) not in broken]
            if name in _WITH_IDS:
                named = [(i, value.get("id")) for i, value in listed if isinstance(value, Mapping)]
                ids[name] = [(i, id) for i, id in named if isinstance(id, str)]
        # Where an item's id could not be read, an unknown reference may be to that very item: say nothing then.
        known = {
            name: all(isinstance(value, Mapping) and isinstance(value.get("id"), str) for value in raw.get(name) or ())
            if isinstance(raw.get(name, ()), list | tuple)
            else False
            for name in _WITH_IDS
        }
        rules = raw.get("rules")
        rules = rules if isinstance(rules, Mapping) else {}
        zone = raw.get("timezone", "Europe/Paris")
        return View(
            items,
            ids,
            (),
            _sound_groups(raw.get("same_person")),
            _sound_list(rules.get("seated"), str),
            _sound_list(rules.get("coverage"), int),
            zone if isinstance(zone, str) else None,
            known,
        )


def _sound_list(value: object, kind: type) -> Sequence[Any]:
    """Return ``value`` where it is a list of nothing but ``kind``, else an empty one."""
    sound = isinstance(value, list | tuple) and all(type(item) is kind for item in value)
    return value if sound and isinstance(value, list | tuple) else ()


def _sound_groups(value: object) -> Sequence[Sequence[str]]:
    """Return the groups in ``value``, those that are no lists of text left empty: they keep their places."""
    return [_sound_list(group, str) for group in value] if isinstance(value, list | tuple) else ()


def reference_faults(view: View) -> list[EventFault]:
    """Return the faults that no single field shows: ids, order, contradictions."""
    faults: list[EventFault] = []
    if view.timezone is not None and view.timezone not in _ZONES:
        faults.append(EventFault("timezone", f"expected a known time zone, found {show(view.timezone)}"))
    for name in _WITH_IDS:
        faults += _repeated([(path_of((name, i, "id")), id) for i, id in view.ids[name]], "an id used once")
    faults += _slot_faults(view)
    faults += _facilitator_faults(view)
    faults += _participant_faults(view)
    faults += _meeting_faults(view)
    faults += _affinity_faults(view)
    kinds = [(path_of(("may_meet", i)), show(sorted(pair))) for i, pair in enumerate(view.may_meet)]
    faults += _repeated(kinds, "each pair of kinds once")
    faults += _same_person_faults(view)
    faults += _seated_faults(view)
    for i, (before, points) in enumerate(pairwise(view.coverage)):
        if points > before:
            found = f"expected at most {before}, the points before it, found {points}"
            faults.append(EventFault(path_of(("rules", "coverage", i + 1)), found))
    return faults


def _slot_faults(view: View) -> Iterable[EventFault]:
    for i, slot in view.items["slots"]:
        if slot.end <= slot.start:
            yield EventFault(
                path_of(("slots", i, "end")),
                f"expected a time after {slot.start.isoformat()}, found {slot.end.isoformat()}",
            )
    for (_, before), (i, slot) in pairwise(view.items["slots"]):
        if slot.start < before.end:
            found = f"expected {before.end.isoformat()} or later (slots in order, not overlapping), "
            yield EventFault(path_of(("slots", i, "start")), f"{found}found {slot.start.isoformat()}")


def _facilitator_faults(view: View) -> Iterable[EventFault]:
    for i, facilitator in view.items["facilitators"]:
        yield from _list_faults(view, ("facilitators", i, "unavailable"), facilitator.unavailable, "slots")


def _participant_faults(view: View) -> Iterable[EventFault]:
    features = {feature for _, table in view.items["tables"] for feature in table.features}
    tables_sound = len(view.items["tables"]) == len(view.ids["tables"]) and view.lists_known["tables"]
    for i, participant in view.items["participants"]:
        place = ("participants", i)
        for name in ("needs", "offers", "themes", "requires"):
            yield from _repeated_in((*place, name), getattr(participant, name))
        yield from _list_faults(view, (*place, "unavailable"), participant.unavailable, "slots")
        for name in ("wishes", "vetoes"):
            others = getattr(participant, name)
            yield from _list_faults(view, (*place, name), others, "participants")
            if participant.id in others:
                at = path_of((*place, name, others.index(participant.id)))
                yield EventFault(at, f"expected another participant, found {show(participant.id)} itself")
        if participant.home_table is not None:
            yield from _list_faults(view, (*place, "home_table"), [participant.home_table], "tables")
        for k, feature in enumerate(participant.requires):
            if feature not in features and tables_sound:
                at = path_of((*place, "requires", k))
                yield EventFault(at, f"expected a feature that some table has, found {show(feature)}")
        if participant.max_meetings is not None and participant.min_meetings > participant.max_meetings:
            found = f"expected at most max_meetings ({participant.max_meetings}), found {participant.min_meetings}"
            yield EventFault(path_of((*place, "min_meetings")), found)


def _meeting_faults(view: View) -> Iterable[EventFault]:
    sessions = {slot.session for _, slot in view.items["slots"]}
    sessions_known = len(view.items["slots"]) == len(view.ids["slots"]) and view.lists_known["slots"]
    statuses: dict[frozenset[str], str] = {}
    for i, meeting in view.items["meetings"]:
        place = ("meetings", i)
        yield from _pair_faults(view, (*place, "between"), meeting.between)
        pair = frozenset(meeting.between)
        if pair in statuses and (statuses[pair], meeting.status) != ("required", "required"):
            found = f"expected a pair listed once (or several times, always required), found {show(meeting.between)}"
            yield EventFault(path_of((*place, "between")), found)
        statuses[pair] = meeting.status
        if meeting.slot is not None:
            yield from _list_faults(view, (*place, "slot"), [meeting.slot], "slots")
        if meeting.session is not None and meeting.session not in sessions and sessions_known:
            at = path_of((*place, "session"))
            yield EventFault(at, f"expected the session of some slot, found {show(meeting.session)}")
        for k, other in enumerate(meeting.after):
            yield from _pair_faults(view, (*place, "after", k), other)
            if frozenset(other) == pair:
                at = path_of((*place, "after", k))
                yield EventFault(at, f"expected another pair, found {show(other)}, the pair itself")
        named = [(path_of((*place, "after", k)), show(sorted(other))) for k, other in enumerate(meeting.after)]
        yield from _repeated(named, "a pair named once")


def _affinity_faults(view: View) -> Iterable[EventFault]:
    seen: set[frozenset[str]] = set()
    known = view.known["participants"]
    for i, affinity in view.items["affinities"]:
        pair = frozenset(affinity.between)
        if len(pair) < 2 or not pair <= known:
            yield from _pair_faults(view, ("affinities", i, "between"), affinity.between)
        if pair in seen:
            at = path_of(("affinities", i, "between"))
            yield EventFault(at, f"expected a pair listed once, found {show(affinity.between)}")
        seen.add(pair)


def _same_person_faults(view: View) -> Iterable[EventFault]:
    delegates = {participant.id: participant.delegates for _, participant in view.items["participants"]}
    group_of: dict[str, int] = {}
    for g, group in enumerate(view.same_person):
        place = ("same_person", g)
        yield from _list_faults(view, place, group, "participants")
        for k, id in enumerate(group):
            at = path_of((*place, k))
            if group_of.setdefault(id, g) != g:
                elsewhere = path_of(("same_person", group_of[id]))
                yield EventFault(at, f"expected a participant of one group at most, found {show(id)} of {elsewhere}")
            if delegates.get(id, 1) > 1:
                found = f"expected a participant with delegates 1 (it is one person), found {show(id)}"
                yield EventFault(at, f"{found} with {delegates[id]}")


def _seated_faults(view: View) -> Iterable[EventFault]:
    seated = set(view.seated)
    yield from _repeated_in(("rules", "seated"), view.seated)
    for i, pair in enumerate(view.may_meet):
        if set(pair) <= seated:
            found = f"expected at most one kind of the pair in rules.seated, found {show(pair)}"
            yield EventFault(path_of(("may_meet", i)), f"{found}: who stays seated cannot go to another's table")
    tables = len(view.ids["tables"])
    staying = sum(p.kind in seated and not p.remote for _, p in view.items["participants"])
    if view.lists_known["tables"] and 0 < tables < staying:
        found = f"expected a table for each of the {staying} participants on site who stay seated, found {tables}"
        yield EventFault(path_of(("rules", "seated")), found)


def _pair_faults(view: View, place: Place, pair: tuple[str, str]) -> Iterable[EventFault]:
    if pair[0] == pair[1]:
        yield EventFault(path_of(place), f"expected two different participants, found {show(pair[0])} twice")
    known = view.known["participants"]
    for k, id in enumerate(pair):
        if id not in known and view.lists_known["participants"]:
            yield EventFault(path_of((*place, k)), f"expected the id of a participant, found {show(id)}")


def _list_faults(view: View, place: Place, ids: Sequence[str], collection: str) -> Iterable[EventFault]:
    """Yield a fault for each of ``ids`` that names nothing in ``collection``, or stands there twice."""
    if not ids:
        return
    known = view.known[collection]
    single = place[-1] in ("home_table", "slot")
    for k, id in enumerate(ids):
        if id not in known and view.lists_known[collection]:
            at = path_of(place if single else (*place, k))
            yield EventFault(at, f"expected the id of a {collection[:-1]}, found {show(id)}")
    yield from _repeated_in(place, ids)


def _repeated_in(place: Place, values: Sequence[str]) -> Iterable[EventFault]:
    return _repeated([(path_of((*place, k)), value) for k, value in enumerate(values)], "each entry once")


def _repeated(named: Sequence[tuple[str, str]], expected: str) -> list[EventFault]:
    seen: set[str] = set()
    faults = []
    for path, value in named:
        if value in seen:
            faults.append(EventFault(path, f"expected {expected}, found {show(value)} again"))
        seen.add(value)
    return faults
