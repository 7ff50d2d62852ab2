"""PostgreSQL goes away and comes back while web and worker run: told meanwhile, nothing lost, nobody started again.

``PASSERELLE_ROUNDS`` (10): every tenth round is one more time that the server goes.
"""

import json
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from scheduler.format.event import event_json
from scheduler.samples.sample import sample_event
from tests.support.api import Api
from tests.support.crowd import NOT_SAVED, Crowd, new_address, typed
from tests.support.postgres import Cluster, new_database, postgres_cluster
from tests.support.processes import children_of, soon
from tests.support.server import Server, healthy, serving
from tests.support.tally import Told
from tests.support.torture import ROUNDS
from tests.support.visitor import Visitor
from tests.web.conftest import PASSWORD
from tests.web.factories import Factory
from web import create_app
from web.config import load_settings
from web.db import database, get_session, write
from web.domain.audit import Actor
from web.domain.event.files import import_event, read_event_file
from web.domain.team.access import create_api_token, issue_personal_link
from web.migrations import upgrade

WEB = [sys.executable, "-m", "web"]
# What was acknowledged is on the disk, or at least with the system: a server that is killed does not lose it.
SAFE = ("fsync=off", "synchronous_commit=on", "unix_socket_directories=")


@dataclass
class Place:
    """A server on a PostgreSQL of its own, with an event open for registrations and one to be computed."""

    cluster: Cluster
    database_url: str
    server: Server
    slug: str
    slots: list[str]
    agenda: str
    computed: int
    api: Api

    def rows(self, query: str) -> list[tuple[object, ...]]:
        app = create_app(load_settings({"PASSERELLE_VAR": str(self.server.folder), "DATABASE_URL": self.database_url}))
        with database(app).engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text(query))]
        database(app).engine.dispose()
        return found

    def registered(self) -> set[object]:
        return {email for (email,) in self.rows("SELECT email FROM registrations")}

    def processes(self) -> set[int]:
        """Those of the web and of the worker."""
        (web,) = children_of(self.server.process.pid)
        return {web, *children_of(web)}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("away")
    with postgres_cluster(SAFE) as cluster:
        database_url = new_database(cluster.port, "passerelle")
        app = create_app(load_settings({"PASSERELLE_VAR": str(folder / "var"), "DATABASE_URL": database_url}))
        upgrade(database(app).engine)
        with app.app_context():
            session = get_session()
            make = Factory(session)
            user = make.user(email="odile@example.org")
            event = make.event(user)
            slug, slots = event.slug, [slot.key for slot in event.slots]
            one = make.registration(event)
            with write(session):
                link = issue_personal_link(one)
            value = read_event_file(event_json(sample_event(12, 12, 8, 6)))
            computed = import_event(session, value, user.id, Actor.of_user(user)).id
            token = create_api_token(session, "tests", user)
        database(app).engine.dispose()
        with serving(folder, command=WEB, DATABASE_URL=database_url) as server:
            yield Place(cluster, database_url, server, slug, slots, f"/p/{link}/", computed, Api(server, token))


def test_pages_say_what_is_missing_and_work_again_by_themselves(place: Place) -> None:
    visitor, organiser = Visitor(place.server.url), Visitor(place.server.url)
    signed_in = organiser.send(
        "/sign-in", organiser.form("/sign-in"), {"email": "odile@example.org", "password": PASSWORD}
    )
    assert signed_in.status == 302
    register = f"/e/{place.slug}/register"
    hidden, form = visitor.form(register), typed(new_address(), place.slots)
    job = place.api.call("POST", f"/events/{place.computed}/schedules", {"time_limit": 3}).json["job"]
    before = place.processes()
    # At work, not only about to read the event.
    assert soon(lambda: place.api.call("GET", f"/jobs/{job}").json["tiers"])
    place.cluster.stop()
    gone = time.monotonic()
    try:
        for who, path in (
            (visitor, register),
            (visitor, place.agenda),
            (organiser, "/events/"),
            (organiser, "/account"),
        ):
            answer = who.read(path)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "10"), path
            assert "Cela ne fonctionne pas pour le moment" in answer.text
            assert "Rien n’est perdu" in answer.text
        refused = visitor.send(register, hidden, form)
        assert (refused.status, NOT_SAVED in refused.text) == (503, True)
        api = place.api.call("GET", f"/events/{place.computed}")
        assert (api.status, api.json["errors"][0]["path"]) == (503, "")
        health = visitor.read("/healthz")
        told = json.loads(health.data)
        assert (health.status, told["database"], told["errors"][0]["path"]) == (503, False, "database")
        assert visitor.read("/static/site.css").status == 200
        # The computation ends, and finds nobody to give its result to.
        time.sleep(max(0.0, gone + 4 - time.monotonic()))
    finally:
        place.cluster.start()
    assert organiser.read("/events/").status == 200
    assert visitor.send(register, hidden, form).status == 303
    assert form["email"] in place.registered()
    assert soon(lambda: healthy(place.server.url))
    assert place.api.finished(job)["state"] == "done"
    assert place.rows(f"SELECT attempts FROM jobs WHERE id = {job}") == [(1,)]
    assert place.processes() == before
    # One line for each that waits, however often it has tried.
    assert "Traceback" not in place.server.output()


def test_server_that_falls_silent_holds_nobody_for_ever(place: Place) -> None:
    """It keeps its connections open and answers none: a page was waited for without end, and eight made all wait."""
    readers = [Visitor(place.server.url) for _number in range(12)]
    assert [reader.read(place.agenda).status for reader in readers] == [200] * 12
    before = place.processes()
    place.cluster.fall_silent()
    try:
        with ThreadPoolExecutor(len(readers)) as pool:
            asked = [pool.submit(reader.read, f"/e/{place.slug}/register") for reader in readers]
            # More than a thread each.
            told = [one.result(90) for one in asked]
        assert [(one.status, one.headers["Retry-After"]) for one in told] == [(503, "10")] * len(readers)
        assert readers[0].read("/static/site.css").status == 200
        assert readers[0].read("/healthz").status == 503
    finally:
        place.cluster.wake()
    assert soon(lambda: readers[0].read(f"/e/{place.slug}/register").status == 200)
    assert soon(lambda: healthy(place.server.url))
    assert place.processes() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT], ids=["in good order", "at once"])
def test_a_crowd_that_registers_meanwhile_is_told_the_truth(place: Place, number: signal.Signals, tally: Told) -> None:
    crowd, times = Crowd(place.server.url, place.slug, place.slots), max(1, ROUNDS // 10)
    with crowd.registering():
        for _round in range(times):
            assert more(crowd.acknowledged)
            place.cluster.stop(number)
            assert more(crowd.refused)
            place.cluster.start()
        assert more(crowd.acknowledged)
    there = place.registered()
    lost, saved = crowd.acknowledged - there, crowd.refused & there
    how = "in good order" if number == signal.SIGINT else "killed"
    words = f"PostgreSQL away and back, {how}: {len(crowd.acknowledged):,} registered, {len(crowd.refused):,} refused"
    tally(words, times, lost=len(lost) + len(saved), errors=len(crowd.others), worst=crowd.worst)
    assert (crowd.others, crowd.unanswered) == ([], set())
    assert lost == set(), "acknowledged, and lost"
    assert saved == set(), "told as not saved, and saved"


def more(emails: set[str], seconds: float = 60) -> bool:
    """Whether there are more of them soon."""
    before = len(emails)
    return soon(lambda: len(emails) > before, seconds)
