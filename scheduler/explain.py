"""Why a wish, or a good partner, was not met: the true reason, and what forcing the meeting would cost the others.

Reasons come from the event and the announced timetable themselves (``explaining.obstacles``), costs are computed by
``explaining.price``. All of it is typed values; ``wording.explanations`` has their words in French and English.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from scheduler.explaining.obstacles import REFUSALS, Encounter, Obstacles, Reason, ReasonKind
from scheduler.explaining.price import Forcing
from scheduler.explaining.standing import Hindrance, Standing, hindrances, partners_of
from scheduler.format.errors import EventFault, InvalidInput
from scheduler.format.event import Event
from scheduler.format.references import unknown_id
from scheduler.format.schedule import Schedule
from scheduler.format.score import explain_pair
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from scheduler.tables.staying import with_tables_for

__all__ = [
    "Encounter",
    "Explainer",
    "Explanation",
    "Hindrance",
    "NotMet",
    "Price",
    "Reason",
    "ReasonKind",
    "Standing",
    "explain",
]

# Beyond the wishes this many partners of best score are explained.
MOST_PARTNERS = 10


@dataclass(frozen=True, slots=True)
class Price:
    """What forcing the meeting changes of the announced timetable in tiers 1 and 2, and for whom.

    Where ``exact``, a timetable that holds the meeting and changes just this was found, and none that holds it is
    better. Otherwise slots are only counted: no timetable that holds it is better than this, perhaps none as good.
    """

    shortfall: int
    value: int
    lost: tuple[Encounter, ...]
    gained: tuple[Encounter, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class NotMet:
    """One partner that was not met: ``wish`` is its rank among the wishes from 0, ``None`` for none.

    ``price`` is ``None`` where the rules leave no room for the meeting, whatever others give up.
    """

    participant: str
    partner: str
    score: int
    wish: int | None
    reasons: tuple[Reason, ...]
    price: Price | None
    event: Event = field(repr=False, compare=False)

    @property
    def refused(self) -> bool:
        """Whether no timetable of this event could ever hold the meeting, whatever is required of it."""
        return any(reason.kind in REFUSALS for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that one participant may ask: how it fares, and why it does not meet its other wishes and good partners.

    ``not_met`` are its wishes that were not met, in their order, then good partners not met; of somebody with fewer
    meetings than promised, whoever could still have been met.
    """

    participant: str
    not_met: tuple[NotMet, ...]
    standing: Standing
    event: Event = field(repr=False, compare=False)


def explain(event: Event, schedule: Schedule, participant_id: str) -> Explanation:
    """Return why ``participant_id`` does not meet each wish, and each of the best partners, that ``schedule`` lacks.

    Raises ``InvalidInput`` for an id that the event does not know. Cost: that of ``Explainer`` and of ``Forcing.cost``.
    """
    return Explainer(event, schedule).explain(participant_id)


class Explainer:
    """Answers about one timetable: what does not depend on the participant is computed once."""

    def __init__(self, event: Event, schedule: Schedule) -> None:
        self.event = event
        # Whatever tables those who stay seated could have had.
        self.problem: Problem = build_problem(event).widest
        problem = self.problem
        self.units: dict[tuple[int, int], list[int]] = {}
        for u, pair in enumerate(zip(problem.a.tolist(), problem.b.tolist(), strict=True)):
            self.units.setdefault(pair, []).append(u)
        announced = self._announced(schedule)
        self.met = {meeting.pair for meeting in schedule.meetings}
        self.meetings = Counter(id for meeting in schedule.meetings for id in meeting.between)
        stays = self._stays(schedule)
        standing = with_tables_for(problem, announced, {p: table for (p, _), table in stays.items()})
        self.forcing = Forcing(standing or problem, announced, proven=self._is_proven(schedule, announced))
        self.obstacles = Obstacles(event, problem, announced, stays)

    def _announced(self, schedule: Schedule) -> Placement:
        """Return the units of the timetable, ascending, in their slots, without meetings the event no longer has."""
        index, slots = self.event.participant_index, self.event.slot_index
        found: dict[int, int] = {}
        for meeting in schedule.meetings:
            if not meeting.pair <= index.keys() or meeting.slot not in slots:
                continue
            one, other = sorted(index[id] for id in meeting.between)
            free = [u for u in self.units.get((one, other), ()) if u not in found]
            fitting = [u for u in free if self.problem.allowed[u, slots[meeting.slot]]]
            if fitting:
                found[fitting[0]] = slots[meeting.slot]
        return Placement.of(found)

    def _stays(self, schedule: Schedule) -> dict[tuple[int, int], int]:
        """Return the tables at which those who stay seated are, by participant and day."""
        event, problem = self.event, self.problem
        found: dict[tuple[int, int], int] = {}
        for meeting in schedule.meetings:
            table, s = event.table_index.get(meeting.table or ""), event.slot_index.get(meeting.slot)
            for id in meeting.between:
                p = event.participant_index.get(id)
                if p is not None and s is not None and table is not None and problem.seated[p]:
                    found[p, int(problem.day[s])] = table
        return found

    def _is_proven(self, schedule: Schedule, announced: Placement) -> bool:
        """Return whether the schedule proves its shortfall and value, and still answers the event as it is."""
        tiers = {tier.name: tier for tier in schedule.tiers}
        reached = {
            "shortfall": self.problem.shortfall_of(announced.units),
            "value": self.problem.value_of(announced.units),
        }
        whole = len(announced.units) == len(schedule.meetings)
        return whole and all(
            name in tiers and tiers[name].proven and tiers[name].value == value for name, value in reached.items()
        )

    def explain(self, participant_id: str) -> Explanation:
        """Return the explanation for one participant; raises ``InvalidInput`` for an id that the event lacks."""
        self._known(participant_id)
        answers = tuple(self.not_met(participant_id, partner) for partner in self.partners(participant_id))
        return Explanation(participant_id, answers, self.standing(participant_id), self.event)

    def standing(self, participant_id: str) -> Standing:
        """Return how one participant fares; raises ``InvalidInput`` for an id that the event lacks."""
        self._known(participant_id)
        one = self.event.participant(participant_id)
        met = {id for pair in self.met if participant_id in pair for id in pair}
        could = self._could_meet(participant_id)
        kept_away = () if could else tuple(hindrances(self.event, self.obstacles, one, met))
        return Standing(
            participant=participant_id,
            meetings=self.meetings[participant_id],
            minimum=one.min_meetings,
            wishes=len(one.wishes),
            wishes_met=sum(id in met for id in one.wishes),
            open=len(could),
            partners=len(partners_of(self.event, one)),
            hindrances=kept_away,
        )

    def partners(self, participant_id: str) -> list[str]:
        """Return the wishes that were not met, in their order, then the best of the other partners not met."""
        wishes = self.event.participant(participant_id).wishes
        unmet = [id for id in wishes if frozenset((participant_id, id)) not in self.met]
        could = self._could_meet(participant_id)
        short = self.meetings[participant_id] < self.event.participant(participant_id).min_meetings
        # Whoever waits for a promised meeting asks for those that are worth nothing too.
        good = [id for id, score in could.items() if id not in wishes and (score or short)]
        return unmet + sorted(good, key=lambda id: (-could[id], self.event.participant_index[id]))[:MOST_PARTNERS]

    def not_met(self, participant_id: str, partner_id: str) -> NotMet:
        """Return why the two do not meet, and what forcing them to would cost.

        Raises ``InvalidInput`` for an id that the event lacks.
        """
        self._known(participant_id)
        self._known(partner_id)
        one, other = (self.event.participant(id) for id in (participant_id, partner_id))
        wish = one.wishes.index(partner_id) if partner_id in one.wishes else None
        units = [u for u in self._units_between(participant_id, partner_id) if u not in self.obstacles.slot_at]
        if not units:
            reasons = tuple(self.obstacles.refusals(participant_id, partner_id))
            score = explain_pair(self.event, one, other).points
            return NotMet(participant_id, partner_id, score, wish, reasons, None, self.event)
        unit = units[0]
        reasons = tuple(self.obstacles.obstacles(participant_id, partner_id, unit))
        impossible = any(reason.kind == "required" for reason in reasons)
        price = None if impossible else self._price(unit, self.event.participant_index[participant_id])
        if price is None:
            reasons = tuple(reason for reason in reasons if reason.kind != "together")
        score = int(self.problem.score[unit])
        return NotMet(participant_id, partner_id, score, wish, reasons, price, self.event)

    def _known(self, id: str) -> None:
        if id not in self.event.participant_index:
            message = unknown_id("participant", id, self.event.participant_index)
            raise InvalidInput([EventFault("participant", message)])

    def _could_meet(self, participant_id: str) -> dict[str, int]:
        """Return the eligible partners not met, each with the score of the pair."""
        problem, people = self.problem, self.event.participants
        p = self.event.participant_index[participant_id]
        found: dict[str, int] = {}
        for u in problem.units_of[p].tolist():
            partner = people[int(problem.a[u]) + int(problem.b[u]) - p].id
            if frozenset((participant_id, partner)) not in self.met:
                found[partner] = int(problem.score[u])
        return found

    def _units_between(self, one: str, other: str) -> list[int]:
        index = self.event.participant_index
        a, b = sorted((index[one], index[other]))
        return self.units.get((a, b), [])

    def _price(self, unit: int, asking: int) -> Price | None:
        forced = self.forcing.cost(unit, asking)
        if forced is None:
            return None
        encounter = self.obstacles.encounter
        return Price(
            forced.shortfall,
            forced.value,
            tuple(encounter(u) for u in forced.lost.tolist()),
            tuple(encounter(u) for u in forced.gained.tolist()),
            forced.exact,
        )
