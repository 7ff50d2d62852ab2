"""Jobs and mails never wait for each other, whatever hangs."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.house import House, ended, has_value
from tests.support.processes import soon
from tests.support.smtp import Mailbox
from web import mailer, tasks
from web.db import database, get_session, write
from web.domain.mail.sending import enqueue_mail
from web.models import JobState, MailState, OutboxMail


@pytest.fixture
def silent_house(tmp_path: Path, silent_smtp_server: str) -> Iterator[House]:
    """A house whose mail server accepts and never answers, with mails that wait for it."""
    with ExitStack() as stack:
        house = House(tmp_path, stack, SMTP_URL=silent_smtp_server)
        with house.app.app_context(), write(get_session()) as session:
            for number in range(20):
                enqueue_mail(session, recipient=f"p{number}@example.org", subject="x", text="y")
        yield house
    database(house.app).engine.dispose()


def test_a_mail_server_that_never_answers_does_not_delay_a_computation(silent_house: House) -> None:
    silent_house.start_worker()
    # The mails are at it before the computation is asked for.
    end = time.monotonic() + 60
    while time.monotonic() < end and not states(silent_house, MailState.CLAIMED):
        time.sleep(0.1)
    assert states(silent_house, MailState.CLAIMED) == 1
    asked = time.monotonic()
    job_id = silent_house.compute(1)
    job = silent_house.wait(job_id, ended, 60)
    assert job.state == JobState.DONE
    # Behind the mails it would wait until the one that is at it is given up.
    assert (job.started_at - job.created_at).total_seconds() < mailer.ANSWER / 2, time.monotonic() - asked
    assert states(silent_house, MailState.FAILED) == 0


def test_mails_leave_while_the_machine_computes(tmp_path: Path, smtp_server: Mailbox) -> None:
    with ExitStack() as stack:
        house = House(tmp_path, stack, SMTP_URL=smtp_server.url)
        house.start_worker()
        job_id = house.compute(60)
        house.wait(job_id, has_value, 60)
        with house.app.app_context(), write(get_session()) as session:
            enqueue_mail(session, recipient="ada@example.org", subject="x", text="y")
        smtp_server.wait(1, 30)
        assert house.wait(job_id, bool, 1).state == JobState.RUNNING
        house.ask_to_stop(job_id)
        house.wait(job_id, ended, 60)
    database(house.app).engine.dispose()


def test_mail_server_that_refuses_some_keeps_neither_others_nor_a_computation_back(
    tmp_path: Path, smtp_server: Mailbox
) -> None:
    """One address that there is not, one message that may come later."""
    smtp_server.refused_addresses["nobody@example.org"] = "550 there is no such address"
    smtp_server.refusals.append("451 later")
    people = ["nobody", "ada", "blaise", "claire"]
    with ExitStack() as stack:
        house = House(tmp_path, stack, SMTP_URL=smtp_server.url)
        with house.app.app_context(), write(get_session()) as session:
            for name in people:
                enqueue_mail(session, recipient=f"{name}@example.org", subject="x", text="y")
        house.start_worker()
        job = house.wait(house.compute(1), ended, 60)
        assert job.state == JobState.DONE
        smtp_server.wait(2, 60)
        assert soon(lambda: (states(house, MailState.FAILED), states(house, MailState.SENT)) == (1, 2))
        # The one that may come later waits for its turn.
        assert states(house, MailState.QUEUED) == 1
        assert sorted(to for (to,) in smtp_server.recipients) == ["blaise@example.org", "claire@example.org"]
    database(house.app).engine.dispose()


def states(house: House, state: MailState) -> int:
    with house.app.app_context():
        return get_session().query(OutboxMail).filter_by(state=state).count()


def test_a_call_that_comes_while_a_lane_is_at_work_is_not_missed() -> None:
    waking = tasks.Waking()
    known = waking.calls
    waking.ring()
    started = time.monotonic()
    waking.wait(known, 60)
    assert time.monotonic() - started < 30


def test_every_lane_has_threads_of_its_own() -> None:
    assert {"mail.send", "schedule.run", "worker.beat"} <= set(tasks.LANES)
    assert all(lane.threads >= 1 for lane in tasks.LANES.values())


def test_mails_give_way_and_nothing_else_of_the_worker_does(silent_house: House) -> None:
    worker = silent_house.start_worker()
    threads = Path(f"/proc/{worker.pid}/task")

    def behind() -> list[int]:
        """How far behind others those threads of the worker stand that do, once all lanes are at work."""
        found = [int((one / "stat").read_text().rpartition(")")[2].split()[16]) for one in threads.iterdir()]
        return [place - min(found) for place in found if place > min(found)] if len(found) > len(tasks.LANES) else []

    assert soon(lambda: set(behind()) == {tasks.NICER})
    # The lane, and what ends the mail that it is at where the server says nothing.
    assert len(behind()) <= 2
