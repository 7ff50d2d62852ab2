"""The event as arrays of integers: what every algorithm reads.

A *unit* is one meeting that may be held: an eligible pair, or one of the several entries of a pair that is required
several times. Algorithms choose units, slots and tables by position; ids come back only when the schedule is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from scheduler.format.event import Event, MeetingRule
from scheduler.format.score import score_pair
from scheduler.problem.rows import most_busy, windows_of
from scheduler.problem.staying import AnyTable, for_whom_it_matters, with_tables_chosen

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NO_TABLE = -1


@dataclass(frozen=True)
class Problem:
    """An event as integers. P participants, S slots, T tables, U units, K table types.

    Attributes
    ----------
    a, b : int [U], the two participants of each unit, ``a < b`` by position.
    score : int [U], points earned where the unit is held.
    required : bool [U]
    allowed : bool [U, S], the slots in which the unit may be held (both there, fixed slot, session, facilitator there).
    table_type : int [U], position in ``table_types``; ``NO_TABLE`` online and where the event names no tables.
    table_types : K tuples of table positions at which such a meeting may be held.
    facilitated : bool [U], whether the meeting takes a facilitator.
    available : bool [P, S]
    delegates, minimum, maximum : int [P]; ``maximum`` is never more than presence and pauses allow.
    person : int [P], the same position for participants who are one person: at most ``delegates`` meetings a slot
        in all. Whoever is in no such group has its own position.
    row_windows : sets of slots in a row, in each of which every person has at least one slot without a meeting.
    coverage : int [C], what the first, second… meeting of a participant earns, not increasing.
    free_facilitators : int [S]
    day : int [S], 0 for the first date of the event.
    after : pairs of units ``(later, earlier)``: where both are held, the second is in a strictly earlier slot.
    twins : groups of units of one pair, at most one of which is held in a slot.
    break_difference : the largest difference allowed between the breaks of two participants, or ``None``.
    rule : int [U], position in ``event.meetings`` of the entry that the unit comes from, -1 where there is none.
    impossible : the required units' rules that no slot or table can satisfy, as positions in ``event.meetings``.
    seated : bool [P], whether the participant stays at one table on a day (never where the event names no tables).
    stays : int [P, D], the table at which somebody seated is known to stay on a day, by what has happened; else -1.
    undecided : the seated participants for whom it matters at which table they are, and is not chosen yet.
    any_table : what ``table_type``, ``table_types`` and ``allowed`` are before tables are chosen for the seated;
        ``None`` where these were not narrowed by a choice.
    """

    event: Event
    a: IntArray
    b: IntArray
    score: IntArray
    required: BoolArray
    allowed: BoolArray
    table_type: IntArray
    table_types: tuple[tuple[int, ...], ...]
    facilitated: BoolArray
    available: BoolArray
    delegates: IntArray
    person: IntArray
    row_windows: tuple[tuple[int, ...], ...]
    minimum: IntArray
    maximum: IntArray
    coverage: IntArray
    free_facilitators: IntArray
    day: IntArray
    after: tuple[tuple[int, int], ...]
    twins: tuple[tuple[int, ...], ...]
    break_difference: int | None
    rule: IntArray
    impossible: tuple[int, ...]
    seated: BoolArray
    stays: IntArray
    undecided: IntArray
    any_table: AnyTable | None = None

    @property
    def widest(self) -> Problem:
        """The same with the tables of the seated left open: what limits are proven from; itself where none is chosen.

        A placement legal here is legal there. The other way round only the exact model sees all that is asked.
        """
        if self.any_table is None:
            return self
        wide = self.any_table
        return replace(
            self,
            table_type=wide.table_type,
            table_types=wide.table_types,
            allowed=wide.allowed,
            undecided=wide.undecided,
            any_table=None,
        )

    @property
    def most_in_window(self) -> int:
        """In how many slots of each of ``row_windows`` a person may have meetings."""
        return len(self.row_windows[0]) - 1 if self.row_windows else self.slots

    @cached_property
    def joins(self) -> int:
        """The slots that go on a row which may be too long, as bits: see ``rows.too_long``. 0 where no row may be."""
        return sum(1 << s for s in {s for window in self.row_windows for s in window[1:]})

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The participants who are one person, by position, the first of each group first."""
        shared = np.unique(self.person[self.person != np.arange(self.participants)])
        return tuple(tuple(np.flatnonzero(self.person == first).tolist()) for first in shared)

    @cached_property
    def room(self) -> IntArray:
        """How many meetings presence, delegates and pauses leave each participant at most: int [P]."""
        return most_busy(self.available, self.row_windows) * np.minimum(self.delegates, self.participants)

    @property
    def participants(self) -> int:
        return len(self.delegates)

    @property
    def slots(self) -> int:
        return len(self.day)

    @property
    def tables(self) -> int:
        """The number of tables; 0 means that the event names none and every meeting finds a place."""
        return len(self.event.tables)

    @property
    def units(self) -> int:
        return len(self.a)

    @cached_property
    def units_of(self) -> tuple[IntArray, ...]:
        """For each participant the units it takes part in, ascending."""
        ends = np.concatenate([self.a, self.b])
        order = np.argsort(ends, kind="stable")
        units = np.concatenate([np.arange(self.units), np.arange(self.units)])[order]
        cuts = np.searchsorted(ends[order], np.arange(1, self.participants))
        return tuple(np.sort(part) for part in np.split(units, cuts)[: self.participants])

    @cached_property
    def sides(self) -> IntArray | None:
        """For each participant 0 or 1 so that every unit joins a 0 with a 1; ``None`` where no such sides exist."""
        side = np.full(self.participants, -1, dtype=np.int64)
        partners = [np.where(self.a[units] == p, self.b[units], self.a[units]) for p, units in enumerate(self.units_of)]
        for start in range(self.participants):
            if side[start] >= 0:
                continue
            side[start] = 0
            waiting = [start]
            while waiting:
                p = waiting.pop()
                for q in partners[p].tolist():
                    if side[q] < 0:
                        side[q] = 1 - side[p]
                        waiting.append(q)
                    elif side[q] == side[p]:
                        return None
        return side

    def earned_by(self, meetings: IntArray) -> IntArray:
        """Return what a participant earns for holding so many ``meetings``, for each number of any array of them."""
        earned = np.concatenate([[0], np.cumsum(self.coverage)])
        return np.asarray(earned[np.minimum(meetings, len(self.coverage))], dtype=np.int64)

    def earned_after(self, meetings: IntArray) -> IntArray:
        """Return what one meeting more earns a participant that holds so many ``meetings`` (0 or more) already."""
        return np.append(self.coverage, 0)[np.minimum(meetings, len(self.coverage))]

    def coverage_of(self, meetings: IntArray) -> int:
        """Return what all participants together earn for holding ``meetings`` [P] meetings each."""
        return int(self.earned_by(meetings).sum())

    def degrees(self, units: IntArray) -> IntArray:
        """Return the number of meetings [P] of each participant when ``units`` are held."""
        ends = np.concatenate([self.a[units], self.b[units]])
        return np.bincount(ends, minlength=self.participants).astype(np.int64)

    def shortfall_of(self, units: IntArray) -> int:
        """Return tier 1 when ``units`` are held."""
        return int(np.maximum(self.minimum - self.degrees(units), 0).sum())

    def value_of(self, units: IntArray) -> int:
        """Return tier 2 when ``units`` are held."""
        return int(self.score[units].sum()) + self.coverage_of(self.degrees(units))


@dataclass(frozen=True, slots=True)
class _Candidate:
    a: int
    b: int
    score: int
    required: bool
    rule: int | None


def build_problem(event: Event) -> Problem:
    """Return ``event`` as arrays. Units that no slot or table can take are left out, required ones noted.

    Cost: O(pairs of kinds that may meet x profile size) without given affinities, else linear in the file.
    """
    candidates = list(_candidates(event))
    rules = event.meetings
    available = np.ones((len(event.participants), len(event.slots)), dtype=np.bool_)
    for p, participant in enumerate(event.participants):
        available[p, [event.slot_index[id] for id in participant.unavailable]] = False
    free = np.array([sum(s.id not in f.unavailable for f in event.facilitators) for s in event.slots], dtype=np.int64)
    a = np.array([c.a for c in candidates], dtype=np.int64)
    b = np.array([c.b for c in candidates], dtype=np.int64)
    allowed = available[a] & available[b]
    helped = np.array([participant.needs_facilitator for participant in event.participants], dtype=np.bool_)
    facilitated = helped[a] | helped[b]
    allowed[facilitated] &= free > 0
    sessions = np.array([slot.session or "" for slot in event.slots])
    for u, candidate in enumerate(candidates):
        if candidate.rule is not None:
            _confine(allowed[u], rules[candidate.rule], event, sessions)
    table_types, table_type = _table_types(event, a, b)
    suited = np.array([bool(places) for places in table_types] + [True], dtype=np.bool_)
    vetoed = _vetoed(event)
    willing = np.array([(c.a, c.b) not in vetoed for c in candidates], dtype=np.bool_)
    person = _persons(event)
    possible = allowed.any(axis=1) & suited[table_type] & willing & (person[a] != person[b])
    impossible = tuple(
        c.rule for c, ok in zip(candidates, possible, strict=True) if c.required and not ok and c.rule is not None
    )
    kept = np.flatnonzero(possible)
    candidates = [candidates[u] for u in kept]
    dates = [slot.start.date() for slot in event.slots]
    delegates = np.array([participant.delegates for participant in event.participants], dtype=np.int64)
    windows = windows_of(event)
    room = most_busy(available, windows) * np.minimum(delegates, len(event.participants))
    day = np.array([sorted(set(dates)).index(date) for date in dates], dtype=np.int64)
    seated = _seated(event)
    problem = Problem(
        event=event,
        a=a[kept],
        b=b[kept],
        score=np.array([c.score for c in candidates], dtype=np.int64),
        required=np.array([c.required for c in candidates], dtype=np.bool_),
        allowed=allowed[kept],
        table_type=table_type[kept],
        table_types=table_types,
        facilitated=facilitated[kept],
        available=available,
        delegates=delegates,
        person=person,
        row_windows=windows,
        minimum=np.array([participant.min_meetings for participant in event.participants], dtype=np.int64),
        maximum=np.array(
            [
                r if p.max_meetings is None else min(r, p.max_meetings)
                for p, r in zip(event.participants, room.tolist(), strict=True)
            ],
            dtype=np.int64,
        ),
        coverage=np.array(event.rules.coverage, dtype=np.int64),
        free_facilitators=free,
        day=day,
        after=tuple(_after(event, candidates)),
        twins=tuple(_twins(candidates)),
        break_difference=event.rules.max_break_difference,
        rule=np.array([-1 if c.rule is None else c.rule for c in candidates], dtype=np.int64),
        impossible=impossible,
        seated=seated,
        stays=np.full((len(event.participants), int(day.max()) + 1), NO_TABLE, dtype=np.int64),
        undecided=np.zeros(0, dtype=np.int64),
    )
    return with_tables_chosen(replace(problem, undecided=for_whom_it_matters(problem)))


def _candidates(event: Event) -> Iterator[_Candidate]:
    """Yield every eligible pair, and each entry of a pair required several times."""
    index = event.participant_index
    ruled: dict[tuple[int, int], list[int]] = defaultdict(list)
    for r, rule in enumerate(event.meetings):
        ruled[_ordered(index[rule.between[0]], index[rule.between[1]])].append(r)
    vetoed = _vetoed(event)
    scores = _scores(event)
    for pair, score in scores.items():
        if pair not in ruled and pair not in vetoed:
            yield _Candidate(*pair, score, False, None)
    # Such pairs are eligible whatever their kinds, but worth what they are worth.
    worth = _worth(event, ruled)
    for pair, entries in ruled.items():
        for r in entries:
            status = event.meetings[r].status
            # A veto always wins: a required meeting against one stays a candidate, so that it can be reported.
            if status == "required" or (status == "allowed" and pair not in vetoed):
                yield _Candidate(*pair, worth[pair], status == "required", r)


def _persons(event: Event) -> IntArray:
    """Return for each participant the position of the first participant who is the same person."""
    person = np.arange(len(event.participants), dtype=np.int64)
    for group in event.same_person:
        members = [event.participant_index[id] for id in group]
        person[members] = min(members, default=0)
    return person


def _seated(event: Event) -> BoolArray:
    staying = [p.kind in event.rules.seated and not p.remote and bool(event.tables) for p in event.participants]
    return np.array(staying, dtype=np.bool_)


def _vetoed(event: Event) -> set[tuple[int, int]]:
    index = event.participant_index
    return {_ordered(p, index[id]) for p, participant in enumerate(event.participants) for id in participant.vetoes}


def _scores(event: Event) -> dict[tuple[int, int], int]:
    """Return the score of every pair that is eligible for its score and kinds alone."""
    index, everyone = event.participant_index, event.participants
    kinds = {(x, y) for one, other in event.may_meet for x, y in ((one, other), (other, one))}
    if event.affinities is not None:
        listed = ((_ordered(index[x], index[y]), given.score) for given in event.affinities for x, y in [given.between])
        return {(a, b): score for (a, b), score in listed if (everyone[a].kind, everyone[b].kind) in kinds}
    found = {}
    for a, left in enumerate(everyone):
        for b in range(a + 1, len(everyone)):
            if (left.kind, everyone[b].kind) in kinds:
                score = score_pair(left, everyone[b], event.rules.weights).points
                if score > 0:
                    found[a, b] = score
    return found


def _worth(event: Event, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Return the score of each of ``pairs``, whether or not their kinds may meet."""
    index, everyone = event.participant_index, event.participants
    if event.affinities is not None:
        given = {_ordered(*(index[id] for id in affinity.between)): affinity.score for affinity in event.affinities}
        return {pair: given.get(pair, 0) for pair in pairs}
    return {(a, b): score_pair(everyone[a], everyone[b], event.rules.weights).points for a, b in pairs}


def _ordered(p: int, q: int) -> tuple[int, int]:
    return (p, q) if p < q else (q, p)


def _confine(allowed: BoolArray, rule: MeetingRule, event: Event, sessions: npt.NDArray[np.str_]) -> None:
    if rule.slot is not None:
        elsewhere = np.arange(len(allowed)) != event.slot_index[rule.slot]
        allowed[elsewhere] = False
    if rule.session is not None:
        allowed &= sessions == rule.session


def _table_types(event: Event, a: IntArray, b: IntArray) -> tuple[tuple[tuple[int, ...], ...], IntArray]:
    """Return the distinct sets of tables a unit may be held at, and for each unit the position of its own."""
    if not event.tables:
        return (), np.full(len(a), NO_TABLE, dtype=np.int64)
    remote = np.array([participant.remote for participant in event.participants], dtype=np.bool_)
    suiting: dict[tuple[str | None, tuple[str, ...]], frozenset[int]] = {}
    places = []
    for participant in event.participants:
        asked = (participant.home_table, participant.requires)
        if asked not in suiting:
            suiting[asked] = frozenset(
                t
                for t, table in enumerate(event.tables)
                if asked[0] in (None, table.id) and set(asked[1]) <= set(table.features)
            )
        places.append(suiting[asked])
    kinds = sorted(tuple(sorted(place)) for place in set(suiting.values()))
    position = {frozenset(kind): k for k, kind in enumerate(kinds)}
    kind_of = np.array([position[place] for place in places], dtype=np.int64)
    types: dict[tuple[int, ...], int] = {}
    type_of_kinds = np.empty((len(kinds), len(kinds)), dtype=np.int64)
    for i, one in enumerate(kinds):
        for j, other in enumerate(kinds):
            type_of_kinds[i, j] = types.setdefault(tuple(sorted(set(one) & set(other))), len(types))
    chosen = type_of_kinds[kind_of[a], kind_of[b]]
    return tuple(types), np.where(remote[a] | remote[b], NO_TABLE, chosen)


def _after(event: Event, candidates: list[_Candidate]) -> Iterator[tuple[int, int]]:
    index = event.participant_index
    units: dict[tuple[int, int], list[int]] = defaultdict(list)
    ruled = {rule for candidate in candidates if (rule := candidate.rule) is not None and event.meetings[rule].after}
    if not ruled:
        return
    for u, candidate in enumerate(candidates):
        units[candidate.a, candidate.b].append(u)
    for u, candidate in enumerate(candidates):
        if candidate.rule is not None:
            for one, other in event.meetings[candidate.rule].after:
                for earlier in units.get(_ordered(index[one], index[other]), ()):
                    yield u, earlier


def _twins(candidates: list[_Candidate]) -> Iterator[tuple[int, ...]]:
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for u, candidate in enumerate(candidates):
        if candidate.rule is not None:
            groups[candidate.a, candidate.b].append(u)
    return (tuple(group) for group in groups.values() if len(group) > 1)
