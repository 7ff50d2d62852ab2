"""Faults that no single field of an event file shows: references, order, contradictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from scheduler.format.clock import instant, offsets, written_offset
from scheduler.format.errors import EventFault
from scheduler.format.faults import path_of, show
from scheduler.format.sentence import Sentence, expected
from scheduler.format.text import Alikes, differing_character

if TYPE_CHECKING:
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

    @cached_property
    def alikes(self) -> Mapping[str, Alikes]:
        return {name: Alikes([id for _, id in named]) for name, named in self.ids.items()}

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
    def of_sound_parts(raw: Mapping[str, Any], items: Mapping[str, Sequence[tuple[int, Any]]]) -> View:
        """Return the view of a file of which ``items`` are sound, each list's with their places in it."""
        ids: dict[str, list[tuple[int, str]]] = {}
        for name in _WITH_IDS:
            values = raw.get(name)
            listed = enumerate(values) if isinstance(values, list | tuple) else ()
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


def reference_faults(view: View) -> Iterator[EventFault]:
    """Yield the faults that no single field shows: ids, order, contradictions. Cost: linear, faults included."""
    if view.timezone is not None and view.timezone not in _ZONES:
        yield EventFault("timezone", expected("known_zone", "found", found=show(view.timezone)))
    for name in _WITH_IDS:
        yield from _repeated((((name, i, "id"), id) for i, id in view.ids[name]), "id_once")
    yield from _slot_faults(view)
    yield from _facilitator_faults(view)
    yield from _participant_faults(view)
    yield from _meeting_faults(view)
    yield from _affinity_faults(view)
    kinds = ((("may_meet", i), show(sorted(pair))) for i, pair in enumerate(view.may_meet))
    yield from _repeated(kinds, "kinds_once")
    yield from _same_person_faults(view)
    yield from _seated_faults(view)
    for i, (before, points) in enumerate(pairwise(view.coverage)):
        if points > before:
            message = expected("at_most_points_before", "found", before=before, found=points)
            yield EventFault(path_of(("rules", "coverage", i + 1)), message)


def unknown_id(what: str, id: str, known: Iterable[str] | Alikes) -> Sentence:
    """Return what to say of ``id``, which names no ``what`` (participant, slot, table): where one looks the same, how
    the two differ.
    """
    return _unknown(f"{what}_id", id, known if isinstance(known, Alikes) else Alikes(known))


def _unknown(what: str, found: str, known: Alikes) -> Sentence:
    alike = known.of(found)
    if alike is None:
        return expected(what, "found", found=show(found))
    return expected(
        what, "found_looks_like", found=show(found), alike=show(alike), character=differing_character(found, alike)
    )


def _slot_faults(view: View) -> Iterable[EventFault]:
    zone = ZoneInfo(view.timezone) if view.timezone in _ZONES else None
    spans = []
    for i, slot in view.items["slots"]:
        clocks = [
            EventFault(path_of(("slots", i, name)), message)
            for name in ("start", "end")
            for message in _clock_faults(getattr(slot, name), zone)
        ]
        yield from clocks
        if clocks:
            continue
        start = _comparable(slot.start, zone)
        end = _comparable(slot.end, zone, after=start)
        spans.append((i, slot, start, end))
        if end <= start:
            message = expected("time_after", "found", start=slot.start.isoformat(), found=slot.end.isoformat())
            yield EventFault(path_of(("slots", i, "end")), message)
    for (_, before, _, over), (i, slot, start, _) in pairwise(spans):
        if start < over:
            message = expected("time_in_order", "found", over=before.end.isoformat(), found=slot.start.isoformat())
            yield EventFault(path_of(("slots", i, "start")), message)


def _comparable(moment: datetime, zone: ZoneInfo | None, after: datetime | None = None) -> datetime:
    """Return the instant of ``moment``, or the time on the wall where the zone is not known."""
    return moment.replace(tzinfo=UTC) if zone is None else instant(moment, zone, after=after)


def _clock_faults(moment: datetime, zone: ZoneInfo | None) -> Iterable[Sentence]:
    """Yield what is wrong with a time that no clock in ``zone`` shows, and with an offset that says nothing."""
    if zone is None:
        return
    possible, given = offsets(moment, zone), moment.utcoffset()
    told = moment.isoformat(timespec="seconds" if moment.second else "minutes")
    if not possible:
        yield expected("time_that_clocks_show", "found_in_skipped_hour", zone=zone.key, found=told)
    elif given is not None and len(possible) == 1:
        yield expected("local_time_without_offset", "found", found=told)
    elif given is not None and given not in possible:
        first, second = map(written_offset, possible)
        yield expected("one_of_two_offsets", "found", first=first, second=second, zone=zone.key, found=told)


def _facilitator_faults(view: View) -> Iterable[EventFault]:
    for i, facilitator in view.items["facilitators"]:
        yield from _list_faults(view, ("facilitators", i, "unavailable"), facilitator.unavailable, "slots")


def _participant_faults(view: View) -> Iterable[EventFault]:
    features = {feature for _, table in view.items["tables"] for feature in table.features}
    features_alike = Alikes(features)
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
                yield EventFault(at, expected("another_participant", "found_itself", found=show(participant.id)))
        if participant.home_table is not None:
            yield from _list_faults(view, (*place, "home_table"), [participant.home_table], "tables")
        for k, feature in enumerate(participant.requires):
            if feature not in features and tables_sound:
                at = path_of((*place, "requires", k))
                yield EventFault(at, _unknown("feature_of_table", feature, features_alike))
        if participant.max_meetings is not None and participant.min_meetings > participant.max_meetings:
            most, least = participant.max_meetings, participant.min_meetings
            message = expected("at_most_max_meetings", "found", most=most, found=least)
            yield EventFault(path_of((*place, "min_meetings")), message)


def _meeting_faults(view: View) -> Iterable[EventFault]:
    sessions = {slot.session for _, slot in view.items["slots"]}
    sessions_known = len(view.items["slots"]) == len(view.ids["slots"]) and view.lists_known["slots"]
    sessions_alike = Alikes([session for session in sessions if session is not None])
    statuses: dict[frozenset[str], str] = {}
    for i, meeting in view.items["meetings"]:
        place = ("meetings", i)
        yield from _pair_faults(view, (*place, "between"), meeting.between)
        pair = frozenset(meeting.between)
        if pair in statuses and (statuses[pair], meeting.status) != ("required", "required"):
            message = expected("pair_listed_once_or_required", "found", found=show(meeting.between))
            yield EventFault(path_of((*place, "between")), message)
        statuses[pair] = meeting.status
        if meeting.slot is not None:
            yield from _list_faults(view, (*place, "slot"), [meeting.slot], "slots")
        if meeting.session is not None and meeting.session not in sessions and sessions_known:
            at = path_of((*place, "session"))
            yield EventFault(at, _unknown("session_of_slot", meeting.session, sessions_alike))
        for k, other in enumerate(meeting.after):
            yield from _pair_faults(view, (*place, "after", k), other)
            if frozenset(other) == pair:
                at = path_of((*place, "after", k))
                yield EventFault(at, expected("another_pair", "found_pair_itself", found=show(other)))
        named = (((*place, "after", k), show(sorted(other))) for k, other in enumerate(meeting.after))
        yield from _repeated(named, "pair_named_once")


def _affinity_faults(view: View) -> Iterable[EventFault]:
    seen: set[frozenset[str]] = set()
    known = view.known["participants"]
    for i, affinity in view.items["affinities"]:
        pair = frozenset(affinity.between)
        if len(pair) < 2 or not pair <= known:
            yield from _pair_faults(view, ("affinities", i, "between"), affinity.between)
        if pair in seen:
            at = path_of(("affinities", i, "between"))
            yield EventFault(at, expected("pair_listed_once", "found", found=show(affinity.between)))
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
                found = {"found": show(id), "elsewhere": elsewhere}
                yield EventFault(at, expected("one_group_at_most", "found_in_other_group", **found))
            if delegates.get(id, 1) > 1:
                yield EventFault(
                    at, expected("one_person_one_delegate", "found_with_delegates", found=show(id), count=delegates[id])
                )


def _seated_faults(view: View) -> Iterable[EventFault]:
    seated = set(view.seated)
    yield from _repeated_in(("rules", "seated"), view.seated)
    for i, pair in enumerate(view.may_meet):
        if set(pair) <= seated:
            yield EventFault(path_of(("may_meet", i)), expected("one_seated_kind_of_pair", "found", found=show(pair)))
    tables = len(view.ids["tables"])
    staying = sum(p.kind in seated and not p.remote for _, p in view.items["participants"])
    if view.lists_known["tables"] and 0 < tables < staying:
        yield EventFault(
            path_of(("rules", "seated")), expected("table_for_each_seated", "found", count=staying, found=tables)
        )


def _pair_faults(view: View, place: Place, pair: tuple[str, str]) -> Iterable[EventFault]:
    if pair[0] == pair[1]:
        message = expected("two_participants", "found_twice", found=show(pair[0]))
        yield EventFault(path_of(place), message)
    known = view.known["participants"]
    for k, id in enumerate(pair):
        if id not in known and view.lists_known["participants"]:
            yield EventFault(path_of((*place, k)), unknown_id("participant", id, view.alikes["participants"]))


def _list_faults(view: View, place: Place, ids: Sequence[str], collection: str) -> Iterable[EventFault]:
    """Yield a fault for each of ``ids`` that names nothing in ``collection``, or stands there twice."""
    if not ids:
        return
    known = view.known[collection]
    single = place[-1] in ("home_table", "slot")
    for k, id in enumerate(ids):
        if id not in known and view.lists_known[collection]:
            at = path_of(place if single else (*place, k))
            yield EventFault(at, unknown_id(collection[:-1], id, view.alikes[collection]))
    yield from _repeated_in(place, ids)


def _repeated_in(place: Place, values: Sequence[str]) -> Iterable[EventFault]:
    if len(set(values)) < len(values):
        yield from _repeated((((*place, k), value) for k, value in enumerate(values)), "entry_once")


def _repeated(named: Iterable[tuple[Place, str]], once: str) -> Iterator[EventFault]:
    seen: set[str] = set()
    for place, value in named:
        if value in seen:
            yield EventFault(path_of(place), expected(once, "found_again", found=show(value)))
        seen.add(value)
