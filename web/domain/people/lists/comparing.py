"""The rows of a list beside the participants that an event has: what is new, changed, doubtful or faulty."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from web.domain.memory import Memory
from web.domain.people.likeness import MOST_NEAR, Name, alike
from web.domain.people.lists.absent import intervals
from web.domain.people.lists.asked import held_answer, same_answer
from web.domain.people.lists.beside import COLUMNS, held_lines
from web.domain.people.lists.matching import PREFIX, Field
from web.domain.people.lists.rows import Draft, faults_of, same_text
from web.domain.text import letters_of
from web.models import Event, Registration

_SETS = ("needs", "offers", "themes", "requires")


class State(StrEnum):
    """What a row comes to."""

    FAULTY = "faulty"
    DOUBTFUL = "doubtful"
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


class Sign(StrEnum):
    """Why a row may be somebody who is there already."""

    NAME = "name"
    EMAIL = "email"
    COLLEAGUE = "colleague"
    SIREN = "siren"


@dataclass(frozen=True)
class Change:
    """A column of a participant that a row would make another."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Candidate:
    """A participant whom a doubtful row may be, why, and what it would change of them."""

    registration: Registration
    signs: tuple[Sign, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Line:
    """A row with what it comes to. `target`: whom it certainly is; `rows`: other rows that may be the same."""

    draft: Draft
    state: State
    target: Registration | None = None
    changes: tuple[Change, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    rows: tuple[int, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """All rows of a list. `digest` is another as soon as any of it is."""

    lines: Sequence[Line]
    digest: str

    def of(self, state: State) -> list[Line]:
        return [line for line in self.lines if line.state == state]


def compared(
    event: Event,
    drafts: Sequence[Draft],
    people: Sequence[Registration],
    colleagues: Mapping[int, Collection[str]],
    fields: Mapping[str, Field],
) -> Comparison:
    """What each of `drafts` comes to among `people`; `colleagues`: the addresses of theirs, by their numbers.

    Cost: as `web.domain.people.likeness.alike` of both together.
    """
    certain = _certain(drafts, people)
    near, twice = _near(drafts, people, certain, colleagues)
    lines = [_line(event, draft, certain.get(i), near[i], twice[i], drafts, fields) for i, draft in enumerate(drafts)]
    return Comparison(lines, _digest(lines))


def _certain(drafts: Sequence[Draft], people: Sequence[Registration]) -> dict[int, Registration]:
    """Whom the rows are beyond doubt, by place: the reference says so, or the name and nothing against it."""
    by_key = {one.key: one for one in people}
    by_name: dict[str, list[Registration]] = defaultdict(list)
    for one in people:
        by_name[letters_of(one.name)].append(one)
    found: dict[int, Registration] = {}
    for place, draft in enumerate(drafts):
        same = by_name.get(letters_of(draft.name), []) if letters_of(draft.name) else []
        kind = draft.values.get("kind")
        same = [one for one in same if _agrees(draft, one) and kind in (None, one.kind)]
        if len(same) > 1 and draft.values.get("email"):
            same = [one for one in same if one.email == draft.values["email"]]
        target = by_key.get(draft.key) or (same[0] if len(same) == 1 else None)
        if target is not None:
            found[place] = target
    # Two rows for one participant: the reference outweighs a name, else nobody is certain but the first.
    taken: dict[int, int] = {}
    for place, target in sorted(found.items(), key=lambda one: (drafts[one[0]].key != one[1].key, one[0])):
        if taken.setdefault(target.id, place) != place:
            del found[place]
    return found


def _agrees(draft: Draft, one: Registration) -> bool:
    siren = draft.values.get("siren")
    return not (siren and one.siren and siren != one.siren)


@dataclass
class _Near:
    """Why somebody, or another row, is near; by each sign the first few."""

    signs: dict[int, list[Sign]] = field(default_factory=lambda: defaultdict(list))
    count: Counter[Sign] = field(default_factory=Counter)

    def add(self, place: int, sign: Sign) -> None:
        if self.count[sign] < MOST_NEAR and sign not in self.signs[place]:
            self.signs[place].append(sign)
            self.count[sign] += 1

    def best(self) -> list[tuple[int, tuple[Sign, ...]]]:
        """The few with the most signs, in order."""
        found = sorted(self.signs.items(), key=lambda one: (-len(one[1]), one[0]))[:MOST_NEAR]
        return sorted((place, tuple(signs)) for place, signs in found if signs)


def _near(
    drafts: Sequence[Draft],
    people: Sequence[Registration],
    certain: Mapping[int, Registration],
    colleagues: Mapping[int, Collection[str]],
) -> tuple[list[list[tuple[Registration, tuple[Sign, ...]]]], list[list[int]]]:
    """By row: the participants it may be, and the earlier rows it may be, where it is nobody for certain.

    They are `MOST_NEAR` at most: one address or one name may stand in each row.
    """
    first = len(people)
    names = [one.name for one in people] + [draft.name for draft in drafts]
    emails = [one.email for one in people] + [draft.values.get("email") for draft in drafts]
    sirens = [one.siren for one in people] + [draft.values.get("siren") for draft in drafts]
    near = [_Near() for _name in names]
    addressed: dict[str, list[int]] = defaultdict(list)
    for row, email in enumerate(emails[first:], first):
        addressed[email or ""].append(row)
    for a, b in _alike.get(tuple(names), lambda: _alike_among(names)):
        if not (sirens[a] and sirens[b] and sirens[a] != sirens[b]):
            near[b].add(a, Sign.NAME)
    for sign, keys in ((Sign.SIREN, sirens), (Sign.EMAIL, emails)):
        rooms: dict[str, list[int]] = defaultdict(list)
        for place, key in enumerate(keys):
            if key:
                if place >= first:
                    for other in rooms[key]:
                        near[place].add(other, sign)
                if len(rooms[key]) < MOST_NEAR:
                    rooms[key].append(place)
    for place, one in enumerate(people):
        for email in colleagues.get(one.id, ()):
            for row in addressed[email]:
                near[row].add(place, Sign.COLLEAGUE)
    # Who is certainly another row's participant is no candidate; that row is the same then.
    row_of = {one.id: place for place, one in certain.items()}
    candidates: list[list[tuple[Registration, tuple[Sign, ...]]]] = [[] for _draft in drafts]
    twice: list[list[int]] = [[] for _draft in drafts]
    for place in range(len(drafts)):
        if place in certain:
            continue
        for other, signs in near[first + place].best():
            if other >= first:
                twice[place].append(other - first)
            elif people[other].id in row_of:
                twice[place].append(row_of[people[other].id])
            else:
                candidates[place].append((people[other], signs))
        twice[place] = sorted(set(twice[place]))
    return candidates, twice


# The page of the rows, and what is sent from it, compare the same names.
_alike: Memory[list[tuple[int, int]]] = Memory(most=4)


def _alike_among(names: Sequence[str]) -> list[tuple[int, int]]:
    named = [place for place, name in enumerate(names) if letters_of(name)]
    return [(named[a], named[b]) for a, b in alike([Name.of(names[place]) for place in named])]


def _line(
    event: Event,
    draft: Draft,
    target: Registration | None,
    near: Sequence[tuple[Registration, tuple[Sign, ...]]],
    twice: Sequence[int],
    drafts: Sequence[Draft],
    fields: Mapping[str, Field],
) -> Line:
    faults = tuple(faults_of(draft, event, target, fields))
    if faults:
        return Line(draft, State.FAULTY, target, faults=faults)
    if target is not None:
        changes = changes_of(draft, target)
        state = State.CHANGED if changes or draft.undecided else State.SAME
        return Line(draft, state, target, changes)
    if near or twice:
        candidates = tuple(Candidate(one, signs, changes_of(draft, one)) for one, signs in near)
        return Line(draft, State.DOUBTFUL, None, (), candidates, tuple(drafts[place].number for place in twice))
    return Line(draft, State.NEW)


def changes_of(draft: Draft, one: Registration) -> tuple[Change, ...]:
    """What `draft` says other than `one` does; an empty cell says nothing."""
    return tuple(
        Change(name, held(one, name), value)
        for name, value in draft.values.items()
        if not _same(name, held(one, name), value)
    )


def held(one: Registration, name: str) -> Any:
    """What `one` has in the column `name` of a list."""
    if name.startswith(PREFIX):
        return held_answer(one, name)
    return held_lines(one, name) if name in COLUMNS else getattr(one, name)


def _same(name: str, old: Any, new: Any) -> bool:
    if name.startswith(PREFIX):
        return same_answer(old, new)
    if name in _SETS:
        return set(old) == set(new)
    if name in COLUMNS:
        return bool(old == new)
    if name == "absences":
        return set(intervals(old)) == set(new)
    return same_text(name, old, new)


def used_words(people: Iterable[Registration]) -> dict[str, list[str]]:
    """The words that these participants have, by topic, each once."""
    people = list(people)

    def once(values: Iterable[str | None]) -> list[str]:
        return list(dict.fromkeys(filter(None, values)))

    return {
        "items": once(code for one in people for code in (*one.needs, *one.offers)),
        "themes": once(code for one in people for code in one.themes),
        "zones": once(one.zone for one in people),
        "features": once(code for one in people for code in one.requires),
        "kinds": once(one.kind for one in people),
    }


def _digest(lines: Collection[Line]) -> str:
    """A short text that is the same as long as the rows come to the same."""
    told = [
        [
            line.draft.number,
            line.state,
            line.target.id if line.target else 0,
            [[one.name, one.old, one.new] for one in line.changes],
            [
                [one.registration.id, [[each.name, each.old, each.new] for each in one.changes]]
                for one in line.candidates
            ],
            line.rows,
            # Of somebody new, and of a question that is asked no more.
            line.draft.values,
        ]
        for line in lines
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]
