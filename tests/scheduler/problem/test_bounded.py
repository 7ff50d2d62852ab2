"""A CP-SAT solver with the bounds that it was given, and none that nobody asked for."""

from scheduler.problem.bounded import bounded_solver


def test_bounded_solver_has_the_effort_and_the_seconds_that_it_is_given():
    parameters = bounded_solver(2.5, 7, 4.0).parameters

    assert (parameters.max_deterministic_time, parameters.random_seed, parameters.max_time_in_seconds) == (2.5, 7, 4.0)
    assert parameters.num_workers == 1
    assert not parameters.catch_sigint_signal


def test_bounded_solver_without_time_left_still_has_a_moment():
    assert 0 < bounded_solver(1.0, seconds=-3.0).parameters.max_time_in_seconds < 0.1


def test_bounded_solver_without_a_time_limit_has_none():
    assert bounded_solver(1.0).parameters.max_time_in_seconds == float("inf")
