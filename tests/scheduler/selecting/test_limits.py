"""What is proven of the first two tiers: the best bound that holds counts, and its reason is told."""

from scheduler.format.proof import SearchProof, ZeroProof
from scheduler.problem.problem import build_problem
from scheduler.selecting.bounds import Bound
from scheduler.selecting.limits import Limits
from scheduler.selecting.select import select
from tests.scheduler.builders import event, people, slots, worth


def by(limit: int, solver: str = "somebody") -> Bound:
    return Bound.by_search(limit, solver)


def test_limits_of_nothing_are_a_shortfall_of_none_and_no_value():
    limits = Limits()
    assert (limits.shortfall, limits.value(0)) == (0, None)
    assert isinstance(limits.why_shortfall(), ZeroProof)
    assert limits.why_value(0) is None
    assert not limits.proven(0, 0)


def test_limits_keep_the_greatest_shortfall_and_the_least_value():
    limits = Limits()
    limits.shortfalls += [by(2), by(1), Bound(None)]
    limits.values += [(2, by(30)), (2, by(20)), (2, Bound(None)), (2, by(25))]
    assert (limits.shortfall, limits.value(2)) == (2, 20)


def test_limits_on_value_hold_for_no_more_shortfall_than_they_were_proven_for():
    limits = Limits()
    limits.values += [(1, by(20)), (4, by(50))]
    assert [limits.value(shortfall) for shortfall in (0, 1, 2, 4, 5)] == [20, 20, 50, 50, None]
    # Of less shortfall there is no more value.
    limits.values.append((5, by(10)))
    assert [limits.value(shortfall) for shortfall in (0, 1, 4, 5, 6)] == [10, 10, 10, 10, None]


def test_limits_prove_what_reaches_both():
    limits = Limits()
    limits.shortfalls.append(by(1))
    limits.values.append((1, by(20)))
    assert limits.proven(1, 20)
    assert not limits.proven(0, 20)
    assert not limits.proven(1, 19)
    assert not limits.proven(2, 20)


def test_limits_tell_the_reason_of_the_bound_that_counts():
    limits = Limits()
    limits.shortfalls += [by(3, "one"), by(2, "other")]
    limits.values += [(3, by(20, "one")), (3, by(30, "other")), (0, by(10, "other"))]
    assert limits.why_shortfall() == SearchProof(solver="one")
    assert limits.why_value(3) == SearchProof(solver="one")
    assert limits.why_value(0) == SearchProof(solver="other")


def test_limits_tell_rather_a_reason_that_anybody_can_repeat():
    limits = Limits()
    limits.shortfalls.insert(0, by(0))
    assert isinstance(limits.why_shortfall(), ZeroProof)


def test_limits_learn_from_a_selection():
    problem = build_problem(
        event(
            affinities=worth({"a0 c0": 5, "a1 c0": 4}),
            participants=people("a0", "a1", "c0", a0={"min_meetings": 1}, a1={"min_meetings": 1}),
            slots=slots(1),
        )
    )
    selection = select(problem)
    assert selection is not None
    limits = Limits()
    limits.learn(problem, selection)

    assert limits.proven(1, 5)
    # It was proven for a shortfall of one.
    assert limits.value(2) is None
    assert limits.why_shortfall() is not None
    assert limits.why_value(1) is not None
