"""The queue is full, read-only, stopped or hangs: what was done is done, is told as done, and is worked at soon."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from flask import Flask

from tests.support.house import House, ended
from tests.support.processes import running
from tests.support.programs import free_port, program
from web.db import database, get_session, write
from web.domain import health
from web.models import Job, JobState, WorkerHeartbeat
from web.queue import SILENCE, enqueue

Build = Callable[..., House]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """A factory of houses with settings of their own."""
    with ExitStack() as stack:
        houses = []

        def build(**settings: str) -> House:
            houses.append(House(tmp_path, stack, **settings))
            return houses[-1]

        yield build
    for house in houses:
        database(house.app).engine.dispose()


@contextmanager
def redis_on(port: int, folder: Path) -> Iterator[int]:
    """The process id of a Redis server on `port`."""
    command = [program("redis-server", "redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]

    def answers() -> bool:
        try:
            with redis.Redis(port=port) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    with running(command, ready=answers, log=folder / f"redis-{time.monotonic_ns()}.log", folder=folder) as process:
        yield process.pid


def block_the_queue_file(house: House, how: str) -> None:
    """Make the queue's file one that cannot be written, as a full or read-only disk does (root may write anything)."""
    file = house.folder / "var" / "queue.db"
    if how == "no place":
        file.mkdir()
    else:
        file.symlink_to("/dev/full")


@pytest.mark.parametrize("how", ["no place", "full"])
def test_a_job_asked_for_while_the_queue_file_is_unusable_is_computed(build: Build, how: str) -> None:
    house = build()
    block_the_queue_file(house, how)
    job_id = house.compute(1)
    house.start_worker()
    assert house.wait(job_id, ended, 60).state == JobState.DONE


def test_a_job_asked_for_while_redis_is_away_is_computed(build: Build) -> None:
    house = build(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    house.start_worker()
    job_id = house.compute(1)
    assert house.wait(job_id, ended, 60).state == JobState.DONE


def test_a_request_waits_once_for_a_redis_that_hangs_and_then_no_more(build: Build, tmp_path: Path) -> None:
    port = free_port()
    with redis_on(port, tmp_path) as pid:
        house = build(REDIS_URL=f"redis://127.0.0.1:{port}/0")
        os.kill(pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            for _call in range(5):
                with house.app.app_context():
                    enqueue("mail.send")
            assert time.monotonic() - started < SILENCE / 2
        finally:
            os.kill(pid, signal.SIGCONT)


def test_a_worker_hears_its_calls_again_when_redis_is_back(build: Build, tmp_path: Path) -> None:
    port = free_port()
    house = build(REDIS_URL=f"redis://127.0.0.1:{port}/0")
    house.start_worker()
    job_id = house.compute(1)
    house.wait(job_id, ended, 60)
    with redis_on(port, tmp_path), redis.Redis(port=port) as client:
        house.app.extensions["passerelle.call"].__self__.quiet_until = 0.0
        with house.app.app_context():
            enqueue("mail.send")
        end = time.monotonic() + 60
        while client.llen("huey.redis.passerelle") and time.monotonic() < end:
            time.sleep(0.1)
        assert client.llen("huey.redis.passerelle") == 0


def test_limits_hold_before_while_and_after_redis_is_away(build: Build, tmp_path: Path) -> None:
    port = free_port()
    house = build(REDIS_URL=f"redis://127.0.0.1:{port}/0")
    # What carries no token against forged requests is refused before it is counted.
    house.app.config["WTF_CSRF_ENABLED"] = False
    client = house.app.test_client()

    def answered_of(tries: int) -> int:
        """How many of so many attempts to sign in were answered before they were too many."""
        codes = [client.post("/sign-in", data={"email": "", "password": ""}).status_code for _try in range(tries)]
        assert set(codes) <= {422, 429}, codes
        return len([code for code in codes if code != 429])

    with redis_on(port, tmp_path), redis.Redis(port=port) as there:
        assert answered_of(15) == 15
        assert there.dbsize()
    # Each process counts anew, by itself, and refuses too.
    assert answered_of(25) == 20
    with redis_on(port, tmp_path), redis.Redis(port=port) as there:
        # It is looked for again after growing pauses, the first of them a second.
        end = time.monotonic() + 60
        while not there.dbsize() and time.monotonic() < end:
            answered_of(1)
            time.sleep(0.2)
        assert there.dbsize()
        assert answered_of(25) < 21


def test_healthz_says_that_redis_is_away_and_stays_up(build: Build) -> None:
    house = build(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    beat(house.app)
    answer = house.app.test_client().get("/healthz")
    assert (answer.status_code, answer.json["status"], answer.json["redis"]) == (200, "degraded", False)
    assert [error["path"] for error in answer.json["errors"]] == ["redis"]


def beat(app: Flask, **report: str) -> None:
    with app.app_context():
        health.beat(get_session(), "w", report)


@pytest.mark.parametrize(
    ("report", "told"),
    [("never: 535 wrong password for me@example.org", "SMTP_URL"), ("away: 10.0.0.1 timed out", "cannot be reached")],
)
def test_healthz_names_what_holds_the_mails_up_but_nobody(build: Build, report: str, told: str) -> None:
    house = build()
    beat(house.app, **{"mail.send": report})
    answer = house.app.test_client().get("/healthz")
    assert (answer.status_code, answer.json["mails"]) == (200, False)
    assert told in answer.text and "example.org" not in answer.text and "10.0.0.1" not in answer.text
    with house.app.app_context():
        assert list(health.hanging(get_session())) == ["mails"]
        assert get_session().query(WorkerHeartbeat).one().report["mail.send"] == report


def test_healthz_says_that_computations_wait_for_nobody(build: Build) -> None:
    house = build()
    beat(house.app)
    job_id = house.compute(1)
    assert house.app.test_client().get("/healthz").json["jobs"]
    with house.app.app_context(), write(get_session()) as session:
        session.get_one(Job, job_id).created_at -= health.JOB_HANGS_AFTER + timedelta(seconds=1)
    answer = house.app.test_client().get("/healthz")
    assert (answer.status_code, answer.json["status"], answer.json["jobs"]) == (200, "degraded", False)
    # One that is run is none that hangs, however long others wait behind it.
    other = house.compute(1)
    with house.app.app_context(), write(get_session()) as session:
        session.get_one(Job, other).state = JobState.RUNNING
    assert house.app.test_client().get("/healthz").json["jobs"]
