"""What a valid event probably does not mean: nothing can happen in it, or something that it says is lost.

Warnings are values; ``scheduler.wording.warnings`` has their words. None of them is proof of a mistake, so the event
is taken as it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

from scheduler.format.clock import offsets, written_offset
from scheduler.format.event import Event, Participant
from scheduler.format.score import may_meet
from scheduler.format.text import look, nearest

Code = Literal[
    "nobody",
    "kinds_never_meet",
    "kind_meets_nobody",
    "no_common_slot",
    "no_reason_to_meet",
    "wishes_never_met",
    "home_table_delegates",
    "seated_delegates",
    "seated_nobody",
    "one_person_alone",
    "hour_twice",
    "near_label",
]
# The kinds of the format's own default, as French workbooks name them.
_IN_FRENCH = {"entreprise": "company", "société": "company", "association": "association"}
# From this likeness on two labels are probably one, misspelt.
_MISSPELT = 0.85
# More comparisons of labels than this would take longer than a second.
_MOST_COMPARED = 20_000


@dataclass(frozen=True, slots=True)
class EventWarning:
    """One thing that the event probably does not mean: ``path`` says where, ``values`` what its words are told with."""

    code: Code
    path: str
    values: Mapping[str, Any] = field(default_factory=dict)


def warnings_of(event: Event) -> tuple[EventWarning, ...]:
    """Return the warnings of ``event``, in the order of what they cost; empty where it seems to mean what it says.

    Cost: linear in the event, and a comparison of its distinct labels.
    """
    return (
        *_nothing_can_happen(event),
        *_lost_delegates(event),
        *_lost_rules(event),
        *_hours_that_come_twice(event),
        *_near_labels(event),
    )


# Nothing can happen


def _nothing_can_happen(event: Event) -> Iterator[EventWarning]:
    people = Counter(participant.kind for participant in event.participants)
    if len(event.participants) < 2:
        yield EventWarning("nobody", "participants", {"count": len(event.participants)})
        return
    eligible = {frozenset(rule.between) for rule in event.meetings if rule.status != "forbidden"}
    kinds = {pair for pair in map(frozenset, event.may_meet) if _are_there(pair, people)}
    if not kinds and not eligible:
        yield EventWarning("kinds_never_meet", "may_meet", _kinds(event, people))
        return
    yield from _kinds_that_meet_nobody(event, people)
    if not _somebody_shares_a_slot(event, kinds, eligible):
        yield EventWarning("no_common_slot", "participants")
    elif not eligible and not _has_a_reason(event):
        yield EventWarning("no_reason_to_meet", "participants", {"given": event.affinities is not None})
    yield from _wishes_in_vain(event, eligible)


def _are_there(kinds: frozenset[str], people: Counter[str]) -> bool:
    """Return whether two participants of these kinds (one kind: two of it) take part."""
    return all(people[kind] >= (2 if len(kinds) == 1 else 1) for kind in kinds)


def _kinds(event: Event, people: Counter[str]) -> dict[str, Any]:
    known = dict.fromkeys(kind for pair in event.may_meet for kind in pair)
    strange = [kind for kind in people if kind not in known]
    comparable = len(strange) * len(known) <= _MOST_COMPARED
    near = {kind: _meant(kind, known) for kind in strange} if comparable else {}
    return {
        "kinds": dict(people),
        "may_meet": [list(pair) for pair in event.may_meet],
        "near": {kind: other for kind, other in near.items() if other is not None},
    }


def _meant(kind: str, known: Collection[str]) -> str | None:
    """Return the known kind that ``kind`` is probably another word or spelling for."""
    french = _IN_FRENCH.get(look(kind).removesuffix("s"))
    return french if french is not None and french in known else nearest(kind, known)


def _kinds_that_meet_nobody(event: Event, people: Counter[str]) -> Iterator[EventWarning]:
    known = {kind for pair in event.may_meet for kind in pair}
    involved = {event.participant(id).kind for rule in event.meetings for id in rule.between}
    told: dict[str, Any] = {}
    for i, participant in enumerate(event.participants):
        kind = participant.kind
        if kind not in known and kind not in involved:
            # Told once for each kind, where it comes first.
            involved.add(kind)
            told = told or _kinds(event, people)
            values = {**told, "kind": kind, "count": people[kind]}
            yield EventWarning("kind_meets_nobody", f"participants[{i}].kind", values)


def _somebody_shares_a_slot(event: Event, kinds: set[frozenset[str]], eligible: set[frozenset[str]]) -> bool:
    slots = {slot.id for slot in event.slots}
    there: dict[str, Counter[str]] = defaultdict(Counter)
    for participant in event.participants:
        for slot in slots.difference(participant.unavailable):
            there[slot][participant.kind] += 1
    if any(_are_there(pair, present) for present in there.values() for pair in kinds):
        return True
    away = {participant.id: participant.unavailable for participant in event.participants}
    return any(slots.difference(*(away[id] for id in pair)) for pair in eligible)


def _has_a_reason(event: Event) -> bool:
    """Return whether some pair that may meet is given a score, or may earn one by the formula."""
    if event.affinities is not None:
        return any(may_meet(event, *map(event.participant, given.between)) for given in event.affinities)
    weights = event.rules.weights
    of_kind: dict[str, list[Participant]] = defaultdict(list)
    for participant in event.participants:
        of_kind[participant.kind].append(participant)
    for pair in event.may_meet:
        sides = [of_kind[kind] for kind in pair]
        for asking, offering in (sides, sides[::-1]):
            needs, offers = (_all(one.needs for one in asking), _all(one.offers for one in offering))
            if weights.need and needs & offers:
                return True
            if weights.category and {_category(need) for need in needs} & {_category(offer) for offer in offers}:
                return True
        themes = [_all(one.themes for one in side) for side in sides]
        if weights.theme and weights.themes_counted and themes[0] & themes[1]:
            return True
    return any(
        may_meet(event, participant, event.participant(id))
        for participant in event.participants
        for id in participant.wishes
        if weights.wish_first or weights.wish_last
    )


def _all(lists: Iterable[Iterable[str]]) -> set[str]:
    return {item for items in lists for item in items}


def _category(item: str) -> str:
    return item.partition(".")[0]


def _wishes_in_vain(event: Event, eligible: set[frozenset[str]]) -> Iterator[EventWarning]:
    wishes = [(participant, event.participant(id)) for participant in event.participants for id in participant.wishes]
    if wishes and not any(may_meet(event, *pair) or frozenset(one.id for one in pair) in eligible for pair in wishes):
        between = dict.fromkeys(tuple(sorted((one.kind, other.kind))) for one, other in wishes)
        values = {"count": len(wishes), "between": [list(pair) for pair in between]}
        yield EventWarning("wishes_never_met", "may_meet", values)


# Something is lost


def _lost_delegates(event: Event) -> Iterator[EventWarning]:
    if not event.tables:
        return
    for i, participant in enumerate(event.participants):
        if participant.delegates < 2 or participant.remote:
            continue
        values = {"who": participant.label, "id": participant.id, "delegates": participant.delegates}
        if participant.home_table is not None:
            values["table"] = event.tables[event.table_index[participant.home_table]].label
            yield EventWarning("home_table_delegates", f"participants[{i}].home_table", values)
        elif participant.kind in event.rules.seated:
            yield EventWarning("seated_delegates", f"participants[{i}].delegates", values)


def _lost_rules(event: Event) -> Iterator[EventWarning]:
    """Yield kinds that stay seated and are probably another word for one that takes part, and groups of one."""
    people = {participant.kind for participant in event.participants}
    for i, kind in enumerate(event.rules.seated):
        near = None if kind in people else _meant(kind, people)
        if near is not None:
            yield EventWarning("seated_nobody", f"rules.seated[{i}]", {"kind": kind, "near": near})
    for g, group in enumerate(event.same_person):
        if len(group) < 2:
            yield EventWarning("one_person_alone", f"same_person[{g}]", {"who": event.participant(group[0]).label})


def _hours_that_come_twice(event: Event) -> Iterator[EventWarning]:
    zone = ZoneInfo(event.timezone)
    for i, slot in enumerate(event.slots):
        found = offsets(slot.start, zone)
        if len(found) == 2:
            told = f"{slot.start:%Y-%m-%dT%H:%M}{written_offset(found[slot.start.fold])}"
            other = written_offset(found[1 - slot.start.fold])
            yield EventWarning("hour_twice", f"slots[{i}].start", {"slot": slot.id, "start": told, "other": other})


def _near_labels(event: Event) -> Iterator[EventWarning]:
    """Yield labels that nobody answers and that are spelt nearly as one that somebody does."""
    needs, offers, themes = Counter[str](), Counter[str](), Counter[str]()
    zones = Counter(one.zone for one in event.participants if one.zone is not None)
    for participant in event.participants:
        needs.update(participant.needs)
        offers.update(participant.offers)
        themes.update(participant.themes)
    yield from _misspelt(event, "needs", needs, offers)
    yield from _misspelt(event, "offers", offers, needs)
    yield from _misspelt(event, "themes", themes, themes)
    yield from _misspelt(event, "zone", zones, zones)


def _as_a_list(label: str, answers: Counter[str]) -> str | None:
    """Return ``label`` with semicolons where commas part what others answer one by one."""
    parts = [part.strip() for part in label.split(",")]
    return "; ".join(parts) if len(parts) > 1 and any(answers[part] for part in parts) else None


def _misspelt(event: Event, name: str, labels: Counter[str], answers: Counter[str]) -> Iterator[EventWarning]:
    """Yield each of ``labels`` that nobody answers and that is nearly one of ``answers``."""
    alone = [label for label in labels if answers[label] <= (labels is answers)]
    if not alone or len(alone) * len(answers) > _MOST_COMPARED:
        return
    first = _first_places(event, name)
    for label in alone:
        known = [other for other in answers if answers[other] > 1 or labels is not answers]
        near = _as_a_list(label, answers)
        if near is None:
            near = nearest(label, known, _MISSPELT)
            # Of two spellings the rarer is the wrong one; of two that are as rare the need is told, once.
            if near is None or labels[label] >= answers[near] + (name == "needs"):
                continue
        i, k = first[label]
        path = f"participants[{i}].{name}" + (f"[{k}]" if name != "zone" else "")
        values = {"what": name, "label": label, "near": near, "id": event.participants[i].id}
        yield EventWarning("near_label", path, values)


def _first_places(event: Event, name: str) -> dict[str, tuple[int, int]]:
    """Return for each label of a field the first participant that has it, and where in its list."""
    found: dict[str, tuple[int, int]] = {}
    for i, participant in enumerate(event.participants):
        own = (participant.zone,) if name == "zone" else getattr(participant, name)
        for k, label in enumerate(own):
            found.setdefault(label, (i, k))
    return found
