"""How few breaks: what the ladder proves and finds is the truth, whatever is asked, in which order and by how many."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from scheduler.breaks.ladder import Ladder, Manner, Question
from scheduler.exact.model import ExactModel
from scheduler.problem.incumbent import Incumbent
from scheduler.problem.parameters import Efforts
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem, build_problem
from scheduler.problem.watch import SolveOptions, Watch
from scheduler.problem.worth import breaks_and_idle, worth
from tests.properties.brute_force import Exhaustive
from tests.properties.tiny import tiny_event
from tests.properties.truth import Truth
from tests.scheduler.builders import event, people, rule, slots
from tests.scheduler.builders import worth as affinities
from tests.scheduler.legal import assert_legal

EVENTS = 90
MOST_PLANS = 8_000
# Who has how many breaks.
Waiting = dict[int, int]
PLAIN, FEWEST, COUNTED = Manner.PLAIN, Manner.FEWEST, Manner.COUNTED


def watch(workers: int = 1, stopped: bool = False) -> Watch:
    return Watch(SolveOptions(workers=workers), stop=lambda: stopped)


class Case:
    """One event, the model of its best schedules, and who waits in each of them."""

    def __init__(self, exhaustive: Exhaustive) -> None:
        self.problem = build_problem(exhaustive.event)
        self.shortfall, negative = min((worth[0], -worth[1]) for worth in exhaustive.plans)
        self.value = -negative
        self.waiting: list[Waiting] = []
        for found, plans in exhaustive.plans.items():
            if found[:2] == (self.shortfall, self.value):
                for plan in plans:
                    breaks = [len(exhaustive._stretches(plan, p)) for p in exhaustive.event.participants]
                    self.waiting.append({p: count for p, count in enumerate(breaks) if count})
        self.fewest = min(sum(waiting.values()) for waiting in self.waiting)

    def model(self) -> ExactModel:
        model = ExactModel(self.problem, np.arange(self.problem.units), all_held=False)
        model.keep_worth(self.shortfall, self.value)
        return model


def cases(sides: bool, count: int = EVENTS) -> Iterator[Case]:
    for seed in range(count):
        exhaustive = Exhaustive(tiny_event(Random(seed), slots=(4, 5), sides=sides))
        if 24 <= exhaustive.size <= MOST_PLANS and exhaustive.plans:
            yield Case(exhaustive)


def ladder_of(
    model: ExactModel,
    watch: Watch,
    best: Placement | None = None,
    bound: int = 0,
) -> Ladder:
    incumbent = Incumbent(model.problem)
    if best is not None:
        incumbent.offer(best)
    return Ladder(model, watch, incumbent, bound)


def both_ways(ladder: Ladder) -> None:
    """Climb and descend in turn, as with one worker."""
    for turn in ladder.turns:
        ladder.climb(turn)
        ladder.place()
        ladder.descend(turn)


def at_once(ladder: Ladder) -> None:
    """Climb and descend at once, as with two workers."""
    with ThreadPoolExecutor(1) as pool:
        below = pool.submit(lambda: [ladder.climb(turn) for turn in ladder.turns])
        ladder.place()
        for turn in ladder.turns:
            ladder.descend(turn, 1)
        below.result()


def answer(ladder: Ladder, question: Question) -> str:
    solver = ladder._solver(question, 0)
    return solver.status_name(solver.solve(ladder._asking(question, 0)))


@pytest.mark.parametrize("ways", [both_ways, at_once])
def test_ladder_finds_and_proves_the_fewest(ways: Callable[[Ladder], None]):
    hard = 0
    for case in cases(sides=False):
        ladder = ladder_of(case.model(), watch(), None, 0)
        ways(ladder)

        assert ladder.best is not None
        assert (ladder.fewest, ladder.bound) == (case.fewest, case.fewest)
        assert not ladder.impossible
        assert worth(case.problem, ladder.best)[:3] == (case.shortfall, case.value, case.fewest)
        assert_legal(case.problem, ladder.best)
        hard += case.fewest > 0
    assert hard >= 5


@pytest.mark.parametrize("way", ["up", "down"])
def test_either_way_alone_finds_and_proves_the_fewest(way: str):
    hard = 0
    for case in cases(sides=False):
        ladder = ladder_of(case.model(), watch(), None, 0)
        if way == "up":
            for turn in ladder.turns:
                ladder.climb(turn)
        else:
            ladder.place()
            assert ladder.best is not None
            ladder.descend(0)
        assert (ladder.fewest, ladder.bound) == (case.fewest, case.fewest)
        hard += case.fewest > 0
    assert hard >= 5


def test_ladder_believes_nothing_wrong_whatever_it_asks():
    asked = 0
    for number, case in enumerate(cases(sides=False, count=4 * EVENTS)):
        if not case.fewest:
            continue
        random = Random(number)
        ladder = ladder_of(case.model(), watch(), None, 0)
        for _ in range(8):
            ladder._ask(
                random.choice(
                    (
                        Question(random.randint(0, 3), 1.0),
                        Question(random.randint(0, 3), 1.0, COUNTED),
                        Question(None, 1.0),
                        Question(None, 1.0, FEWEST),
                    )
                ),
                random.randint(0, 3),
            )
            assert ladder.bound <= case.fewest <= ladder.fewest
            assert not ladder.impossible
        if ladder.best is not None:
            assert worth(case.problem, ladder.best)[:2] == (case.shortfall, case.value)
            assert_legal(case.problem, ladder.best)
        asked += 1
    assert asked >= 20


@pytest.mark.parametrize("sides", [True, False])
@pytest.mark.parametrize("manner", [PLAIN, COUNTED])
def test_ladder_questions_are_answered_truly(sides: bool, manner: Manner):
    answers = {True: 0, False: 0}
    for case in cases(sides):
        ladder = ladder_of(case.model(), watch(), None, 0)
        for most in (0, 1, 2):
            possible = case.fewest <= most
            assert answer(ladder, Question(most, 10.0, manner)) == ("OPTIMAL" if possible else "INFEASIBLE")
            answers[possible] += 1
    assert answers[True] >= 20
    assert sides or answers[False] >= 5


@pytest.mark.parametrize("manner", [PLAIN, COUNTED])
def test_ladder_questions_about_one_selection_are_answered_truly(manner: Manner):
    answers = {True: 0, False: 0}
    for seed in range(EVENTS):
        truth = Truth(tiny_event(Random(seed), slots=(4, 5)))
        if not truth.small or not truth.worths or not truth.selections[0].size:
            continue
        held = truth.selections[0]
        plans = truth.exhaustive.plans.items()
        fewest = min(found[2] for found, some in plans for plan in some if truth.units(plan) == tuple(held.tolist()))
        ladder = ladder_of(ExactModel(truth.problem, held, all_held=True), watch(), None, 0)
        for most in (0, 1, 2):
            question = Question(most, 10.0, manner)
            solver = ladder._solver(question, 0)
            name = solver.status_name(solver.solve(ladder._asking(question, 0)))
            assert name == ("OPTIMAL" if fewest <= most else "INFEASIBLE")
            answers[fewest <= most] += 1
            if fewest <= most:
                placement = ladder.model.placement(solver)
                assert breaks_and_idle(truth.problem, placement)[0].sum() <= most
                assert_legal(truth.problem, placement)
    assert min(answers.values()) >= 5


def test_ladder_keeps_the_best_whatever_comes_after():
    asked = 0
    for case in cases(sides=False):
        first = ladder_of(case.model(), watch(), None, 0)
        both_ways(first)
        if not case.fewest:
            continue
        assert first.best is not None
        before = worth(case.problem, first.best)
        later = ladder_of(case.model(), watch(), first.best, 0)
        for _ in range(3):
            later._ask(Question(9, 1.0), 0)
        assert later.best is not None
        assert worth(case.problem, later.best) <= before
        asked += 1
    assert asked >= 5


def test_ladder_asks_the_same_with_one_worker():
    for case in cases(sides=False, count=20):
        ladders = [ladder_of(case.model(), watch(), None, 0) for _ in range(2)]
        for ladder in ladders:
            both_ways(ladder)
        one, other = (ladder.best for ladder in ladders)
        assert one is not None
        assert other is not None
        assert one.units.tolist() == other.units.tolist()
        assert one.slots.tolist() == other.slots.tolist()


def dense(more: int = 0) -> Problem:
    """Seven people who all meet each other in nine slots: somebody must wait, and it takes long to say how often."""
    ids = [f"c{k}" for k in range(7)]
    pairs = {f"{one} {other}": 1 for one in ids for other in ids if one < other}
    return build_problem(
        event(
            participants=people(*ids),
            may_meet=[["company", "company"]],
            affinities=affinities(pairs),
            slots=slots(7 + more),
        )
    )


@pytest.mark.parametrize("ways", [both_ways, at_once])
def test_ladder_stops_when_the_watch_is_over(ways: Callable[[Ladder], None]):
    problem = dense()
    ladder = ladder_of(ExactModel(problem, np.arange(problem.units), all_held=True), watch(stopped=True), None, 0)
    ways(ladder)

    assert (ladder.best, ladder.bound, ladder.impossible) == (None, 0, False)


@pytest.mark.parametrize("ways", [both_ways, at_once])
def test_ladder_stopped_amid_its_questions_keeps_what_it_has(ways: Callable[[Ladder], None]):
    problem = dense()
    incumbent = Incumbent(problem)

    def stop() -> bool:
        # Once a placement is there the next look at the watch ends it.
        return incumbent.best is not None

    model = ExactModel(problem, np.arange(problem.units), all_held=True)
    ladder = Ladder(model, Watch(SolveOptions(workers=1), stop=stop), incumbent, 0)
    ways(ladder)

    assert ladder.best is not None
    assert ladder.bound <= ladder.fewest
    assert_legal(problem, ladder.best)


@pytest.mark.parametrize("limit", [0.0, 0.01, 0.05, 0.2])
def test_ladder_ends_with_the_time(limit: float):
    problem = dense(1)
    model = ExactModel(problem, np.arange(problem.units), all_held=True)
    timed = Watch(SolveOptions(workers=2, time_limit=limit))
    ladder = ladder_of(model, timed, None, 1)
    at_once(ladder)

    # Without the limit it takes minutes; a busy machine is slow.
    assert timed.seconds < limit + 15
    assert ladder.bound >= 1


@pytest.mark.parametrize("effort", [0.0, 1e-9, 1e-3])
@pytest.mark.parametrize("question", [(2, PLAIN), (None, FEWEST), (9, COUNTED)])
def test_ladder_without_an_answer_proves_nothing(effort: float, question: tuple[int | None, Manner]):
    problem = dense()
    model = ExactModel(problem, np.arange(problem.units), all_held=True)
    ladder = ladder_of(model, watch(), None, 0)
    ladder._ask(Question(question[0], effort, question[1]), 0)
    bound = ladder.bound
    both_ways(ladder)

    assert bound <= ladder.fewest
    assert not ladder.impossible


@pytest.mark.parametrize("workers", [1, 2])
def test_ladder_says_so_where_nothing_is_possible(workers: int):
    problem = build_problem(event(slots=slots(1), meetings=[rule("a0 c0"), rule("a0 c1")]))
    ladder = ladder_of(ExactModel(problem, np.arange(2), all_held=True), watch(workers), None, 0)
    ladder.place()

    assert ladder.impossible
    assert ladder.best is None


def test_ladder_gives_up_where_no_placement_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("scheduler.breaks.ladder.EFFORTS", Efforts(any_breaks=0.0))
    problem = dense()
    ladder = ladder_of(ExactModel(problem, np.arange(problem.units), all_held=True), watch(), None, 0)
    ladder.place()
    ladder.descend(0)

    assert (ladder.best, ladder.given_up, ladder.settled, ladder.impossible) == (None, True, True, False)


def test_ladder_knows_that_the_night_is_no_break():
    problem = build_problem(
        event(
            participants=people("a0", "c0", "c1", c0={"unavailable": ["s2"]}),
            slots=slots(6, days=2, sessions=["one"] * 3 + ["other"] * 3),
            meetings=[rule("a0 c0", session="one"), rule("a0 c1", session="other")],
        )
    )
    ladder = ladder_of(ExactModel(problem, np.arange(2), all_held=True), watch(), None, 0)
    ladder.climb(0)

    assert (ladder.fewest, ladder.impossible) == (0, False)


def test_ladder_goes_on_from_what_others_find():
    problem = build_problem(event(slots=slots(5), affinities=affinities({"a0 c0": 1, "a0 c1": 1})))
    near, far = (Placement(np.arange(2), np.array(where)) for where in ([1, 2], [0, 4]))
    ladder = ladder_of(ExactModel(problem, np.arange(2), all_held=True), watch(), far, 0)
    assert ladder.fewest == 1

    ladder.incumbent.offer(near)
    ladder.incumbent.offer(far)
    assert ladder.best is near
    assert ladder.fewest == 0
    assert ladder.settled


@pytest.mark.parametrize("difference", [0, 1, 2])
@pytest.mark.parametrize("manner", [PLAIN, COUNTED])
def test_ladder_keeps_breaks_alike(difference: int, manner: Manner):
    """Nobody may wait more often than others by more than allowed, however many breaks are asked about."""
    answers = {True: 0, False: 0}
    for seed in range(EVENTS):
        exhaustive = Exhaustive(tiny_event(Random(seed), slots=(4, 5), sides=False))
        if not 24 <= exhaustive.size <= MOST_PLANS or not exhaustive.plans:
            continue
        problem = replace(build_problem(exhaustive.event), break_difference=difference)
        units = np.arange(problem.units)
        possible = set()
        for plans in exhaustive.plans.values():
            for plan in plans:
                breaks = [len(exhaustive._stretches(plan, p)) for p in exhaustive.event.participants]
                if max(breaks) - min(breaks) <= difference:
                    possible.add(sum(breaks))
        ladder = ladder_of(ExactModel(problem, units, all_held=False), watch(), None, 0)
        for most in (0, 1, 2, len(exhaustive.event.participants)):
            expected = any(count <= most for count in possible)
            assert answer(ladder, Question(most, 10.0, manner)) == ("OPTIMAL" if expected else "INFEASIBLE")
            answers[expected] += 1
    assert answers[True] >= 20
