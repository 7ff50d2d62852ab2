"""The five steps to an announced timetable: which are done, which is next."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web.domain.timetable.distance import Code, Item, Severity
from web.domain.timetable.drift import Drift, Seen
from web.domain.timetable.progress import Progress, Stage, progress
from web.models import Event, EventStatus, ScheduleVersion

APART = Drift((Item(Code.GONE, Severity.RED),))
NEARLY = Drift((Item(Code.RULES, Severity.AMBER),))
EVERYBODY = {"accepted": 4}
TOLD = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture
def event(make: Factory) -> Event:
    return make.event()


def done_until(stage: Stage, found: Progress) -> bool:
    """Whether exactly what comes before `stage` is done, and it is the next."""
    return found.now == stage and found.done >= {Stage(number) for number in range(stage)}


def publish(event: Event, version: ScheduleVersion) -> None:
    event.published_schedule_id, version.published_at = version.id, TOLD


def test_event_without_rounds_is_to_be_prepared(make: Factory) -> None:
    assert done_until(Stage.PREPARE, progress(make.event(slots=0), {}, [], Drift()))


def test_draft_is_to_be_opened_until_somebody_is_in_it(make: Factory) -> None:
    draft = make.event(status=EventStatus.DRAFT)
    assert done_until(Stage.OPEN, progress(draft, {}, [], Drift()))
    assert done_until(Stage.ACCEPT, progress(draft, {"accepted": 1}, [], Drift()))


@pytest.mark.parametrize("counts", [{}, {"accepted": 1}, {"accepted": 5, "pending": 1}])
def test_fewer_than_two_or_somebody_who_waits_is_to_be_decided(event: Event, counts: dict[str, int]) -> None:
    assert done_until(Stage.ACCEPT, progress(event, counts, [], Drift()))


def test_event_without_a_version_or_with_one_that_is_untrue_is_to_be_computed(make: Factory, event: Event) -> None:
    version = make.schedule(event)
    assert done_until(Stage.COMPUTE, progress(event, EVERYBODY, [], Drift()))
    assert done_until(Stage.COMPUTE, progress(event, EVERYBODY, [version], APART))
    assert done_until(Stage.PUBLISH, progress(event, EVERYBODY, [version], NEARLY))


def test_newest_version_published_is_the_end_of_the_way(make: Factory, event: Event) -> None:
    version = make.schedule(event)
    publish(event, version)
    found = progress(event, EVERYBODY, [version], Drift())
    assert found.now is None
    assert {found.state(stage) for stage in Stage} == {"done"}


def test_newer_version_is_to_be_published_unless_it_is_a_repair_not_applied(
    session: Session, make: Factory, event: Event
) -> None:
    old, new = make.schedule(event), make.schedule(event)
    publish(event, old)
    assert done_until(Stage.PUBLISH, progress(event, EVERYBODY, [new, old], Drift()))
    new.repair = {"said": {}}
    assert progress(event, EVERYBODY, [new, old], Drift()).now is None


@pytest.mark.parametrize("drift", [APART, NEARLY])
def test_nothing_is_told_as_done_while_the_announced_timetable_is_not_the_event(
    make: Factory, event: Event, drift: Drift
) -> None:
    version = make.schedule(event)
    publish(event, version)
    found = progress(event, EVERYBODY, [version], drift)
    assert found.now == Stage.PUBLISH
    assert [found.state(stage) for stage in Stage] == ["later"] * 4 + ["now"]


def test_publishing_is_not_ticked_beside_what_was_seen_and_is_left_so(make: Factory, event: Event) -> None:
    version = make.schedule(event)
    publish(event, version)
    found = progress(event, EVERYBODY, [version], Drift(seen=(Seen(NEARLY.items[0], "Claire", TOLD),)))
    assert found.now is None
    assert [found.state(stage) for stage in Stage] == ["done"] * 4 + ["later"]
