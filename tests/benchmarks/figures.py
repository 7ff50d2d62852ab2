"""``make figures``: the figures of ``scheduler/README.md``, drawn anew from real runs of the solver (two minutes).

What is drawn is also printed, so that the text beside the figures can be held to it. Every run has one thread, and its
clock is the processor's: what else the machine does meanwhile changes little.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from random import Random

import numpy as np

from scheduler.breaks.annealing import Annealing
from scheduler.breaks.ladder import Ladder
from scheduler.breaks.patterns import busy_pattern_bound
from scheduler.exact.model import ExactModel
from scheduler.format.event import Event, MeetingRule, Participant, Rules, Table
from scheduler.problem.incumbent import Incumbent
from scheduler.problem.placement import Placement
from scheduler.problem.problem import build_problem
from scheduler.problem.watch import Progress, SolveOptions, Watch
from scheduler.problem.worth import busy_slots, worth
from scheduler.resizing.resized import event_with_tables
from scheduler.samples.sample import benchmark_event, sample_event
from scheduler.selecting.face import optimal_face
from scheduler.selecting.select import select
from scheduler.solve import Search
from scheduler.whatif import whatif
from tests.benchmarks.drawing import Cells, Chart, Line, Point, figure
from tests.benchmarks.families.random_rules import random_event

FOLDER = Path(__file__).resolve().parents[2] / "scheduler" / "figures"
_SECONDS = "seconds of one core"
# How long each part has on its own.
_ALONE = 10.0
# Where the axis of value begins.
_LEAST_SHARE = 90


def saturated() -> Event:
    """Return 60 × 60 participants whose meetings fill every table in every slot, so that somebody has to wait."""
    return benchmark_event(60, 60, 20, 50, capacities=(14, 20))


def roomy() -> Event:
    """Return 200 × 200 participants with 150 tables in a slot, where 90 would do: hardly anybody has to wait."""
    return benchmark_event(200, 200, 30, 150, capacities=(10, 17))


def fair(companies: int = 50, slots: int = 12, tables: int = 18, seed: int = 3) -> Event:
    """Return a fair of the B2BSP kind: every meeting required, half of them in one session, some away for a slot."""
    random = Random(seed)
    grid = [
        slot.model_copy(update={"session": "am" if 2 * k < slots else "pm"})
        for k, slot in enumerate(benchmark_event(1, 1, slots, 1).slots)
    ]
    ids = [f"p{k + 1}" for k in range(companies)]
    room = {id: random.randint(4, 8) for id in ids}
    rules = []
    for pair in random.sample(list(combinations(ids, 2)), companies * (companies - 1) // 2):
        if min(room[id] for id in pair) > 0:
            room.update({id: room[id] - 1 for id in pair})
            rules.append(MeetingRule(between=pair, status="required", session=random.choice((None, None, "am", "pm"))))
    people = [
        Participant(
            id=id,
            kind="company",
            unavailable=tuple(grid[k].id for k in sorted(random.sample(range(slots), random.choice((0, 0, 1, 2))))),
        )
        for id in ids
    ]
    return Event(
        format="passerelle-event/1",
        slots=tuple(grid),
        tables=tuple(Table(id=f"t{k + 1}") for k in range(tables)),
        participants=tuple(people),
        may_meet=(("company", "company"),),
        meetings=tuple(rules),
        affinities=(),
        rules=Rules(max_break_difference=2),
    )


class Recording:
    """A whole run, and its breaks and their bound over time. ``start`` is the placement before any compaction."""

    def __init__(self, event: Event, seconds: float) -> None:
        self.problem = build_problem(event)
        self.value: list[Point] = []
        self.limit: list[Point] = []
        # Breaks of timetables of the final shortfall and value: fewer breaks of a worse one say nothing.
        self.breaks: list[Point] = []
        self.bound: list[Point] = []
        self._first_two: tuple[int, int] | None = None
        watch = _watch(seconds, self._hear)
        self._search: Search | None = None
        self._search = Search(self.problem, watch)
        self._search.place()
        self.start = self.best
        self._search.compact()
        self.seconds = watch.seconds
        self._hear(Progress(self.seconds, "", ()))

    @property
    def best(self) -> Placement:
        assert self._search is not None and self._search.best is not None
        return self._search.best

    def _hear(self, progress: Progress) -> None:
        search = self._search
        if search is None or search.best is None:
            return
        shortfall, value, breaks, _ = worth(self.problem, search.best)
        if self._first_two != (shortfall, value):
            self._first_two = shortfall, value
            self.breaks, self.bound = [], []
        self.value.append((progress.seconds, value))
        limit = search.limits.value(shortfall)
        if limit is not None:
            self.limit.append((progress.seconds, limit))
        self.breaks.append((progress.seconds, breaks))
        self.bound.append((progress.seconds, search.compaction.bound if search.compaction is not None else 0))


def breaks_over_time() -> str:
    """Draw breaks and bound while two events are solved."""
    panels = []
    for event, seconds, words in (
        (saturated(), 20.0, "60 × 60, 20 slots, 50 tables: every table full"),
        (roomy(), 40.0, "200 × 200, 30 slots, 150 tables: room to spare"),
    ):
        run = Recording(event, seconds)
        first, last, bound = int(run.breaks[0][1]), int(run.breaks[-1][1]), int(run.bound[-1][1])
        told = (
            f"{words}: {first} breaks after {run.breaks[0][0]:.1f} s, {last} after {run.seconds:.1f} s, bound {bound}"
        )
        print(f"breaks over time, {told}")
        lines = [Line("breaks of the best timetable", run.breaks, "blue")]
        lines.append(Line("proven: no timetable of this value has fewer", run.bound, "orange", dashed=True))
        top = 20 * (first // 20 + 1)
        panels.append(Chart(words, _SECONDS, "breaks", lines, (0, _round_up(run.seconds)), (0, top)))
    description = (
        "The value is at its proven bound from the first point on. The breaks fall fast at first, then slowly."
    )
    return figure("Breaks over time on two events", description, panels)


def value_over_time() -> str:
    """Draw value and its limit while an event with a random handful of rules is solved, from the first timetable on."""
    panels = []
    for size, seed in ((40, 3), (80, 7)):
        event = random_event(size, size, seed)
        run = Recording(event, 10.0)
        top, last = run.limit[-1][1], run.value[-1][1]
        met = next(seconds for seconds, value in run.value if value == last)
        shares = [(seconds, 100 * value / top) for seconds, value in run.value]
        words = f"{len(event.participants)} participants, {len(event.slots)} slots, random rules"
        print(f"value over time, {words}: {run.value[0][1]:g} after {run.value[0][0]:.2f} s")
        print(f"  {last:g} of at most {top:g} after {met:.2f} s")
        lines = [
            Line("value of the best timetable", [point for point in shares if point[1] >= _LEAST_SHARE], "blue"),
            Line(
                "proven: no timetable is worth more", [(s, 100 * v / top) for s, v in run.limit], "orange", dashed=True
            ),
        ]
        up = f"% of the proven limit (below {_LEAST_SHARE} not drawn)"
        y = (_LEAST_SHARE, 101)
        panels.append(Chart(words, _SECONDS, up, lines, (0.02, _ALONE), y, logarithmic=True))
    description = "Required meetings first, the selection around them, then linear programs and parts close the gap."
    return figure("Value over time on two events with random rules", description, panels)


def patterns() -> str:
    """Draw who is busy when in the sample event, before and after its breaks are made few."""
    run = Recording(sample_event(), 5.0)
    problem = run.problem
    after = busy_slots(problem, run.best)
    kinds = [participant.kind for participant in problem.event.participants]
    met = [p for p in range(problem.participants) if after[p].any()]
    rows = sorted(met, key=lambda p: (kinds[p], int(after[p].argmax()), -int(after[p].sum()), p))
    panels = []
    for words, placement in (("slots given out by matchings", run.start), ("after annealing", run.best)):
        busy = busy_slots(problem, placement)[rows]
        between = np.logical_or.accumulate(busy, axis=1) & np.logical_or.accumulate(busy[:, ::-1], axis=1)[:, ::-1]
        breaks, idle = worth(problem, placement)[2:]
        print(f"patterns, {words}: {len(placement.units)} meetings, {breaks} breaks, {idle} idle slots")
        away = ~problem.available[rows] & ~(between & ~busy)
        cells = [
            ("in a meeting", "blue", _positions(busy)),
            ("waiting between two meetings", "orange", _positions(between & ~busy)),
            ("not there", "faint", _positions(away)),
        ]
        title = f"{words}: {breaks} breaks, {idle} idle slots"
        rules = [k for k in range(1, len(rows)) if kinds[rows[k]] != kinds[rows[k - 1]]]
        up = f"{len(rows)} participants, associations above"
        panels.append(Cells(title, "slot", up, (problem.slots, len(rows)), cells, rules))
    description = "One row for each participant, one column for each slot; the same meetings in both pictures."
    return figure("The sample event, participants by slots, before and after annealing", description, panels)


def portfolio() -> str:
    """Draw what the parts reach alone, from the same start and on one thread each, beside the whole."""
    panels = []
    for event, words in (
        (fair(), "50 companies, every meeting required"),
        (saturated(), "60 × 60, 20 slots, 50 tables"),
    ):
        run = Recording(event, _ALONE)
        annealed = _annealed(event, run.start)
        exact, limits = _exact(event, run.start)
        print(f"portfolio, {words}: {len(run.start.units)} meetings, {int(run.breaks[0][1])} breaks at the start")
        for name, points in (
            ("annealing alone", annealed),
            ("exact model alone", exact),
            ("its bound", limits),
            ("the whole", run.breaks),
            ("its bound", run.bound),
        ):
            last = points[-1][1]
            print(f"  {name}: {last:g} at {next(seconds for seconds, value in points if value == last):.1f} s")
        lines = [
            Line("annealing alone", annealed, "green"),
            Line("exact model alone", exact, "orange"),
            Line("… and its bound", limits, "orange", dashed=True),
            Line("the whole", run.breaks, "blue"),
            Line("… and its bound", run.bound, "blue", dashed=True),
        ]
        panels.append(Chart(words, _SECONDS, "breaks", lines, (0.02, _ALONE), (0, 100), logarithmic=True))
    description = "On the small event the exact model proves what annealing cannot; on the large one it gets nowhere."
    return figure("Each part alone and all of them together", description, panels)


def _watch(seconds: float, listener: Callable[[Progress], None] = lambda _: None) -> Watch:
    return Watch(SolveOptions(time_limit=seconds, workers=1), listener, clock=time.process_time)


def _annealed(event: Event, start: Placement) -> list[Point]:
    problem = build_problem(event)
    watch = _watch(_ALONE)
    annealing = Annealing(problem, start, 0)
    points: list[Point] = [(0.0, annealing.fewest[0])]
    annealing.run(watch.over, lambda _: points.append((watch.seconds, annealing.fewest[0])), patience=None, goal=1)
    return [*points, (_ALONE, points[-1][1])]


def _exact(event: Event, start: Placement) -> tuple[list[Point], list[Point]]:
    """Return breaks and bound while the exact model is asked, knowing nothing of either but ``start``."""
    problem = build_problem(event)
    watch = _watch(_ALONE)
    breaks: list[Point] = [(0.0, worth(problem, start)[2])]
    bounds: list[Point] = [(0.0, 0)]

    incumbent = Incumbent(problem)
    incumbent.offer(start)
    model = ExactModel(problem, start.units, all_held=True)
    ladder = Ladder(model, watch, incumbent, 0)
    for turn in ladder.turns:
        for ask in (ladder.climb, ladder.descend):
            ask(turn)
            breaks.append((watch.seconds, int(ladder.fewest)))
            bounds.append((watch.seconds, ladder.bound))
    return [*breaks, (watch.seconds, breaks[-1][1])], bounds


def what_if() -> str:
    """Draw what more or fewer tables are worth to the saturated event, and what they cost in breaks."""
    event = saturated()
    numbers = list(range(40, 61, 2))
    grid = whatif(event, numbers, [len(event.slots)], breaks=True)
    cells = [row[0] for row in grid.cells]
    limits: list[Point] = []
    least: list[Point] = []
    for count in numbers:
        problem = build_problem(event_with_tables(event, count))
        selection = select(problem)
        assert selection is not None and selection.value_bound is not None
        limits.append((count, selection.value_bound))
        found = busy_pattern_bound(problem, optimal_face(problem, selection.units), selection.value_bound)
        least.append((count, 0 if found is None else found.breaks))
    placed = [(float(cell.tables or 0), float(cell.value or 0)) for cell in cells if cell.placed]
    breaks = [(float(cell.tables or 0), float(cell.breaks or 0)) for cell in cells if cell.placed]
    print(f"what if, one more table: {grid.one_more_table}")
    for (tables, limit), (_, reached), (_, few), (_, fewest) in zip(limits, placed, breaks, least, strict=True):
        print(f"  {tables:g} tables: value {reached:g} of {limit:g}, {few:g} breaks, at least {fewest:g}")
    across = f"tables (the event has {len(event.tables)})"
    value = [
        Line("proven limit, slots added up", limits, "orange", dashed=True, stepped=False),
        Line("reached: every meeting has slot and table", placed, "blue", dots=True),
    ]
    waiting = [
        Line("proven: no timetable of this value has fewer", least, "orange", dashed=True, stepped=False),
        Line("found by a short annealing", breaks, "blue", dots=True),
    ]
    panels = [
        Chart("value", across, "value (the axis begins at 60,000)", value, (40, 60), (60_000, 72_000)),
        Chart("breaks", across, "breaks", waiting, (40, 60), (0, 80)),
    ]
    description = "Above 51 tables the value cannot grow any more, but each further table still saves breaks."
    return figure("60 × 60 participants with 40 to 60 tables: value and breaks", description, panels)


FIGURES: dict[str, Callable[[], str]] = {
    "value-over-time": value_over_time,
    "patterns": patterns,
    "breaks-over-time": breaks_over_time,
    "portfolio": portfolio,
    "what-if": what_if,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the figures that ``arguments`` name, all of them by default."""
    parser = argparse.ArgumentParser(description="Draw the figures of scheduler/README.md from real runs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(FIGURES)} (default: all)")
    names = parser.parse_args(arguments).names or list(FIGURES)
    if unknown := set(names) - FIGURES.keys():
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    FOLDER.mkdir(exist_ok=True)
    # The first run after an installation compiles what later runs find ready.
    Recording(benchmark_event(6, 6, 6, 3, capacities=(3, 4)), 60.0)
    for name in names:
        (FOLDER / f"{name}.svg").write_text(FIGURES[name](), encoding="utf-8")


def _positions(cells: np.ndarray) -> list[tuple[int, int]]:
    return [(int(column), int(row)) for row, column in np.argwhere(cells)]


def _round_up(seconds: float) -> float:
    return float(5 * int(seconds / 5 + 1))


if __name__ == "__main__":
    main()
