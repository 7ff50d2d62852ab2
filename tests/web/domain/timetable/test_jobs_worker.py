"""Jobs in a real worker process: killed, asked to stop, ended in good order; the job never stays "running"."""

import os
import signal
import time

from sqlalchemy import select

from tests.support.house import House, ended, has_value
from tests.support.processes import stop
from web.db import get_session, write
from web.models import Job, JobState


def test_a_job_whose_worker_is_killed_is_taken_up_by_the_next_one(house: House) -> None:
    worker = house.start_worker()
    job_id = house.compute(5)
    house.wait(job_id, has_value, 60)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    time.sleep(1)
    with house.app.app_context():
        # Nobody has noticed yet: this is the state that must not last.
        assert get_session().get_one(Job, job_id).state == JobState.RUNNING
    house.start_worker()
    job = house.wait(job_id, ended, 90)
    assert (job.state, job.attempts) == (JobState.DONE, 2)
    assert house.holds(job)


def test_stop_keeps_the_best_so_far(house: House) -> None:
    house.start_worker()
    job_id = house.compute(600)
    house.wait(job_id, has_value, 60)
    house.ask_to_stop(job_id)
    # Far less than the ten minutes that it was asked to take.
    job = house.wait(job_id, ended, 120)
    assert job.state == JobState.STOPPED
    assert house.holds(job)
    assert (
        job.progress[-1]["tiers"][1]["value"] >= next(row for row in job.progress if row["tiers"])["tiers"][1]["value"]
    )


def test_a_worker_that_ends_in_good_order_leaves_its_job_to_the_next_one(house: House) -> None:
    worker = house.start_worker()
    job_id = house.compute(5)
    house.wait(job_id, has_value, 60)
    stop(worker)
    with house.app.app_context():
        waiting = get_session().get_one(Job, job_id)
        assert (waiting.state, waiting.attempts) == (JobState.QUEUED, 0)
    house.start_worker()
    job = house.wait(job_id, ended, 60)
    assert (job.state, job.attempts) == (JobState.DONE, 1)


def test_a_job_that_the_queue_lost_is_found(house: House) -> None:
    with house.app.app_context():
        session = get_session()
        with write(session):
            job = Job(event_id=house.event_id, parameters={"time_limit": 1})
            session.add(job)
        job_id = job.id
        assert session.scalar(select(Job.heartbeat_at)) is None
    house.start_worker()
    assert house.wait(job_id, ended, 60).state == JobState.DONE
