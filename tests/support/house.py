"""An application in a folder of its own whose work only real worker processes do."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scheduler.check.schedule import verify
from scheduler.format.event import event_json
from scheduler.samples.sample import benchmark_event
from tests.support.processes import stop
from tests.support.server import clean_environment
from web import create_app
from web.config import load_settings
from web.db import database, get_session
from web.domain.audit import SYSTEM, Actor
from web.domain.event.files import import_event, read_event_file
from web.domain.team.access import first_organiser
from web.domain.timetable import solving as scheduling
from web.domain.timetable.versions import event_of, schedule_of
from web.migrations import upgrade
from web.models import Event, Job, JobState, ScheduleVersion

Check = Callable[[Job], bool]


class House:
    """An application in a folder of its own, whose queue only real worker processes empty.

    `settings` are variables of the environment, such as ``SMTP_URL="smtp://…"``.
    """

    def __init__(self, folder: Path, stack: ExitStack, **settings: str) -> None:
        self.folder, self.stack = folder, stack
        self.settings = {"PASSERELLE_VAR": str(folder / "var"), **settings}
        self.app = create_app(load_settings(self.settings))
        upgrade(database(self.app).engine)
        with self.app.app_context():
            session = get_session()
            # Large enough to be worked at for long.
            value = read_event_file(event_json(benchmark_event(60, 60, 20, 40, capacities=(14, 20))))
            organiser = first_organiser(session)
            self.event_id = import_event(session, value, organiser.id, Actor.of_user(organiser)).id

    def start_worker(self) -> subprocess.Popen[bytes]:
        log = (self.folder / f"worker-{time.monotonic_ns()}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "web", "worker"],
            env=clean_environment(**self.settings),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        self.stack.callback(stop, process)
        self.stack.callback(log.close)
        return process

    def compute(self, seconds: float) -> int:
        with self.app.app_context():
            session = get_session()
            return scheduling.start_job(session, session.get_one(Event, self.event_id), SYSTEM, seconds).id

    def ask_to_stop(self, job_id: int) -> None:
        with self.app.app_context():
            session = get_session()
            scheduling.stop_job(session, session.get_one(Job, job_id), SYSTEM)

    def wait(self, job_id: int, check: Check, seconds: float) -> Job:
        """The job's row once `check` holds of it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self.app.app_context():
                session = get_session()
                job = session.get_one(Job, job_id)
                if check(job):
                    session.expunge(job)
                    return job
            time.sleep(0.1)
        logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in self.folder.glob("*.log"))
        raise AssertionError(f"{job.state}, attempt {job.attempts}, {len(job.progress)} rows\n{logs}")

    def holds(self, job: Job) -> bool:
        """Whether the job's schedule is stored and respects every rule of its event."""
        with self.app.app_context():
            version = get_session().get_one(ScheduleVersion, job.schedule_id)
            return verify(event_of(version), schedule_of(version)).faults == []


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        house = House(tmp_path, stack)
        yield house
    database(house.app).engine.dispose()


def has_value(job: Job) -> bool:
    return job.state == JobState.RUNNING and any(row["tiers"] for row in job.progress)


def ended(job: Job) -> bool:
    return job.state not in (JobState.QUEUED, JobState.RUNNING)
