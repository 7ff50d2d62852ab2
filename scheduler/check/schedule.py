"""Every rule and tier of the format computed again, from the two files alone.

Nothing here is shared with what makes schedules: a mistake in an algorithm, or in the score as the algorithms read it,
cannot hide itself. Written for being checked by eye against the format, rule by rule.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from scheduler.check.arranged import Arranged, Held, PairKey, pair_of, slots_of, told
from scheduler.check.tiers import tier_faults
from scheduler.format.event import Event, MeetingRule, Participant
from scheduler.format.schedule import Meeting, Schedule
from scheduler.format.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Report:
    """What the check found.

    ``faults`` holds a sentence for each fault, with the number of the rule, the ids and the slots; empty where the
    schedule is right. ``tiers`` holds the five values as computed here from the meetings.
    """

    faults: list[Sentence]
    tiers: dict[str, int]


def verify(event: Event, schedule: Schedule) -> Report:
    """Return every fault of ``schedule`` as a schedule of ``event``, and the tiers recomputed.

    Cost: linear in the files, but for pairs required several times (a bipartite matching each).
    """
    unknown = list(unknown_ids(event, schedule.meetings))
    timetable = Timetable(event, schedule.meetings)
    faults = [*unknown, *timetable.faults(), *timetable.score_faults()]
    values = timetable.tiers()
    if not unknown:
        faults += tier_faults(values, schedule)
    return Report(counted(faults), values)


def counted(faults: Sequence[Sentence]) -> list[Sentence]:
    """Return each fault once, in the order in which they come first; with a count where it came several times."""
    return [
        fault if times == 1 else Sentence("fault_times", fault=fault, times=times)
        for fault, times in Counter(faults).items()
    ]


class Timetable(Arranged):
    """The meetings of a schedule judged by the rules; what lies in ``settled`` slots is not."""

    def faults(self) -> Iterator[Sentence]:
        """Yield the faults against the six hard rules, in their order."""
        yield from self.rule_1_pairs()
        yield from self.rule_2_participants()
        yield from self.rule_3_tables()
        yield from self.rule_4_facilitators()
        yield from self.rule_5_requirements()
        yield from self.rule_6_people_in_the_room()

    # 1. A pair meets at most once, only if eligible, never against a veto or "forbidden".

    def rule_1_pairs(self) -> Iterator[Sentence]:
        for held in self.judged():
            pair = frozenset(held.meeting.between)
            if held.b.id in held.a.vetoes or held.a.id in held.b.vetoes:
                yield Sentence("rule_1_veto", held=held.told)
            statuses = {rule.status for rule in self._listed[pair]}
            if "forbidden" in statuses:
                yield Sentence("rule_1_forbidden", held=held.told)
            elif not statuses and not self._eligible_by_itself(held):
                yield Sentence("rule_1_not_eligible", held=held.told)
        for pair, meetings in self.of_pair.items():
            most = max(1, self._times_required(pair))
            if len(meetings) > most and not self._all_settled(meetings):
                yield Sentence(
                    "rule_1_too_often",
                    pair=pair_of(pair),
                    count=len(meetings),
                    slots=slots_of(meetings),
                    most=most,
                )
            for slot, together in groupby(meetings, lambda held: held.meeting.slot):
                times = len(list(together))
                if times > 1:
                    yield Sentence(
                        "rule_1_twice_in_slot",
                        pair=pair_of(pair),
                        times=times,
                        slot=slot,
                    )

    def _eligible_by_itself(self, held: Held) -> bool:
        if frozenset((held.a.kind, held.b.kind)) not in self._kinds:
            return False
        if self.event.affinities is not None:
            return frozenset(held.meeting.between) in self._given
        return self.score(held) > 0

    def _times_required(self, pair: PairKey) -> int:
        return sum(rule.status == "required" for rule in self._listed.get(pair, ()))

    def _all_settled(self, meetings: Sequence[Held]) -> bool:
        return all(held.slot in self.settled for held in meetings)

    # 2. At most `delegates` meetings in a slot, none when unavailable, at most `max_meetings` in all.

    def rule_2_participants(self) -> Iterator[Sentence]:
        for participant in self.event.participants:
            meetings = self.of_participant.get(participant.id, [])
            judged = [held for held in meetings if held.slot not in self.settled]
            for held in judged:
                if held.meeting.slot in participant.unavailable:
                    yield Sentence(
                        "rule_2_unavailable",
                        who=participant.id,
                        slot=held.meeting.slot,
                        held=held.told,
                    )
            for slot, times in Counter(held.meeting.slot for held in judged).items():
                if times > participant.delegates:
                    most = participant.delegates
                    yield Sentence(
                        "rule_2_delegates",
                        who=participant.id,
                        times=times,
                        slot=slot,
                        most=most,
                    )
            most_in_all = participant.max_meetings
            if most_in_all is not None and len(meetings) > most_in_all and judged:
                yield Sentence(
                    "rule_2_max_meetings",
                    who=participant.id,
                    count=len(meetings),
                    most=most_in_all,
                )

    # 3. Different tables in a slot; home tables and features hold; no table online.

    def rule_3_tables(self) -> Iterator[Sentence]:
        features = {table.id: set(table.features) for table in self.event.tables}
        for held in self.judged():
            table = held.meeting.table
            if not held.on_site:
                if table is not None:
                    yield Sentence("rule_3_online_at_table", held=held.told, table=table)
            elif not features:
                if table is not None:
                    yield Sentence("rule_3_no_tables", held=held.told, table=table)
            elif table is None:
                yield Sentence("rule_3_no_table", held=held.told)
            elif table in features:
                for participant in held.participants:
                    if participant.home_table not in (None, table):
                        yield Sentence(
                            "rule_3_home_table",
                            held=held.told,
                            table=table,
                            who=participant.id,
                            home=participant.home_table,
                        )
                    missing = sorted(set(participant.requires) - features[table])
                    if missing:
                        lacking = ", ".join(missing)
                        yield Sentence(
                            "rule_3_features",
                            held=held.told,
                            table=table,
                            who=participant.id,
                            lacking=lacking,
                        )
        for slot, meetings in self.of_slot.items():
            if slot in self.settled or not features:
                continue
            on_site = [held for held in meetings if held.on_site]
            name = self.event.slots[slot].id
            if len(on_site) > len(features):
                yield Sentence(
                    "rule_3_too_few_tables",
                    count=len(on_site),
                    name=name,
                    tables=len(features),
                )
            for table, times in Counter(held.meeting.table for held in on_site).items():
                if table is not None and times > 1:
                    yield Sentence(
                        "rule_3_same_table",
                        times=times,
                        name=name,
                        table=table,
                    )

    # 4. Each meeting that needs a facilitator has one, free in that slot, in no other meeting of that slot.

    def rule_4_facilitators(self) -> Iterator[Sentence]:
        away = {facilitator.id: set(facilitator.unavailable) for facilitator in self.event.facilitators}
        busy: Counter[tuple[str, str]] = Counter()
        for held in self.judged():
            helper = held.meeting.facilitator
            if held.helped and helper is None:
                yield Sentence("rule_4_none", held=held.told)
            elif not held.helped and helper is not None:
                yield Sentence("rule_4_not_needed", held=held.told, helper=helper)
            if helper is not None:
                busy[helper, held.meeting.slot] += 1
                if held.meeting.slot in away.get(helper, ()):
                    yield Sentence(
                        "rule_4_unavailable",
                        held=held.told,
                        helper=helper,
                    )
        for (helper, slot), times in busy.items():
            if times > 1:
                yield Sentence(
                    "rule_4_busy",
                    helper=helper,
                    times=times,
                    slot=slot,
                )

    # 5. Every "required" meeting is held; slot, session, after and max_break_difference hold.

    def rule_5_requirements(self) -> Iterator[Sentence]:
        for pair, rules in self._listed.items():
            rules = [rule for rule in rules if rule.status != "forbidden"]
            meetings = self.of_pair.get(pair, [])
            required = self._times_required(pair)
            if len(meetings) < required:
                where = f" ({slots_of(meetings)})" if meetings else ""
                yield Sentence(
                    "rule_5_not_held",
                    pair=pair_of(pair),
                    required=required,
                    count=len(meetings),
                    where=where,
                )
            if len(rules) == 1:
                for held in meetings:
                    if held.slot not in self.settled:
                        yield from self._broken_conditions(rules[0], held)
            elif not self._all_settled(meetings) and self._most_matched(rules, meetings) < min(
                len(rules), len(meetings)
            ):
                yield Sentence(
                    "rule_5_unmatched",
                    pair=pair_of(pair),
                    slots=slots_of(meetings),
                    entries=len(rules),
                )
        yield from self._break_difference_faults()

    def _broken_conditions(self, rule: MeetingRule, held: Held) -> Iterator[Sentence]:
        """Yield what keeps ``held`` from being the meeting that ``rule`` asks for."""
        if rule.slot not in (None, held.meeting.slot):
            yield Sentence("rule_5_slot", held=held.told, fixed=rule.slot)
        session = self.event.slots[held.slot].session
        if rule.session not in (None, session):
            yield Sentence(
                "rule_5_session",
                held=held.told,
                wanted=rule.session,
                session=session,
            )
        for pair in rule.after:
            for other in self.of_pair.get(frozenset(pair), ()):
                if other.slot >= held.slot:
                    yield Sentence("rule_5_after", held=held.told, other=other.told)

    def _most_matched(self, rules: Sequence[MeetingRule], meetings: Sequence[Held]) -> int:
        """Return how many entries can have a meeting of their own (augmenting paths)."""
        fits = [
            [k for k, held in enumerate(meetings) if not any(True for _ in self._broken_conditions(rule, held))]
            for rule in rules
        ]
        entry_of: dict[int, int] = {}

        def place(entry: int, seen: set[int]) -> bool:
            for k in fits[entry]:
                if k not in seen:
                    seen.add(k)
                    if k not in entry_of or place(entry_of[k], seen):
                        entry_of[k] = entry
                        return True
            return False

        return sum(place(entry, set()) for entry in range(len(rules)))

    def _break_difference_faults(self) -> Iterator[Sentence]:
        most = self.event.rules.max_break_difference
        if most is None or not self.event.participants:
            return
        breaks = {p.id: sum(len(runs) for runs in self.stretches(p)) for p in self.event.participants}
        high, low = max(breaks, key=breaks.__getitem__), min(breaks, key=breaks.__getitem__)
        if breaks[high] - breaks[low] > most:
            found = Sentence("most_and_fewest_breaks", high=high, many=breaks[high], low=low, few=breaks[low])
            yield Sentence("rule_5_breaks", found=found, most=most)

    # 6. "same_person", "seated" and "max_in_a_row" hold.

    def rule_6_people_in_the_room(self) -> Iterator[Sentence]:
        yield from self._same_person_faults()
        if self.event.tables:
            for participant in self.event.participants:
                if participant.kind in self.event.rules.seated:
                    yield from self._seated_faults(participant)
        if self.event.rules.max_in_a_row is not None:
            grouped = {id for group in self.event.same_person for id in group}
            alone = [(participant.id,) for participant in self.event.participants if participant.id not in grouped]
            for person in [*alone, *self.event.same_person]:
                yield from self._row_faults(person, self.event.rules.max_in_a_row)

    def _same_person_faults(self) -> Iterator[Sentence]:
        for group in self.event.same_person:
            in_slot: dict[int, list[Held]] = defaultdict(list)
            for id in group:
                for held in self.of_participant.get(id, ()):
                    if held.slot not in self.settled:
                        in_slot[held.slot].append(held)
            for slot, meetings in in_slot.items():
                busy = sorted({id for held in meetings for id in held.meeting.between} & set(group))
                if len(busy) > 1:
                    one = ", ".join(busy)
                    yield Sentence(
                        "rule_6_same_person",
                        one=one,
                        slot=self.event.slots[slot].id,
                    )

    def _seated_faults(self, participant: Participant) -> Iterator[Sentence]:
        """Yield the days on which somebody seated changes tables; a table that is gone by now binds nobody."""
        known = {table.id for table in self.event.tables}
        on_site = [held for held in self.of_participant.get(participant.id, ()) if held.on_site]
        for day, meetings in groupby(on_site, self._day):
            today = list(meetings)
            ahead = {held.meeting.table for held in today if held.slot not in self.settled} - {None}
            before = {held.meeting.table for held in today if held.slot in self.settled} & known
            if participant.home_table is not None or not ahead:
                before = set()
            if len(ahead) > 1 or (before and not ahead <= before):
                places = ", ".join(sorted(str(table) for table in ahead | before))
                who = Sentence("stays_seated", who=participant.id)
                yield Sentence("rule_6_seated", who=who, day=day, places=places)

    def _row_faults(self, person: Sequence[str], most: int) -> Iterator[Sentence]:
        """Yield the rows of more than ``most`` slots in which ``person`` meets somebody."""
        slots = self.event.slots
        row: list[int] = []
        busy = {held.slot for id in person for held in self.of_participant.get(id, ())}
        for slot in [*sorted(busy), None]:
            if slot is not None and row and self._goes_on(row[-1], slot):
                row.append(slot)
                continue
            if len(row) > most and not self.settled.issuperset(row):
                who = ", ".join(person)
                where = Sentence("first_to_last", first=slots[row[0]].id, last=slots[row[-1]].id)
                yield Sentence(
                    "rule_6_in_a_row",
                    who=who,
                    count=len(row),
                    where=where,
                    most=most,
                )
            row = [] if slot is None else [slot]

    def _goes_on(self, slot: int, later: int) -> bool:
        """Return whether the two slots are in one row: successive, of one day, less than 10 minutes apart."""
        one, other = self.event.slots[slot], self.event.slots[later]
        if later != slot + 1 or one.start.date() != other.start.date():
            return False
        return other.start - one.end < timedelta(minutes=10)

    # Scores

    def score_faults(self) -> Iterator[Sentence]:
        for held in self.held:
            score = self.score(held)
            if held.meeting.score != score:
                yield Sentence(
                    "score_differs",
                    held=held.told,
                    score=score,
                    told=held.meeting.score,
                )


def unknown_ids(event: Event, meetings: Sequence[Meeting], *, places: bool = True) -> Iterator[Sentence]:
    """Yield the ids in ``meetings`` that the event does not know; tables and facilitators only with ``places``."""
    people = {participant.id for participant in event.participants}
    slots = {slot.id for slot in event.slots}
    tables = {table.id for table in event.tables}
    helpers = {facilitator.id for facilitator in event.facilitators}
    for meeting in meetings:
        one, other = meeting.between
        named = told(meeting)
        if one == other:
            yield Sentence("meets_itself", named=named)
        for id in {one: None, other: None}:
            if id not in people:
                yield Sentence("unknown_participant", named=named, id=id)
        if meeting.slot not in slots:
            yield Sentence("unknown_slot", named=named, slot=meeting.slot)
        if places and meeting.table is not None and tables and meeting.table not in tables:
            yield Sentence("unknown_table", named=named, table=meeting.table)
        if places and meeting.facilitator is not None and meeting.facilitator not in helpers:
            yield Sentence("unknown_facilitator", named=named, facilitator=meeting.facilitator)
