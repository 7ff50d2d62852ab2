"""From an event to a proven timetable: the tiers in their order.

problem    = the event as integers
selection  = who meets whom: best value, slots only counted          -> proven bounds of tiers 1 and 2
start      = when: what must be held, the selection around it, what still fits: a legal timetable
improving  = what found no place, part by part with every rule       -> tiers 1 and 2
compaction = fewer breaks, then idle slots, shortfall and value kept  -> tiers 3 and 4
seating    = where: tables and facilitators, few moves               -> tier 5
check      = every rule again, by code that shares nothing with the above
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from scheduler.check.schedule import verify
from scheduler.feasibility.conflict import conflicting_requirements, evident_conflict, impossible_alone
from scheduler.format.errors import IllegalSchedule, Infeasible, NoScheduleFound
from scheduler.format.event import Event
from scheduler.format.schedule import Schedule, Tier
from scheduler.problem.capacities import resources_of
from scheduler.problem.incumbent import Incumbent
from scheduler.problem.parameters import EFFORTS, SHARES, SIZES, TIMES
from scheduler.problem.placement import Placement
from scheduler.problem.problem import IntArray, Problem, build_problem
from scheduler.problem.staying import with_tables_chosen
from scheduler.problem.watch import Progress, SolveOptions, Watch
from scheduler.problem.worth import breaks_alike, worth
from scheduler.selecting.bounds import Bound, proof_of
from scheduler.selecting.limits import Limits
from scheduler.selecting.seated import select_with_tables
from scheduler.selecting.select import Selection, bound_by_flows, select, select_by_program, value_bound
from scheduler.slotting import matching as slotting
from scheduler.slotting.skeleton import around, required_alone, without_uneven_breaks
from scheduler.tables.meetings import meetings_of
from scheduler.tables.seating import fewest_moves, seat

if TYPE_CHECKING:
    from scheduler.breaks.compaction import Compaction
    from scheduler.improving.regret import Regret
    from scheduler.improving.slotwise import Slotwise

_EXACT, _PROGRAM = "CP-SAT", "HiGHS"
# How much more a meeting that the linear program holds is wanted at a table than one that it does not.
_WANTED = 20


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
    Cost: milliseconds to a legal schedule; improving and compaction take the time they are given.
    """
    watch = Watch(options or SolveOptions(), listener, stop)
    problem = build_problem(event)
    refuse_impossible(problem)
    refuse_contradictions(problem, watch)
    search = Search(problem, watch)
    search.place()
    search.compact()
    return search.schedule()


class Search:
    """One run: the best placement so far, and the limits proven."""

    def __init__(self, problem: Problem, watch: Watch) -> None:
        self.problem = problem
        self.watch = watch
        self.limits = Limits()
        self.incumbent = Incumbent(problem, lambda: watch.tell("improved", self.tiers()))
        self.resources = resources_of(problem, np.arange(problem.units))
        self.selection: Selection | None = None
        self.skeleton: Placement | None = None
        self.slotwise: Slotwise | None = None
        self.regret: Regret | None = None
        self.compaction: Compaction | None = None

    @property
    def best(self) -> Placement | None:
        return self.incumbent.best

    def place(self) -> None:
        """Find a legal timetable at once, then one of the best value, whatever the rules."""
        problem = self.problem
        seats = problem.tables * problem.slots if problem.tables else problem.units
        self.watch.keep(TIMES.after_search * min(seats, int(problem.room.sum()) // 2, problem.units))
        self.watch.tell("selection")
        self._choose(selected_in_time(self.problem, self.watch))
        self.watch.tell("slotting")
        if self.problem.required.all():
            self._start_with_nothing_to_choose()
        else:
            self._start()
            for step in (self._tighten, self._tighten_slot_by_slot, self._improve, self._finish_exactly):
                if self.best is None or self.watch.over() or self._first_two_proven():
                    break
                step()
        if self.best is None:
            raise NoScheduleFound()
        shortfall = self.problem.shortfall_of(self.best.units)
        if self.limits.value(shortfall) is None:
            # What was proven of the value holds for less shortfall only.
            bound = bound_by_flows(self.problem.widest, shortfall, self.watch.remaining() / 2)
            self.limits.values.append((shortfall, bound))

    def _choose(self, selection: Selection | None) -> None:
        if selection is not None:
            self.selection = selection
            self.limits.learn(self.problem, selection)

    # A legal timetable

    def _start(self) -> None:
        """Place what must be held, then the selection around it."""
        selection = self.selection
        if self.resources is None:
            self._choose_exactly()
            return
        self.skeleton = self._required_at_once() or self._required_exactly()
        if self.skeleton is None:
            self._choose_exactly()
            return
        self.incumbent.offer(self.skeleton)
        self._surround(np.zeros(0, dtype=np.int64) if selection is None else selection.units)

    def _required_at_once(self) -> Placement | None:
        """Place the required meetings alone, breaks evened out where the event compares them; ``None``: not found."""
        if self.resources is None:
            return None
        found = required_alone(self.problem, self.resources)
        if found is None or breaks_alike(self.problem, found):
            return found
        return self._mended(found)

    def _mended(self, uneven: Placement) -> Placement | None:
        """Return the meetings of ``uneven`` with breaks evened out as the event asks; ``None``: not found."""
        # Loading the compiler behind it takes a moment, which most first timetables need not wait for.
        from scheduler.breaks.mending import mended

        return mended(self.problem, uneven, self.watch)

    def _required_exactly(self) -> Placement | None:
        """Place the required meetings alone by the exact model, breaks compared where the event does so."""
        # Loading the solver behind it takes a moment, which most events never need.
        from scheduler.exact.model import ExactModel

        problem = self.problem
        model = ExactModel(problem, np.flatnonzero(problem.required), all_held=True)
        answer = model.minimise(None, self.watch, effort=EFFORTS.required)
        if answer.infeasible and problem.break_difference is None:
            raise Infeasible(problem.event, conflicting_requirements(problem, self.watch))
        return answer.placement

    def _surround(self, wanted: IntArray, start: Placement | None = None) -> None:
        """Place as many of ``wanted`` as can be around ``start``, or the skeleton, and whatever else then fits."""
        problem = self.problem
        if self.skeleton is None or self.resources is None:
            return
        if start is None and not len(self.skeleton.units) and slotting.suits(problem):
            # Matchings alone see every rule: they make the windows from which breaks are few.
            slots = slotting.slot_units(problem, wanted)
            start = Placement(wanted, slots).only(slots != slotting.UNPLACED)
            self.incumbent.offer(start)
            if len(start.units) == len(wanted) or len(wanted) > SIZES.to_surround:
                return
        until = self.watch.seconds + SHARES.chains * self.watch.remaining()
        over = partial(self._past, until)
        whole = around(problem, self.resources, start or self.skeleton, wanted, over)
        if not np.isin(np.flatnonzero(problem.required), whole.units).all():
            return
        self.incumbent.offer(without_uneven_breaks(problem, whole, over=self.watch.over))
        if not breaks_alike(problem, whole) and not self.watch.over():
            self.incumbent.offer(self._mended(whole))

    def _past(self, seconds: float) -> bool:
        return self.watch.over() or self.watch.seconds > seconds

    def _start_with_nothing_to_choose(self) -> None:
        """Place an event all of whose meetings are required: all that is left to do is breaks."""
        problem, units = self.problem, np.arange(self.problem.units)
        if problem.sides is not None:
            self.incumbent.offer(slotting.legal_part(problem, units, slotting.slot_units(problem, units)))
        if self.best is None:
            self.incumbent.offer(self._required_at_once())
        if self.best is None and self._proven(units):
            # The exact model may as well be asked for few breaks at once.
            self._compact(units)
        if self.best is None:
            # Where nothing is possible that is what it says.
            self._choose_exactly()

    # Shortfall and value

    def _tighten(self) -> None:
        """Prove more by a linear program that counts what the flow cannot, and start again from its selection."""
        if self.problem.units > SIZES.program:
            return
        self.watch.tell("tightening")
        limit = self.watch.remaining() / 3
        try:
            selection = self.watch.unless_over(lambda: select_by_program(self.problem, limit))
        except TimeoutError:
            return
        self._choose(selection)
        if selection is not None and not self._first_two_proven():
            self._surround(selection.units)
            self._choose_tables_too()

    def _choose_tables_too(self) -> None:
        """Choose tables of those who stay seated and the selection together; keep what is better."""
        for in_turns in (False, True):
            if self.best is None or self._first_two_proven() or self.watch.over():
                return
            shortfall = self.limits.shortfall
            way = partial(select_with_tables, self.problem, shortfall, self.watch.remaining() / 8, in_turns=in_turns)
            found = self.watch.unless_over(way)
            if found is None:
                continue
            if found.value is not None:
                self.limits.values.append((shortfall, Bound.by_search(found.value, _PROGRAM)))
            self._at_other_tables(found.problem, found.units)

    def _tighten_slot_by_slot(self) -> None:
        """Prove more by a linear program that knows of slots, where it is small enough, and start from its solution."""
        from scheduler.improving.slotwise import slotwise

        self.watch.tell("tightening")
        limit = self.watch.remaining() / 4
        found = self.watch.unless_over(lambda: slotwise(self.problem, limit))
        if found is None:
            return
        self.slotwise = found
        self.limits.shortfalls.append(Bound.by_search(found.shortfall, _PROGRAM))
        self.limits.values.append((found.shortfall, Bound.by_search(found.value, _PROGRAM)))
        if not self._first_two_proven():
            self._surround(found.wanted)
            self._surround(found.wanted, found.whole)
            self._choose_tables(found)

    def _choose_tables(self, found: Slotwise) -> None:
        """Choose the tables of those who stay seated anew, for the meetings wanted most; keep what is better."""
        problem = self.problem
        if len(problem.widest.undecided):
            weight = np.rint(found.weight * (problem.score + 1) * _WANTED).astype(np.int64) + problem.score + 1
            self._at_other_tables(with_tables_chosen(problem.widest, weight=weight), found.wanted, found.whole)

    def _at_other_tables(self, problem: Problem, wanted: IntArray, whole: Placement | None = None) -> None:
        """Place ``wanted`` with the tables of the seated as ``problem`` has them; keep these where that is better."""
        old, resources, best = self.problem, self.resources, self.best
        if self.skeleton is None:
            return
        self.problem, self.resources = problem, resources_of(problem, np.arange(problem.units))
        self._surround(wanted)
        if whole is not None:
            self._surround(wanted, whole)
        if self.best is best:
            self.problem, self.resources = old, resources

    def _improve(self) -> None:
        """Better shortfall and value by large neighbourhoods until their bounds are reached, or nothing is gained."""
        if self.best is None or self.resources is None:
            return
        self.watch.tell("improving")
        # Loading the solver behind it takes a moment, which most events never need.
        from scheduler.improving.aims import MoreValue
        from scheduler.improving.regret import regret_by_flow
        from scheduler.improving.search import Improving

        wanted = self.best.units if self.selection is None else self.selection.units
        if self.slotwise is not None:
            wanted = self.slotwise.wanted
        self.regret = regret_by_flow(self.problem) if self.slotwise is None else self.slotwise.regret
        shortfall = self.limits.shortfall
        aim = MoreValue(self.problem, shortfall, self.limits.value(shortfall), wanted, self.regret)
        Improving(self.problem, self.resources, self.incumbent, aim, self.watch).run()

    def _choose_exactly(self) -> None:
        """Choose among all units at once where nothing else has found a timetable; says where nothing is possible."""
        if self.problem.allowed.sum() <= SIZES.everything:
            self._search_exactly(np.arange(self.problem.units), EFFORTS.any)

    def _finish_exactly(self) -> None:
        """Choose among all that a better timetable could hold: proves tiers 1 and 2 where it ends."""
        problem, best = self.problem, self.best
        assert best is not None
        open_ones = np.ones(problem.units, dtype=np.bool_)
        if self.regret is not None:
            open_ones = self.regret.possible(problem, best.units) | problem.required
        open_ones[best.units] = True
        if problem.allowed[open_ones].sum() <= SIZES.to_finish:
            limit = self.watch.options.asked_limit
            longest = float("inf") if limit is None else SHARES.finish * self.watch.remaining()
            self._search_exactly(np.flatnonzero(open_ones), EFFORTS.finish, longest)

    def _search_exactly(self, units: IntArray, effort: float, longest: float = float("inf")) -> None:
        """Search the best timetable of ``units``, ``longest`` seconds; no better one than is known has others."""
        from scheduler.exact.model import ExactModel
        from scheduler.exact.tiers import TierByTier

        self.watch.tell("choosing")
        problem, limits = self.problem, self.limits
        model = ExactModel(problem.widest, units, all_held=False)
        worth = model.add_worth()
        tiers = TierByTier(model, self.watch, effort, self.best, longest)
        least = tiers.lower(worth.shortfall, lambda _: self._shortfall(tiers.best), at_least=limits.shortfall)
        if tiers.infeasible:
            raise Infeasible(problem.event, conflicting_requirements(problem, self.watch))
        shortfall = self._shortfall(tiers.best)
        if self.best is None:
            return
        if least is not None:
            limits.shortfalls.append(Bound.by_search(min(least, shortfall), _EXACT))
        if limits.value(shortfall) is None:
            limits.values.append((shortfall, value_bound(problem, shortfall, self.watch.remaining())))
        most = limits.value(shortfall)
        at_least = None if most is None else -most
        bound = tiers.lower(-worth.value, lambda best: -problem.value_of(best.units), at_least=at_least)
        self.incumbent.offer(tiers.best)
        if bound is not None and problem.shortfall_of(self.best.units) == shortfall:
            most = max(-bound, problem.value_of(self.best.units))
            limits.values.append((shortfall, Bound.by_search(most, _EXACT)))

    def _shortfall(self, found: Placement | None) -> int:
        """Offer what was ``found``, and return the shortfall of the best, 0 where there is none yet."""
        self.incumbent.offer(found)
        return 0 if self.best is None else self.problem.shortfall_of(self.best.units)

    def _first_two_proven(self) -> bool:
        return self.best is not None and self._proven(self.best.units)

    def _proven(self, units: IntArray) -> bool:
        """Return whether no schedule has less shortfall than one of ``units``, nor more value at that."""
        return self.limits.proven(self.problem.shortfall_of(units), self.problem.value_of(units))

    # Breaks and idle slots

    def compact(self) -> None:
        """Make breaks and idle slots few, with a bound over every selection of equal value where one is found."""
        assert self.best is not None
        told = self.compaction
        if told is None or not self.incumbent.reaches(told.shortfall, told.value):
            self._compact(self.best.units)

    def _compact(self, units: IntArray) -> None:
        # Loading the compiler behind it takes a moment, which a first timetable need not wait for.
        from scheduler.breaks.compaction import Compaction

        self.watch.tell("breaks", None if self.best is None else self.tiers())
        proven = self._proven(units)
        self.compaction = Compaction(self.problem, units, self.watch, self.incumbent, proven_value=proven)
        self.compaction.run()

    # What came of it

    def tiers(self, table_moves: int | None = None) -> tuple[Tier, ...]:
        """Return the tiers of the best placement with their proven limits; the fifth once tables are given."""
        assert self.best is not None
        shortfall, value, breaks, idle = worth(self.problem, self.best)
        # What is proven of breaks holds for schedules of one shortfall and value.
        told = self.compaction
        if told is not None and (told.shortfall, told.value) != (shortfall, value):
            told = None
        found = [
            Tier(name="shortfall", value=shortfall, bound=self.limits.shortfall),
            Tier(name="value", value=value, bound=self.limits.value(shortfall)),
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
        match tier.name:
            case "shortfall":
                proof = self.limits.why_shortfall()
            case "value":
                proof = self.limits.why_value(self.problem.shortfall_of(self.best.units))
            case "breaks":
                proof = proof_of(tier.bound, [Bound.natural(), *self._break_bounds()])
            case _:
                proof = None
        return tier.model_copy(update={"proof": proof})

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


def selected_in_time(problem: Problem, watch: Watch) -> Selection | None:
    """Return the selection, or ``None`` where half of the time left did not suffice for it or no selection exists."""
    try:
        return select(problem, watch.remaining() / 2)
    except TimeoutError:
        return None


def refuse_impossible(problem: Problem) -> None:
    """Raise ``Infeasible`` where a required meeting finds no slot or table even alone."""
    if problem.impossible:
        raise Infeasible(problem.event, impossible_alone(problem))


def refuse_contradictions(problem: Problem, watch: Watch) -> None:
    """Raise ``Infeasible`` where required meetings evidently cannot be held together."""
    conflict = evident_conflict(problem, watch)
    if conflict:
        raise Infeasible(problem.event, conflict)


def checked(event: Event, schedule: Schedule) -> Schedule:
    """Return ``schedule``; raises ``IllegalSchedule`` where the independent check finds a fault in it."""
    report = verify(event, schedule)
    if report.faults:
        raise IllegalSchedule("; ".join(report.faults))
    return schedule
