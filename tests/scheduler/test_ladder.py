"""How few breaks: what the ladder proves and finds is the truth, whatever is asked, in which order and by how many."""

from collections.abc import Iterator
from itertools import product
from random import Random

import numpy as np
import pytest

from scheduler.exact import ExactModel
from scheduler.ladder import Ladder, Question
from scheduler.placement import Placement
from scheduler.problem import Problem, build_problem
from scheduler.tiers import breaks_and_idle, worth
from scheduler.watch import SolveOptions, Watch
from tests.properties.brute_force import Exhaustive
from tests.properties.test_bounds import Truth
from tests.properties.tiny import tiny_event
from tests.scheduler.builders import event, people, rule, slots
from tests.scheduler.builders import worth as affinities
from tests.scheduler.test_compaction import assert_legal

EVENTS = 60
MOST_PLANS = 8_000
# Who has how many breaks.
Waiting = dict[int, int]


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
        model.model.add(model.shortfall <= self.shortfall)
        model.model.add(model.value >= self.value)
        return model

    def possible(self, question: Question) -> bool:
        """What the answer to ``question`` must be."""
        return any(
            (question.most is None or sum(waiting.values()) <= question.most)
            and (question.waiting is None or waiting.keys() <= question.waiting)
            for waiting in self.waiting
        )


def cases(sides: bool, count: int = EVENTS) -> Iterator[Case]:
    for seed in range(count):
        exhaustive = Exhaustive(tiny_event(Random(seed), slots=(4, 5), sides=sides))
        if 24 <= exhaustive.size <= MOST_PLANS and exhaustive.plans:
            yield Case(exhaustive)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("first", [0, 1])
def test_ladder_finds_and_proves_the_fewest(workers: int, first: int):
    hard = 0
    for case in cases(sides=False):
        ladder = Ladder(case.model(), watch(workers), None, 0)
        for turn in range(first, first + 3):
            ladder.climb(turn)

        assert ladder.best is not None
        assert (ladder.fewest, ladder.bound) == (case.fewest, case.fewest)
        assert not ladder.impossible
        assert worth(case.problem, ladder.best)[:3] == (case.shortfall, case.value, case.fewest)
        assert_legal(case.problem, ladder.best)
        hard += case.fewest > 0
    assert hard >= 5


class Quiz(Ladder):
    """A ladder that asks anything in any order, mostly about ``suspects``."""

    suspects: tuple[int, ...] = ()

    def _questions(self, turn: int) -> Iterator[Question]:
        random = Random(turn)
        everybody = self.suspects or range(self.model.problem.participants)
        for _ in range(12):
            few = (
                frozenset(random.sample(everybody, random.randint(0, min(2, len(everybody)))))
                if random.random() < 0.6
                else None
            )
            yield random.choice(
                (
                    Question(random.randint(0, 3), 1.0, few),
                    Question(1, 1.0, few),
                    Question(None, 1.0),
                    Question(None, 1.0, fewest=True),
                )
            )


@pytest.mark.parametrize("workers", [1, 2])
def test_ladder_believes_nothing_wrong_whatever_it_asks(workers: int):
    heard = 0
    for number, case in enumerate(cases(sides=False, count=4 * EVENTS)):
        if not case.fewest:
            continue
        quiz = Quiz(case.model(), watch(workers), None, 0)
        quiz.suspects = tuple(sorted({p for waiting in case.waiting for p in waiting})) if number % 2 else ()
        quiz.climb(number)

        assert quiz.bound <= case.fewest <= quiz.fewest
        assert not quiz.impossible
        for p in quiz._not_alone:
            assert not case.possible(Question(1, 1.0, frozenset([p])))
        heard += len(quiz._not_alone)
        if quiz.best is not None:
            assert worth(case.problem, quiz.best)[:2] == (case.shortfall, case.value)
            assert_legal(case.problem, quiz.best)
    assert heard > 0


@pytest.mark.parametrize("sides", [True, False])
def test_ladder_questions_are_answered_truly(sides: bool):
    answers = {True: 0, False: 0}
    for case in cases(sides):
        some = sorted({p for waiting in case.waiting for p in waiting})[:2]
        groups = [None, frozenset(some), *(frozenset([p]) for p in some), frozenset()]
        ladder = Ladder(case.model(), watch(), None, 0)
        for most, waiting in product((0, 1, 2), groups):
            question = Question(most, 10.0, waiting)
            solver = ladder._solver(question, 0)
            name = solver.status_name(solver.solve(ladder._asking(question)))
            assert name == ("OPTIMAL" if case.possible(question) else "INFEASIBLE")
            answers[case.possible(question)] += 1
    assert min(answers.values()) >= 20


@pytest.mark.parametrize("counted", [False, True])
def test_ladder_questions_about_one_selection_are_answered_truly(counted: bool):
    answers = {True: 0, False: 0}
    for seed in range(EVENTS):
        truth = Truth(tiny_event(Random(seed), slots=(4, 5)))
        if not truth.small or not truth.worths or not truth.selections[0].size:
            continue
        held = truth.selections[0]
        plans = truth.exhaustive.plans.items()
        fewest = min(found[2] for found, some in plans for plan in some if truth.units(plan) == tuple(held.tolist()))
        ladder = Ladder(ExactModel(truth.problem, held, all_held=True), watch(), None, 0)
        for most in (0, 1, 2):
            question = Question(most, 10.0, counted=counted)
            solver = ladder._solver(question, 0)
            name = solver.status_name(solver.solve(ladder._asking(question)))
            assert name == ("OPTIMAL" if fewest <= most else "INFEASIBLE")
            answers[fewest <= most] += 1
            if fewest <= most:
                placement = ladder.model.placement(solver)
                assert breaks_and_idle(truth.problem, placement)[0].sum() <= most
                assert_legal(truth.problem, placement)
    assert min(answers.values()) >= 5


def test_ladder_lets_those_who_are_not_alone_wait_together():
    asked = 0
    for case in cases(sides=False, count=4 * EVENTS):
        if case.fewest == 2:
            ladder = Ladder(case.model(), watch(), None, 0)
            ladder._not_alone.update(range(case.problem.participants))
            for most, name in ((1, "INFEASIBLE"), (2, "OPTIMAL")):
                solver = ladder._solver(Question(most, 10.0), 0)
                assert solver.status_name(solver.solve(ladder._asking(Question(most, 10.0)))) == name
            asked += 1
    assert asked >= 2


def test_ladder_keeps_the_best_whatever_comes_after():
    asked = 0
    for case in cases(sides=False):
        first = Ladder(case.model(), watch(), None, 0)
        for turn in range(3):
            first.climb(turn)
        if not case.fewest:
            continue
        told: list[Placement] = []
        later = Ladder(case.model(), watch(), first.best, 0, told.append)
        later._questions = lambda _: iter([Question(9, 1.0)] * 3)  # type: ignore[method-assign]
        later.climb(0)
        assert later.best is first.best
        assert not told
        asked += 1
    assert asked >= 5


def test_ladder_asks_the_same_with_one_worker():
    for case in cases(sides=False, count=20):
        ladders = [Ladder(case.model(), watch(), None, 0) for _ in range(2)]
        for ladder in ladders:
            ladder.climb(1)
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


def waits(problem: Problem, placement: Placement) -> list[int]:
    return np.flatnonzero(breaks_and_idle(problem, placement)[0]).tolist()


@pytest.mark.parametrize("workers", [1, 2])
def test_ladder_stops_when_the_watch_is_over(workers: int):
    problem = dense()
    ladder = Ladder(ExactModel(problem, np.arange(problem.units), all_held=True), watch(workers, True), None, 0)
    ladder.climb(3)

    assert (ladder.best, ladder.bound, ladder.impossible) == (None, 0, False)


@pytest.mark.parametrize("workers", [1, 2])
def test_ladder_stopped_amid_its_questions_keeps_what_it_has(workers: int):
    problem = dense()
    asked = []

    def stop() -> bool:
        # Once a placement is there the next look at the watch ends it.
        return bool(asked)

    ladder = Ladder(
        ExactModel(problem, np.arange(problem.units), all_held=True),
        Watch(SolveOptions(workers=workers), stop=stop),
        None,
        0,
        asked.append,
    )
    ladder.climb(9)

    assert ladder.best is not None
    assert ladder.bound <= ladder.fewest
    assert_legal(problem, ladder.best)


@pytest.mark.parametrize("limit", [0.0, 0.01, 0.05, 0.2])
def test_ladder_ends_with_the_time(limit: float):
    problem = dense(1)
    model = ExactModel(problem, np.arange(problem.units), all_held=True)
    timed = Watch(SolveOptions(workers=2, time_limit=limit))
    ladder = Ladder(model, timed, None, 1)
    ladder.climb(9)

    assert timed.seconds < limit + 3
    assert ladder.bound >= 1


@pytest.mark.parametrize("effort", [0.0, 1e-9, 1e-3])
def test_ladder_without_an_answer_proves_nothing(effort: float):
    problem = dense()
    model = ExactModel(problem, np.arange(problem.units), all_held=True)
    ladder = Ladder(model, watch(), None, 0)
    for question in (Question(2, effort), Question(None, effort, fewest=True)):
        ladder._questions = lambda _, question=question: iter([question])  # type: ignore[method-assign]
        ladder.climb(0)
        assert ladder.bound <= ladder.fewest
        assert not ladder.impossible


@pytest.mark.parametrize("workers", [1, 2])
def test_ladder_says_so_where_nothing_is_possible(workers: int):
    problem = build_problem(event(slots=slots(1), meetings=[rule("a0 c0"), rule("a0 c1")]))
    ladder = Ladder(ExactModel(problem, np.arange(2), all_held=True), watch(workers), None, 0)
    ladder.climb(0)

    assert ladder.impossible
    assert ladder.best is None


def test_ladder_blames_nobody_for_what_nobody_could_answer():
    # a0 cannot but wait once: that it cannot do without says nothing of whether it is alone in it.
    away = people("a0", "c0", "c1", a0={"unavailable": ["s1"]})
    problem = build_problem(event(participants=away, affinities=affinities({"a0 c0": 1, "a0 c1": 1})))
    ladder = Ladder(ExactModel(problem, np.arange(2), all_held=True), watch(), None, 0)
    ladder._questions = lambda _: iter([Question(0, 1.0, frozenset([0])), Question(1, 1.0)])  # type: ignore[method-assign]
    ladder.climb(0)

    assert not ladder._not_alone
    assert ladder.fewest == 1


def test_ladder_knows_that_the_night_is_no_break():
    problem = build_problem(
        event(
            participants=people("a0", "c0", "c1", c0={"unavailable": ["s2"]}),
            slots=slots(6, days=2, sessions=["one"] * 3 + ["other"] * 3),
            meetings=[rule("a0 c0", session="one"), rule("a0 c1", session="other")],
        )
    )
    ladder = Ladder(ExactModel(problem, np.arange(2), all_held=True), watch(), None, 0)
    ladder.climb(0)

    assert (ladder.fewest, ladder.impossible) == (0, False)


def test_ladder_learns_what_is_better_only():
    problem = build_problem(event(slots=slots(5), affinities=affinities({"a0 c0": 1, "a0 c1": 1})))
    near, far = (Placement(np.arange(2), np.array(where)) for where in ([1, 2], [0, 4]))
    ladder = Ladder(ExactModel(problem, np.arange(2), all_held=True), watch(), far, 0)
    assert waits(problem, far) == [0]

    ladder.learn(near, 0)
    ladder.learn(far, 0)
    assert ladder.best is near
    assert ladder.fewest == 0
    assert ladder.settled


def test_ladder_asks_about_those_who_wait_first():
    problem = build_problem(event(slots=slots(5), affinities=affinities({"a0 c0": 1, "a0 c1": 1, "a1 c0": 1})))
    far = Placement(np.arange(3), np.array([0, 4, 4]))
    ladder = Ladder(ExactModel(problem, np.arange(3), all_held=True), watch(), far, 0)
    asked = list(ladder._questions(1))

    now = frozenset(waits(problem, far))
    narrow = [question.waiting for question in asked if question.waiting is not None]
    assert narrow == [now, *(frozenset([p]) for p in sorted(now))]
    assert [question.most for question in asked if question.waiting is None and not question.counted] == [0, 1]
    assert all(question.waiting is None for question in ladder._questions(0))
