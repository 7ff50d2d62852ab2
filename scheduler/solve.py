"""From an event to a proven timetable: the tiers in their order.

problem    = the event as integers
selection  = who meets whom: best value, slots only counted    -> proven bounds of tiers 1 and 2
placement  = when: a slot for each selected meeting; where not all fit, the exact model chooses again
compaction = fewer breaks, then idle slots, the selection kept -> tiers 3 and 4
seating    = where: tables and facilitators, few moves         -> tier 5
check      = every rule again, by code that shares nothing with the above
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from scheduler.breaks.compaction import Compaction
from scheduler.check.schedule import verify
from scheduler.feasibility.conflict import conflicting_requirements, evident_conflict, impossible_alone
from scheduler.format.errors import IllegalSchedule, Infeasible, NoScheduleFound
from scheduler.format.event import Event
from scheduler.format.schedule import Meeting, Schedule, Tier
from scheduler.problem.placement import Placement
from scheduler.problem.problem import NO_TABLE, IntArray, Problem, build_problem
from scheduler.problem.watch import Progress, SolveOptions, Watch
from scheduler.problem.worth import rank, worth
from scheduler.selecting.bounds import Bound, proof_of
from scheduler.selecting.select import Selection, is_network, select, select_by_program, value_bound
from scheduler.slotting import matching as slotting
from scheduler.tables.seating import Seating, fewest_moves, seat

# Beyond this many unit-slot pairs the exact model is too large to be of help.
_LARGEST_EXACT = 400_000
_EXACT = "CP-SAT"


def solve(
    event: Event,
    options: SolveOptions | None = None,
    *,
    listener: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Schedule:
    """Return the best schedule found for ``event``, verified, with what is proven of each tier.

    ``listener`` hears of each improvement; once ``stop`` returns true the best schedule so far is returned.
    Raises ``Infeasible`` where no schedule respects all requirements, ``NoScheduleFound`` where the time limit or
    ``stop`` came before any legal schedule, ``IllegalSchedule`` should the independent check ever refuse the result.
    Cost: milliseconds to select and slot; compaction takes the time it is given.
    """
    watch = Watch(options or SolveOptions(), listener, stop)
    problem = build_problem(event)
    refuse_impossible(problem)
    refuse_contradictions(problem, watch)
    watch.tell("selection")
    selection = selected_in_time(problem, watch)
    search = Search(problem, selection, watch)
    search.place()
    search.compact()
    return search.schedule()


def selected_in_time(problem: Problem, watch: Watch) -> Selection | None:
    """Return the selection, or ``None`` where half of the time left did not suffice for it or no selection exists."""
    try:
        return select(problem, watch.remaining() / 2)
    except TimeoutError:
        return None


class Search:
    """One run: the best placement so far, and the limits proven."""

    def __init__(self, problem: Problem, selection: Selection | None, watch: Watch) -> None:
        self.problem = problem
        self.selection = selection
        self.watch = watch
        self.best: Placement | None = None
        self.shortfall_bound = selection.shortfall_bound if selection else 0
        self.value_bound = selection.value_bound if selection else None
        # Why these hold: bounds on shortfall, and on value at no more than some shortfall.
        self.shortfall_bounds = [Bound.natural(), *([selection.shortfall] if selection else [])]
        self.value_bounds: list[tuple[int, Bound]] = []
        if selection is not None:
            self.value_bounds.append((problem.shortfall_of(selection.units), selection.value))
        self.compaction: Compaction | None = None

    def place(self) -> None:
        """Give the selection its slots; where they do not suffice, let the exact model choose anew."""
        self.watch.tell("slotting")
        if self.selection is not None:
            self._slot(self.selection.units)
        if not self._first_two_proven():
            self._tighten()
        if not self._first_two_proven():
            self._choose_anew()
        if self.best is None:
            raise NoScheduleFound("the time was over before any legal schedule was found")

    def _tighten(self) -> None:
        """Let the program select, which counts all that the flow could not, and give that its slots."""
        try:
            selection = (
                None if is_network(self.problem) else select_by_program(self.problem, self.watch.remaining() / 2)
            )
        except TimeoutError:
            return
        if selection is None:
            return
        before = self.selection
        self.selection = selection
        self.shortfall_bound = max(self.shortfall_bound, selection.shortfall_bound)
        self.value_bound = selection.value_bound
        self.shortfall_bounds.append(selection.shortfall)
        self.value_bounds.append((self.problem.shortfall_of(selection.units), selection.value))
        if before is None or not np.array_equal(before.units, selection.units):
            self._slot(selection.units)

    def _slot(self, units: IntArray) -> None:
        """Give ``units`` their slots, all but those that find none; nothing where required meetings find none."""
        problem = self.problem
        if problem.sides is not None:
            part = slotting.legal_part(problem, units, slotting.slot_units(problem, units))
            # Not all of it, but something to fall back on while the exact model looks for all of it.
            self.offer(part)
            if part is not None and (len(part.units) == len(units) or slotting.suits(problem)):
                return
        impossible = False
        if self._proven(units):
            # Nothing is left to do but breaks: the exact model may as well be asked for few of them at once.
            compaction = self._compact(units, None)
            if compaction.best is not None:
                return
            impossible = compaction.impossible
        if not impossible and problem.allowed[units].sum() <= _LARGEST_EXACT:
            # Loading the solver behind it takes a second, which most events never need.
            from scheduler.exact.model import ExactModel

            model = ExactModel(problem, units, all_held=True)
            self.offer(model.minimise(None, self.watch, effort=5.0).placement)

    def _choose_anew(self) -> None:
        """Choose among all units at once; proves tiers 1 and 2 where it ends, and says where nothing is possible."""
        if self.problem.allowed.sum() > _LARGEST_EXACT:
            return
        self.watch.tell("choosing")
        from scheduler.exact.model import ExactModel

        model = ExactModel(self.problem.widest, np.arange(self.problem.units), all_held=False)
        answer = model.minimise(model.shortfall, self.watch, hint=self.best, at_least=self.shortfall_bound)
        if answer.infeasible:
            raise Infeasible(self.problem.event, conflicting_requirements(self.problem, self.watch))
        self.offer(answer.placement)
        if answer.bound is not None:
            self.shortfall_bound = max(self.shortfall_bound, answer.bound)
            self.shortfall_bounds.append(Bound.by_search(answer.bound, _EXACT))
        if self.best is None:
            return
        shortfall = self.problem.shortfall_of(self.best.units)
        if self.selection is None or shortfall > self.selection.shortfall_bound or self.value_bound is None:
            bound = value_bound(self.problem, shortfall, self.watch.remaining())
            self.value_bound = bound.limit
            self.value_bounds.append((shortfall, bound))
        model.model.add(model.shortfall <= shortfall)
        limit = None if self.value_bound is None else -self.value_bound
        answer = model.minimise(-model.value, self.watch, hint=self.best, at_least=limit)
        self.offer(answer.placement)
        if answer.bound is not None:
            self.value_bound = -answer.bound
            self.value_bounds.append((shortfall, Bound.by_search(-answer.bound, _EXACT)))

    def compact(self) -> None:
        """Make breaks and idle slots few, with a bound over every selection of equal value where one is found."""
        assert self.best is not None
        if self.compaction is None or self.compaction.best is not self.best:
            self._compact(self.best.units, self.best)

    def _compact(self, units: IntArray, placement: Placement | None) -> Compaction:
        self.watch.tell("breaks", None if self.best is None else self.tiers())
        proven = self._proven(units)
        self.compaction = Compaction(
            self.problem, units, self.watch, self.offer, placement=placement, proven_value=proven
        )
        self.compaction.run()
        return self.compaction

    def offer(self, placement: Placement | None) -> None:
        """Keep ``placement`` if it is better than the best so far, and tell it."""
        if placement is None:
            return
        if self.best is None or rank(self.problem, placement) < rank(self.problem, self.best):
            self.best = placement
            self.watch.tell("improved", self.tiers())

    def _first_two_proven(self) -> bool:
        return self.best is not None and self._proven(self.best.units)

    def _proven(self, units: IntArray) -> bool:
        """Return whether no schedule has less shortfall than one of ``units``, nor more value at that."""
        worth = self.problem.shortfall_of(units), self.problem.value_of(units)
        return worth == (self.shortfall_bound, self.value_bound)

    def tiers(self, table_moves: int | None = None) -> tuple[Tier, ...]:
        """Return the tiers of the best placement with their proven limits; the fifth once tables are given."""
        assert self.best is not None
        shortfall, value, breaks, idle = worth(self.problem, self.best)
        # What is proven of breaks holds for schedules of one shortfall and value.
        told = self.compaction
        if told is not None and (told.shortfall, told.value) != (shortfall, value):
            told = None
        found = [
            Tier(name="shortfall", value=shortfall, bound=self.shortfall_bound),
            Tier(name="value", value=value, bound=self.value_bound),
            Tier(name="breaks", value=breaks, bound=told.bound if told else 0),
            Tier(name="idle_slots", value=idle, bound=max(breaks, told.idle_bound if told else 0)),
        ]
        if table_moves is not None:
            least = fewest_moves(self.problem, *self._held_and_open(), breaks)
            found.append(Tier(name="table_moves", value=table_moves, bound=least))
        return tuple(found)

    def _proven_tier(self, tier: Tier) -> Tier:
        """Return ``tier`` with the reason why its bound holds, where one is known."""
        assert self.best is not None
        shortfall = self.problem.shortfall_of(self.best.units)
        bounds = {
            "shortfall": self.shortfall_bounds,
            "value": [bound for at, bound in self.value_bounds if at >= shortfall],
            "breaks": [Bound.natural(), *self._break_bounds()],
        }
        return tier.model_copy(update={"proof": proof_of(tier.bound, bounds.get(tier.name, []))})

    def _break_bounds(self) -> Iterator[Bound]:
        """Yield what is proven of breaks: by patterns, and by a search where that has gone further."""
        told = self.compaction
        pattern = None if told is None else told.pattern
        if pattern is not None:
            yield Bound(pattern.breaks, lambda: pattern.proof)
        if told is not None and (pattern is None or pattern.breaks < told.bound):
            yield Bound.by_search(told.bound, _EXACT)

    def _held_and_open(self) -> tuple[IntArray, IntArray]:
        """Return the units that every schedule of this shortfall and value holds, and those that it may hold."""
        if self.compaction is not None and self.compaction.face is not None:
            return self.compaction.face.always, self.compaction.face.sometimes
        required = self.problem.required
        return np.flatnonzero(required), np.flatnonzero(~required)

    def schedule(self) -> Schedule:
        """Return the best placement, seated and verified."""
        assert self.best is not None
        self.watch.tell("tables")
        seating = seat(self.problem, self.best)
        tiers = tuple(self._proven_tier(tier) for tier in self.tiers(seating.moves))
        schedule = Schedule(
            status="optimal" if all(tier.proven for tier in tiers[:3]) else "feasible",
            meetings=meetings_of(self.problem, self.best, seating),
            tiers=tiers,
            seconds=round(self.watch.seconds, 3),
        )
        return checked(self.problem.event, schedule)


def refuse_impossible(problem: Problem) -> None:
    """Raise ``Infeasible`` where a required meeting finds no slot or table even alone."""
    if problem.impossible:
        raise Infeasible(problem.event, impossible_alone(problem))


def refuse_contradictions(problem: Problem, watch: Watch) -> None:
    """Raise ``Infeasible`` where required meetings evidently cannot be held together."""
    conflict = evident_conflict(problem, watch)
    if conflict:
        raise Infeasible(problem.event, conflict)


def meetings_of(problem: Problem, placement: Placement, seating: Seating) -> tuple[Meeting, ...]:
    """Return the meetings with their ids, in the order of slots, then participants."""
    event = problem.event
    order = np.lexsort((problem.b[placement.units], problem.a[placement.units], placement.slots))
    found = []
    for k in order.tolist():
        u, table, helper = int(placement.units[k]), int(seating.tables[k]), int(seating.facilitators[k])
        found.append(
            Meeting(
                between=(event.participants[problem.a[u]].id, event.participants[problem.b[u]].id),
                slot=event.slots[placement.slots[k]].id,
                table=None if table == NO_TABLE else event.tables[table].id,
                facilitator=None if helper < 0 else event.facilitators[helper].id,
                score=int(problem.score[u]),
            )
        )
    return tuple(found)


def checked(event: Event, schedule: Schedule) -> Schedule:
    """Return ``schedule``; raises ``IllegalSchedule`` where the independent check finds a fault in it."""
    report = verify(event, schedule)
    if report.faults:
        raise IllegalSchedule("; ".join(report.faults))
    return schedule
