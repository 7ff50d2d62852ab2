"""Web and worker killed by ``kill -9`` while people register: what was acknowledged is there, and so are its mails."""

import os
import random
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.crowd import Crowd
from tests.support.processes import children_of
from tests.support.server import serving
from tests.support.tally import Told
from tests.support.torture import ROUNDS, TORTURE
from tests.support.visitor import Visitor
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web import create_app
from web.config import load_settings
from web.db import database, get_session
from web.domain.team.access import first_organiser
from web.migrations import upgrade

WEB = [sys.executable, "-m", "web"]


@on_both_databases
def test_nothing_acknowledged_is_lost_when_processes_are_killed(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest, tally: Told
) -> None:
    settings = {} if backend == "sqlite" else {"DATABASE_URL": request.getfixturevalue("empty_postgres_url")}
    app = create_app(load_settings({"PASSERELLE_VAR": str(tmp_path / "var"), **settings}))
    upgrade(database(app).engine)
    with app.app_context():
        session = get_session()
        event = Factory(session).event(first_organiser(session))
        slug, slots = event.slug, [slot.key for slot in event.slots]
    # The worker once and the web process once; many more where there is an hour.
    kills, longest = max(2, ROUNDS // 2) if TORTURE else 2, 0.0
    chance = random.Random(f"{backend} {kills}")
    with serving(tmp_path, command=WEB, **settings) as server:
        crowd = Crowd(server.url, slug, slots)
        with crowd.registering():
            for number in range(kills):
                time.sleep(chance.uniform(0.3, 1.0))
                web = _the_child(server.process.pid)
                os.kill(web if number % 2 else _the_child(web), signal.SIGKILL)
                longest = max(longest, _seconds_until_answered(server.url))
    assert crowd.others == [] and len(crowd.acknowledged) > 5
    with database(app).engine.connect() as connection:
        there = set(connection.scalars(text("SELECT email FROM registrations")))
        mails = dict(map(tuple, connection.execute(text("SELECT recipient, state FROM outbox_mails")).all()))
        sent = set(connection.scalars(text("SELECT message_id FROM outbox_mails WHERE state = 'sent'")))
    database(app).engine.dispose()
    lost = (crowd.acknowledged - there) | (crowd.acknowledged - mails.keys())
    names = {path.name for path in (tmp_path / "var" / "mail").glob("*.eml")}
    unsent = {one for one in sent if f"{one.strip('<>')}.eml" not in names}
    words = f"kill -9 of worker and web in turn, {backend}: {len(crowd.acknowledged):,} registered"
    tally(words, kills, lost=len(lost) + len(unsent), errors=len(crowd.others), worst=longest)
    assert (lost, unsent, crowd.refused & there) == (set(), set(), set())


def _seconds_until_answered(url: str) -> float:
    visitor, started = Visitor(url), time.monotonic()
    while time.monotonic() < started + 120:
        with suppress(OSError):
            assert visitor.read("/").status == 200
            break
        time.sleep(0.05)
    return time.monotonic() - started


def _the_child(pid: int) -> int:
    """The one process below `pid`, once it is there."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(ValueError):
            return min(children_of(pid))
        time.sleep(0.05)
    raise AssertionError(f"nobody below {pid}")
