"""Jobs and versions: one computation for each event, its result stored, its failure told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from scheduler.check.schedule import verify
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.audit import SYSTEM
from web.domain.errors import Faults, Refused
from web.domain.timetable import solving as scheduling
from web.domain.timetable.jobs import ATTEMPTS, ROWS_KEPT, SILENT_AFTER, claim, thinned
from web.domain.timetable.versions import event_of, schedule_of
from web.models import Event, Job, JobState, Registration, ScheduleVersion, utcnow


def small_event(make: Factory, **values: object) -> Event:
    event = make.event(**values)
    for _ in range(3):
        make.registration(event)
        make.registration(event, kind="company")
    return event


def fresh(session: Session, job: Job) -> Job:
    session.rollback()
    session.refresh(job)
    return job


@pytest.fixture
def asleep(app: Flask) -> Flask:
    """No worker: what is called out waits."""
    app.extensions["passerelle.call"] = lambda _name, _arguments: None
    return app


def test_a_job_stores_a_schedule_that_holds_with_the_event_it_answers(session: Session, make: Factory) -> None:
    event = small_event(make)
    job = fresh(session, scheduling.start_job(session, event, SYSTEM, time_limit=5))
    assert (job.state, job.error, job.attempts) == (JobState.DONE, None, 1)
    version = session.get_one(ScheduleVersion, job.schedule_id)
    assert verify(event_of(version), schedule_of(version)).faults == []
    assert (version.number, version.status) == (1, "optimal")
    assert len(schedule_of(version).meetings) == 9
    state = scheduling.job_state(job)
    assert state["tiers"] == list(version.tiers)
    assert (state["state"], state["schedule"]) == ("done", version.id)


@on_both_databases
def test_two_starts_at_once_make_one_job(asleep: Flask, session: Session, make: Factory) -> None:
    event_id = small_event(make).id
    session.rollback()

    def start(_turn: int) -> int:
        with asleep.app_context():
            mine = get_session()
            return scheduling.start_job(mine, mine.get_one(Event, event_id), SYSTEM, time_limit=5).id

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(start, range(8)))
    assert len(ids) == 1
    assert session.scalar(select(func.count()).select_from(Job)) == 1


@on_both_databases
def test_a_waiting_job_is_claimed_by_one_worker(asleep: Flask, session: Session, make: Factory) -> None:
    job_id = make.job(small_event(make)).id
    session.rollback()

    def take(worker: int) -> int | None:
        with asleep.app_context():
            return claim(get_session(), job_id, f"w{worker}")

    with ThreadPoolExecutor(8) as pool:
        won = [attempt for attempt in pool.map(take, range(8)) if attempt is not None]
    assert won == [1]


def test_a_job_run_a_second_time_changes_nothing(session: Session, make: Factory) -> None:
    job = scheduling.start_job(session, small_event(make), SYSTEM, time_limit=5)
    scheduling.run_job(session, job.id, "another")
    assert session.scalar(select(func.count()).select_from(ScheduleVersion)) == 1
    assert fresh(session, job).worker != "another"


def test_an_event_without_participants_is_refused(session: Session, make: Factory) -> None:
    with pytest.raises(Refused):
        scheduling.start_job(session, make.event(), SYSTEM)


@pytest.mark.parametrize("seconds", [0, -1, 3601, float("nan")])
def test_a_time_limit_out_of_bounds_is_refused(session: Session, make: Factory, seconds: float) -> None:
    with pytest.raises(Faults):
        scheduling.start_job(session, small_event(make), SYSTEM, time_limit=seconds)


def test_stopping_a_waiting_job_ends_it(asleep: Flask, session: Session, make: Factory) -> None:
    job = scheduling.start_job(session, small_event(make), SYSTEM)
    scheduling.stop_job(session, job, SYSTEM)
    assert fresh(session, job).state == JobState.STOPPED
    scheduling.run_job(session, job.id, "w")
    assert fresh(session, job).schedule_id is None


def silent(session: Session, job: Job, **values: object) -> None:
    with write(session):
        long_ago = utcnow() - SILENT_AFTER - timedelta(seconds=5)
        session.execute(update(Job).where(Job.id == job.id).values(heartbeat_at=long_ago, **values))


def test_a_job_whose_worker_fell_silent_is_taken_up_again(session: Session, make: Factory) -> None:
    job = make.job(small_event(make), state=JobState.RUNNING, attempts=1, worker="dead", parameters={"time_limit": 5})
    silent(session, job)
    scheduling.sweep(session)
    assert (fresh(session, job).state, job.attempts) == (JobState.DONE, 2)


def test_a_job_interrupted_twice_is_reported(session: Session, make: Factory) -> None:
    job = make.job(small_event(make), state=JobState.RUNNING, attempts=ATTEMPTS, worker="dead")
    silent(session, job)
    scheduling.sweep(session)
    assert fresh(session, job).state == JobState.FAILED
    assert scheduling.job_state(job)["error"] == "Le calcul a été interrompu deux fois et abandonné. Relancez-le."


def test_a_job_that_lives_is_left_alone(session: Session, make: Factory) -> None:
    job = make.job(small_event(make), state=JobState.RUNNING, attempts=1, worker="alive", heartbeat_at=utcnow())
    scheduling.sweep(session)
    assert (fresh(session, job).state, job.worker) == (JobState.RUNNING, "alive")


def test_a_job_to_be_stopped_whose_worker_died_is_stopped(session: Session, make: Factory) -> None:
    job = make.job(small_event(make), state=JobState.RUNNING, attempts=1, worker="dead", stop_requested=True)
    silent(session, job)
    scheduling.sweep(session)
    assert fresh(session, job).state == JobState.STOPPED


def test_a_job_of_a_worker_that_ends_in_good_order_waits_again(asleep: Flask, session: Session, make: Factory) -> None:
    job = make.job(small_event(make), state=JobState.RUNNING, attempts=1, worker="ending", heartbeat_at=utcnow())
    scheduling.release(session, "ending")
    assert (fresh(session, job).state, job.attempts) == (JobState.QUEUED, 0)


def test_a_result_that_comes_after_the_job_was_given_to_another_is_dropped(
    session: Session, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make.job(small_event(make), parameters={"time_limit": 5})
    solve = scheduling._solve

    def overtaken(*arguments: object) -> object:
        with write(session):
            session.execute(update(Job).where(Job.id == job.id).values(worker="another", attempts=2))
        return solve(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(scheduling, "_solve", overtaken)
    scheduling.run_job(session, job.id, "slow")
    assert (fresh(session, job).state, job.worker) == (JobState.RUNNING, "another")
    assert session.scalar(select(func.count()).select_from(ScheduleVersion)) == 0


def test_an_error_of_the_program_does_not_leave_the_job_running(
    session: Session, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(scheduling, "_solve", broken)
    job = make.job(small_event(make))
    scheduling.run_job(session, job.id, "w")
    assert fresh(session, job).state == JobState.FAILED
    assert scheduling.job_state(job)["error"]


def test_progress_of_a_long_run_stays_short_and_keeps_its_ends() -> None:
    rows: list[dict[str, object]] = []
    for number in range(2000):
        rows = thinned([*rows, {"seconds": number}])
    assert len(rows) <= ROWS_KEPT
    assert (rows[0]["seconds"], rows[-1]["seconds"]) == (0, 1999)
    assert [row["seconds"] for row in rows] == sorted(row["seconds"] for row in rows)  # type: ignore[type-var]


def test_withdrawn_people_are_not_in_the_snapshot(session: Session, make: Factory) -> None:
    event = small_event(make)
    gone = make.registration(event, status="withdrawn")
    job = fresh(session, scheduling.start_job(session, event, SYSTEM, time_limit=5))
    version = session.get_one(ScheduleVersion, job.schedule_id)
    keys = set(session.scalars(select(Registration.key).where(Registration.event_id == event.id)))
    assert set(event_of(version).participant_index) == keys - {gone.key}
