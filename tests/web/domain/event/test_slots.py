"""Rounds as a few numbers: the plan that made them is read off them again."""

from datetime import date, time

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web.domain.event.slots import Pause, Plan, plan_of, slot_times
from web.forms.grid import GridForm
from web.models import Event, Slot

ONE_DAY = (date(2027, 3, 18),)
PLANS = [
    Plan(ONE_DAY, time(14), 6, 2, 12),
    Plan(ONE_DAY, time(9, 30), 10, 0, 8, (Pause(4, 60, lunch=True),)),
    Plan((*ONE_DAY, date(2027, 3, 19)), time(9), 6, 2, 20, (Pause(5, 15), Pause(10, 75, lunch=True), Pause(15, 20))),
    # An evening that goes on after midnight.
    Plan(ONE_DAY, time(22), 20, 5, 8, (Pause(4, 30),)),
]


def held(make: Factory, session: Session, plan: Plan) -> Event:
    event = make.event(slots=0)
    event.slots = [
        Slot(key=f"s{number}", position=number, starts_at=one.start, ends_at=one.end, session=one.session)
        for number, one in enumerate(slot_times(plan))
    ]
    session.commit()
    return event


@pytest.mark.parametrize("plan", PLANS)
def test_plan_of_an_event_is_the_one_that_made_its_rounds(
    app: Flask, session: Session, make: Factory, plan: Plan
) -> None:
    with app.test_request_context():
        assert plan_of(held(make, session, plan)) == plan


def test_event_without_rounds_has_no_plan(make: Factory) -> None:
    assert plan_of(make.event(slots=0)) is None


@pytest.mark.parametrize("plan", PLANS)
def test_form_filled_in_with_a_plan_gives_it_back(app: Flask, plan: Plan) -> None:
    """A lunch alone was shown as a coffee break, and the morning and the afternoon were lost with the next saving."""
    with app.test_request_context():
        assert GridForm.like(plan).plan() == plan
