"""Days on which anything happens in any order; ``PASSERELLE_DAYS`` (3) is how many, ``PASSERELLE_FIRST_DAY`` (0) which
is the first."""

import os

import pytest
from sqlalchemy.orm import Session

from tests.support.any_day import Day
from web.models import User

DAYS, FIRST = int(os.environ.get("PASSERELLE_DAYS", "3")), int(os.environ.get("PASSERELLE_FIRST_DAY", "0"))
STEPS = int(os.environ.get("PASSERELLE_STEPS", "8"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + DAYS))
def test_whatever_happens_the_announced_timetable_is_right_and_the_right_people_know(
    session: Session, organiser: User, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    day = Day(session, organiser, seed, monkeypatch)
    try:
        for _number in range(STEPS):
            day.step()
    finally:
        # What pytest shows of a test that fails.
        print("\n".join(day.log))
