"""Whether a placement is one that the rules allow."""

from scheduler.check.schedule import verify
from scheduler.problem.placement import Placement
from scheduler.problem.problem import Problem
from scheduler.tables.meetings import meetings_of
from scheduler.tables.seating import seat
from tests.scheduler.builders import schedule_of


def assert_legal(problem: Problem, placement: Placement) -> None:
    """The independent check finds nothing against ``placement``, seated."""
    schedule = schedule_of(problem.event, meetings_of(problem, placement, seat(problem, placement)))
    assert verify(problem.event, schedule).faults == []
