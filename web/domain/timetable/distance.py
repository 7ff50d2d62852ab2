"""How far a timetable is from the event as it is now: every difference as a value, from files alone.

The timetable answers the event of its own time. What has changed since either breaks meetings (somebody would stand in
front of an empty chair, or at a wrong hour or table: red) or could only have a better timetable (amber). Meetings that
have begun are over: nothing is said of them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Any

from scheduler.check.schedule import Timetable
from scheduler.format.event import Event, Facilitator, MeetingRule, Participant, Slot, Table
from scheduler.format.schedule import Meeting, Schedule
from scheduler.format.score import may_meet, score_pair


class Code(StrEnum):
    """What differs. Those of the first block break meetings wherever there are any; the others never do."""

    GONE = "gone"
    ABSENT = "absent"
    ONE_DELEGATE = "one_delegate"
    SAME_PERSON = "same_person"
    MODE = "mode"
    TABLE_LACKS = "table_lacks"
    HOME_TABLE = "home_table"
    FACILITATOR_WANTED = "facilitator_wanted"
    NOT_TO_MEET = "not_to_meet"
    FIXED_ELSEWHERE = "fixed_elsewhere"
    SLOTS_MOVED = "slots_moved"
    SLOTS_CUT = "slots_cut"
    ZONE = "zone"
    PLACE = "place"
    TABLE_LOST = "table_lost"
    TABLE_RENAMED = "table_renamed"
    FACILITATOR_LOST = "facilitator_lost"
    FACILITATOR_ABSENT = "facilitator_absent"
    COME = "come"
    FREER = "freer"
    SLOTS_ADDED = "slots_added"
    TABLES_ADDED = "tables_added"
    FACILITATORS_ADDED = "facilitators_added"
    FACILITATOR_RENAMED = "facilitator_renamed"
    RENAMED = "renamed"
    RULES = "rules"
    RULE_BROKEN = "rule_broken"
    REQUIRED_UNMET = "required_unmet"
    TOO_MANY = "too_many"
    TOO_FEW = "too_few"
    WISHES = "wishes"
    PROFILES = "profiles"
    UNCONFIRMED = "unconfirmed"
    INVALID = "invalid"


class Severity(StrEnum):
    RED = "red"
    AMBER = "amber"


@dataclass(frozen=True, slots=True)
class Item:
    """One difference. `values`: what the sentence names. `meetings`: the announced ones that it breaks.

    `concerned`: the ids of those who would have to be told, in the order of the event. `basis`: a mark of what lies
    behind the sentence and is not named by it.
    """

    code: Code
    severity: Severity
    values: tuple[tuple[str, Any], ...] = ()
    meetings: tuple[Meeting, ...] = ()
    concerned: tuple[str, ...] = ()
    basis: str = ""

    @property
    def id(self) -> str:
        """Short, and another one whenever the sentence, what lies behind it or the meetings would be others: what a
        confirmation names."""
        meetings = sorted((*meeting.between, meeting.slot) for meeting in self.meetings)
        return sha256(repr((self.code.value, self.values, meetings, self.basis)).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Announced:
    """A timetable with the event it answers; `place` as it was told with it (``None``: it was not)."""

    event: Event
    schedule: Schedule
    place: str | None = None


@dataclass(frozen=True)
class Now:
    """The event as it is at `moment` (wall-clock time there). `statuses`: of those registered who do not take part.

    `unconfirmed`: the ids of those who were asked whether they come, and have not said so."""

    event: Event
    moment: datetime
    place: str = ""
    statuses: Mapping[str, str] | None = None
    unconfirmed: Collection[str] = ()


def turns(announced: Event, now: Event) -> tuple[datetime, ...]:
    """The moments, in order, at which `distance` may say something else by the clock alone."""
    starts = {slot.start for event in (announced, now) for slot in event.slots}
    return tuple(sorted(starts | {_evening_before(now)}))


def _evening_before(event: Event) -> datetime:
    """From when on it is told who has not said that they come."""
    first = min(slot.start for slot in event.slots)
    return first.replace(hour=18, minute=0, second=0, microsecond=0) - timedelta(days=1)


def distance(announced: Announced, now: Now) -> tuple[Item, ...]:
    """What differs, red first; empty where the timetable is right as it is, and when its day is over.

    Cost: linear in both files.
    """
    if turns(announced.event, now.event)[-1] <= now.moment:
        return ()
    same = announced.event == now.event and announced.place in (None, now.place)
    found = [*([] if same else _Comparison(announced, now).items()), *_unconfirmed(announced, now)]
    return tuple(sorted(found, key=lambda item: item.severity != Severity.RED))


def _unconfirmed(announced: Announced, now: Now) -> Iterator[Item]:
    """From the evening before until the first round begins: then it shows who has come."""
    first = min(slot.start for slot in now.event.slots)
    known = announced.event.participant_index
    silent = [one for one in now.event.participants if one.id in known and one.id in now.unconfirmed]
    if silent and _evening_before(now.event) <= now.moment < first:
        values = (("names", _labels(silent)),)
        ids = tuple(one.id for one in silent)
        yield Item(Code.UNCONFIRMED, Severity.AMBER, values, concerned=ids, basis=repr(ids))


# What people say of themselves: where nothing of it breaks a meeting, it may still ask for another timetable.
_SAID = ("kind", "needs", "offers", "themes", "zone", "boost", "delegates", "remote", "requires", "home_table")
_SAID_TOO = ("needs_facilitator",)
# Numbers that the organiser sets for all at once.
_COUNTS = ("min_meetings", "max_meetings")


class _Comparison:
    """Both sides, with the meetings still to come arranged for the questions below."""

    def __init__(self, announced: Announced, now: Now) -> None:
        self.then, self.now, self.at = announced.event, now.event, now
        self.announced = announced
        # Whose own changes are told by an item that breaks meetings.
        self.told: set[str] = set()
        self.people: dict[str, Participant] = {one.id: one for one in self.now.participants}
        self.former: dict[str, Participant] = {one.id: one for one in self.then.participants}
        self.both = [(self.former[one.id], one) for one in self.now.participants if one.id in self.former]
        self.order = {id: place for place, id in enumerate([*self.people, *self.former])}
        self.here = self._slots_now()
        self.ahead = [meeting for meeting in announced.schedule.meetings if not self._has_begun(meeting)]
        self.of = _by_participant(self.ahead)
        # Those whose two people and whose round are still there: the others are told as gone or cut.
        self.possible = [m for m in self.ahead if self.here[m.slot] is not None and m.pair <= self.people.keys()]
        self.possible_of = _by_participant(self.possible)

    def items(self) -> Iterator[Item]:
        asked: Sequence[Callable[[], Iterator[Item]]] = (
            self._gone,
            self._slots,
            self._where,
            self._absent,
            self._in_two_places,
            self._same_person,
            self._modes,
            self._tables,
            self._seats,
            self._facilitators,
            self._not_to_meet,
            self._requirements,
            self._counts,
            self._come,
            self._could_be_better,
            self._names,
        )
        broken = False
        for question in asked:
            for item in question():
                broken = broken or item.severity == Severity.RED
                yield item
        if not broken:
            yield from self._other_rules()

    # Rounds

    def _slots_now(self) -> dict[str, Slot | None]:
        """For each announced round what has become of it: by its id, else by its hours."""
        by_id = {slot.id: slot for slot in self.now.slots}
        by_time = {(slot.start, slot.end): slot for slot in self.now.slots if slot.id not in self.then.slot_index}
        return {slot.id: by_id.get(slot.id) or by_time.get((slot.start, slot.end)) for slot in self.then.slots}

    def _has_begun(self, meeting: Meeting) -> bool:
        then = self.then.slots[self.then.slot_index[meeting.slot]]
        now = self.here[meeting.slot]
        return then.start <= self.at.moment and (now is None or now.start <= self.at.moment)

    def _slots(self) -> Iterator[Item]:
        ahead = [slot for slot in self.then.slots if slot.start > self.at.moment]
        pairs = [(slot, self.here[slot.id]) for slot in self.then.slots]
        moved = [
            (then, now) for then, now in pairs if now is not None and (then.start, then.end) != (now.start, now.end)
        ]
        if moved:
            (then, now), ids = moved[0], {slot.id for slot, _now in moved}
            values = {"count": len(moved), "before": (then.start, then.end), "after": (now.start, now.end)}
            yield self._item(Code.SLOTS_MOVED, values, [m for m in self.ahead if m.slot in ids], basis=moved)
        cut = [slot for slot in ahead if self.here[slot.id] is None]
        if cut:
            ids = {slot.id for slot in cut}
            values = {"count": len(cut), "times": tuple(slot.start for slot in cut)}
            yield self._item(Code.SLOTS_CUT, values, [m for m in self.ahead if m.slot in ids])
        kept = {slot.id for slot in self.here.values() if slot is not None}
        added = [slot for slot in self.now.slots if slot.id not in kept and slot.start > self.at.moment]
        if added:
            values = {"count": len(added), "times": tuple(slot.start for slot in added)}
            yield self._item(Code.SLOTS_ADDED, values)

    def _where(self) -> Iterator[Item]:
        if self.then.timezone != self.now.timezone:
            values = {"before": self.then.timezone, "after": self.now.timezone}
            yield self._item(Code.ZONE, values, self.ahead)
        if self.announced.place is not None and self.announced.place != self.at.place:
            values = {"before": self.announced.place, "after": self.at.place}
            yield self._item(Code.PLACE, values, [m for m in self.ahead if self._on_site(self.former, m)])

    # People

    def _gone(self) -> Iterator[Item]:
        for id, one in self.former.items():
            if id in self.people:
                continue
            was_over = not self.of.get(id, []) and any(id in m.between for m in self.announced.schedule.meetings)
            if not was_over:
                status = (self.at.statuses or {}).get(id, "erased")
                yield self._item(Code.GONE, {"name": one.label, "status": status}, self.of.get(id, []))

    def _come(self) -> Iterator[Item]:
        new = [one for one in self.now.participants if one.id not in self.former]
        if new:
            yield self._item(
                Code.COME, {"names": _labels(new)}, concerned=[one.id for one in new], basis=[one.id for one in new]
            )

    def _absent(self) -> Iterator[Item]:
        for then, now in self.both:
            away = set(now.unavailable) - set(then.unavailable)
            missed = [m for m in self._possible_of(now.id) if self._slot(m).id in away]
            if missed:
                times = tuple(sorted({self._slot(m).start for m in missed}))
                yield self._item(Code.ABSENT, {"name": now.label, "times": times}, missed)

    def _in_two_places(self) -> Iterator[Item]:
        for then, now in self.both:
            at_once: dict[str, list[Meeting]] = defaultdict(list)
            if now.delegates < then.delegates:
                for meeting in self._possible_of(now.id):
                    at_once[meeting.slot].append(meeting)
            broken = [m for together in at_once.values() if len(together) > now.delegates for m in together]
            if broken:
                self.told.add(now.id)
                yield self._item(Code.ONE_DELEGATE, {"name": now.label, "delegates": now.delegates}, broken)

    def _same_person(self) -> Iterator[Item]:
        known = {frozenset(group) for group in self.then.same_person}
        for group in self.now.same_person:
            if frozenset(group) in known:
                continue
            at_once: dict[str, list[Meeting]] = defaultdict(list)
            for meeting in self.possible:
                if not meeting.pair.isdisjoint(group):
                    at_once[meeting.slot].append(meeting)
            broken = [m for together in at_once.values() if len(together) > 1 for m in together]
            if broken:
                values = {"names": _labels(self.people[id] for id in group)}
                yield self._item(Code.SAME_PERSON, values, broken)

    def _modes(self) -> Iterator[Item]:
        for then, now in self.both:
            if then.remote == now.remote:
                continue
            other = [
                m for m in self._possible_of(now.id) if self._on_site(self.former, m) != self._on_site(self.people, m)
            ]
            if other:
                self.told.add(now.id)
                yield self._item(Code.MODE, {"name": now.label, "remote": now.remote}, other)

    def _counts(self) -> Iterator[Item]:
        held: dict[str, int] = defaultdict(int)
        for meeting in self.announced.schedule.meetings:
            for id in meeting.between:
                held[id] += 1
        many = [
            now
            for then, now in self.both
            if now.max_meetings not in (None, then.max_meetings) and held[now.id] > now.max_meetings
        ]
        few = [now for then, now in self.both if held[now.id] < now.min_meetings > then.min_meetings]
        for code, found in ((Code.TOO_MANY, many), (Code.TOO_FEW, few)):
            if found:
                basis = [(one.id, held[one.id], one.min_meetings, one.max_meetings) for one in found]
                yield self._item(code, {"names": _labels(found)}, concerned=[one.id for one in found], basis=basis)

    def _names(self) -> Iterator[Item]:
        for then, now in self.both:
            if then.label != now.label:
                partners = {id for m in self._possible_of(now.id) for id in m.between} - {now.id}
                values = {"before": then.label, "after": now.label}
                yield self._item(Code.RENAMED, values, concerned=self._in_order(partners))

    # Tables and facilitators

    def _tables(self) -> Iterator[Item]:
        tables = {table.id: table for table in self.now.tables}
        at: dict[str, list[Meeting]] = defaultdict(list)
        for meeting in self.possible:
            if meeting.table is not None:
                at[meeting.table].append(meeting)
        for then in self.then.tables:
            now = tables.get(then.id)
            if now is None and at[then.id]:
                yield self._item(Code.TABLE_LOST, {"table": then.label}, at[then.id])
            elif now is not None and now.label != then.label and at[then.id]:
                yield self._item(Code.TABLE_RENAMED, {"before": then.label, "after": now.label}, at[then.id])
        added = [table for table in self.now.tables if table.id not in self.then.table_index]
        if added:
            yield self._item(Code.TABLES_ADDED, {"count": len(added), "names": _labels(added)}, basis=added)

    def _seats(self) -> Iterator[Item]:
        """Those whose table no longer has what they need, or is not the one at which they stay."""
        tables = {table.id: table for table in self.now.tables}
        for then, now in self.both:
            seated = [
                (m, tables[m.table])
                for m in self._possible_of(now.id)
                if m.table in tables and self._on_site(self.people, m)
            ]
            lacking = [m for m, table in seated if not set(now.requires) <= set(table.features)]
            if lacking:
                self.told.add(now.id)
                yield self._item(Code.TABLE_LACKS, {"name": now.label}, lacking)
            elsewhere = [m for m, table in seated if now.home_table not in (None, table.id, then.home_table)]
            if elsewhere:
                home = tables.get(now.home_table or "")
                values = {"name": now.label, "table": home.label if home else ""}
                self.told.add(now.id)
                yield self._item(Code.HOME_TABLE, values, elsewhere)

    def _facilitators(self) -> Iterator[Item]:
        there = {one.id: one for one in self.now.facilitators}
        with_them: dict[str, list[Meeting]] = defaultdict(list)
        for meeting in self.possible:
            if meeting.facilitator is not None:
                with_them[meeting.facilitator].append(meeting)
        for then in self.then.facilitators:
            now, theirs = there.get(then.id), with_them[then.id]
            if now is None and theirs:
                yield self._item(Code.FACILITATOR_LOST, {"name": then.label}, theirs)
            elif now is not None:
                missed = [m for m in theirs if self._slot(m).id in now.unavailable]
                if missed:
                    yield self._item(Code.FACILITATOR_ABSENT, {"name": now.label}, missed)
                if now.label != then.label and theirs:
                    concerned = self._in_order({id for m in theirs for id in m.between})
                    values = {"before": then.label, "after": now.label}
                    yield self._item(Code.FACILITATOR_RENAMED, values, concerned=concerned)
        added = [one for one in self.now.facilitators if one.id not in {then.id for then in self.then.facilitators}]
        if added:
            yield self._item(Code.FACILITATORS_ADDED, {"names": _labels(added)}, basis=added)
        for was, one in self.both:
            alone = [m for m in self._possible_of(one.id) if m.facilitator is None]
            if one.needs_facilitator and not was.needs_facilitator and alone:
                self.told.add(one.id)
                yield self._item(Code.FACILITATOR_WANTED, {"name": one.label}, alone)

    # Requirements and rules

    def _not_to_meet(self) -> Iterator[Item]:
        told: set[frozenset[str]] = set()
        same_rules = all(
            getattr(self.then, name) == getattr(self.now, name)
            for name in ("meetings", "may_meet", "affinities", "rules")
        )
        same = {now.id for then, now in self.both if same_rules and then == now}
        for meeting in self.possible:
            # What a pair is worth takes most of the time, and hardly any has changed.
            if meeting.pair <= same:
                continue
            if meeting.pair in told or self._may_meet(self.now, self.people, meeting):
                continue
            if self._may_meet(self.then, self.former, meeting):
                told.add(meeting.pair)
                one, other = (self.people[id].label for id in meeting.between)
                broken = [m for m in self.possible if m.pair == meeting.pair]
                yield self._item(Code.NOT_TO_MEET, {"one": one, "other": other}, broken)

    def _may_meet(self, event: Event, people: Mapping[str, Participant], meeting: Meeting) -> bool:
        one, other = (people[id] for id in meeting.between)
        statuses = {rule.status for rule in self._rules_of[event is self.now].get(meeting.pair, ())}
        if one.id in other.vetoes or other.id in one.vetoes or "forbidden" in statuses:
            return False
        if statuses:
            return True
        if not may_meet(event, one, other):
            return False
        if event.affinities is not None:
            return meeting.pair in self._given[event is self.now]
        return score_pair(one, other, event.rules.weights).points > 0

    @cached_property
    def _rules_of(self) -> dict[bool, dict[frozenset[str], list[MeetingRule]]]:
        """The rules on each pair, of then (``False``) and of now (``True``)."""
        found: dict[bool, dict[frozenset[str], list[MeetingRule]]] = {False: {}, True: {}}
        for is_now, event in ((False, self.then), (True, self.now)):
            for rule in event.meetings:
                found[is_now].setdefault(frozenset(rule.between), []).append(rule)
        return found

    @cached_property
    def _given(self) -> dict[bool, set[frozenset[str]]]:
        return {
            is_now: {frozenset(given.between) for given in event.affinities or ()}
            for is_now, event in ((False, self.then), (True, self.now))
        }

    def _requirements(self) -> Iterator[Item]:
        held: dict[frozenset[str], list[Meeting]] = defaultdict(list)
        for meeting in self.announced.schedule.meetings:
            held[meeting.pair].append(meeting)
        for pair, rules in self._rules_of[True].items():
            former = self._rules_of[False].get(pair, [])
            required = [rule for rule in rules if rule.status == "required"]
            if required == [rule for rule in former if rule.status == "required"]:
                continue
            one, other = (self.people[id].label for id in rules[0].between)
            if len(held[pair]) < len(required):
                concerned = self._in_order(pair)
                values = {"one": one, "other": other}
                yield self._item(Code.REQUIRED_UNMET, values, concerned=concerned, basis=required)
            if len(required) == 1:
                elsewhere = [m for m in self.possible if m.pair == pair and not self._fits(required[0], m)]
                if elsewhere:
                    yield self._item(Code.FIXED_ELSEWHERE, {"one": one, "other": other}, elsewhere)

    def _fits(self, rule: MeetingRule, meeting: Meeting) -> bool:
        slot = self._slot(meeting)
        return rule.slot in (None, slot.id) and rule.session in (None, slot.session)

    def _other_rules(self) -> Iterator[Item]:
        """What the check of timetables says against this one now and did not say then, should nothing above say it."""
        if self.then == self.now:
            return
        held = [
            m.model_copy(update={"slot": self._slot(m).id})
            for m in self.announced.schedule.meetings
            if m.pair <= self.people.keys() and self.here[m.slot] is not None
        ]
        before = set(Timetable(self.then, self.announced.schedule.meetings).faults())
        # What the items above tell in words of their own, where it has changed.
        told = ("rule 5: {pair} must meet", "rule 2: {who} has {count} meetings, at most")
        against = [
            fault
            for fault in Timetable(self.now, held).faults()
            if fault not in before and not str(getattr(fault, "template", fault)).startswith(told)
        ]
        if against:
            yield self._item(Code.RULE_BROKEN, {"count": len(against)}, basis=sorted(map(str, against)))

    # What could be better

    def _could_be_better(self) -> Iterator[Item]:
        then, now = self.then.rules, self.now.rules
        changed = [name for name in type(now).model_fields if getattr(then, name) != getattr(now, name)]
        # Those who are gone have taken their own scores with them.
        changed += [
            name
            for name in ("may_meet", "affinities")
            if self._of_those_in_both(self.then, name) != self._of_those_in_both(self.now, name)
        ]
        changed += [name for name in _COUNTS if any(getattr(a, name) != getattr(b, name) for a, b in self.both)]
        if changed:
            counts = [[getattr(b, name) for name in _COUNTS] for _a, b in self.both]
            # Marks are kept: nothing in them may depend on the order in which a set is read.
            scores = [(sorted(one.between), one.score) for one in self.now.affinities or ()]
            basis = (now, self.now.may_meet, scores if "affinities" in changed else None, counts)
            yield self._item(Code.RULES, {"names": tuple(changed)}, basis=basis)
        yield from self._freer()
        yield from self._wishes()
        other = [
            b
            for a, b in self.both
            if b.id not in self.told and any(getattr(a, name) != getattr(b, name) for name in (*_SAID, *_SAID_TOO))
        ]
        if other:
            said = [[getattr(one, name) for name in ("id", *_SAID, *_SAID_TOO)] for one in other]
            concerned = [one.id for one in other]
            yield self._item(Code.PROFILES, {"names": _labels(other)}, concerned=concerned, basis=said)

    def _of_those_in_both(self, event: Event, name: str) -> object:
        if name != "affinities" or event.affinities is None:
            return getattr(event, name)
        both = {now.id for _then, now in self.both}
        return {frozenset(one.between): one.score for one in event.affinities if both.issuperset(one.between)}

    def _freer(self) -> Iterator[Item]:
        ahead = {slot.id for slot in self.now.slots if slot.start > self.at.moment}
        freer = [now for then, now in self.both if (set(then.unavailable) - set(now.unavailable)) & ahead]
        if freer:
            basis = [(one.id, one.unavailable) for one in freer]
            yield self._item(Code.FREER, {"names": _labels(freer)}, concerned=[one.id for one in freer], basis=basis)

    def _wishes(self) -> Iterator[Item]:
        held = {meeting.pair for meeting in self.announced.schedule.meetings}
        new = {
            now.id: sum(frozenset((now.id, wish)) not in held for wish in now.wishes if wish not in then.wishes)
            for then, now in self.both
        }
        whose = [id for id, count in new.items() if count]
        if whose:
            values = {"count": sum(new.values()), "names": _labels(self.people[id] for id in whose)}
            yield self._item(Code.WISHES, values, concerned=whose, basis=[self.people[id].wishes for id in whose])

    # Small things

    def _slot(self, meeting: Meeting) -> Slot:
        """The round of one of `possible`, as it is now."""
        slot = self.here[meeting.slot]
        assert slot is not None
        return slot

    def _possible_of(self, id: str) -> list[Meeting]:
        return self.possible_of.get(id, [])

    @staticmethod
    def _on_site(people: Mapping[str, Participant], meeting: Meeting) -> bool:
        return not any(people[id].remote for id in meeting.between)

    def _in_order(self, ids: Iterable[str]) -> list[str]:
        return sorted(ids, key=self.order.__getitem__)

    def _item(
        self,
        code: Code,
        values: Mapping[str, Any],
        meetings: Sequence[Meeting] = (),
        concerned: Sequence[str] | None = None,
        basis: object = None,
    ) -> Item:
        if concerned is None:
            concerned = self._in_order({id for m in meetings for id in m.between if id in self.people})
        severity = Severity.RED if meetings else Severity.AMBER
        behind = "" if basis is None else sha256(repr(basis).encode()).hexdigest()[:16]
        return Item(code, severity, tuple(values.items()), tuple(meetings), tuple(concerned), behind)


def _labels(named: Iterable[Participant | Table | Facilitator]) -> tuple[str, ...]:
    return tuple(one.label for one in named)


def _by_participant(meetings: Iterable[Meeting]) -> dict[str, list[Meeting]]:
    found: dict[str, list[Meeting]] = defaultdict(list)
    for meeting in meetings:
        for id in meeting.between:
            found[id].append(meeting)
    return found
