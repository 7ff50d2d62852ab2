"""What the room asks for is answered by processes beside the server, and by it where one of those is not there."""

import os
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import Client, TestResponse, create_environ

from tests.support.personal import World, world
from web import create_app
from web.config import Settings
from web.counts import ServerCounts
from web.hosts import note_address
from web.models import EventStatus, Registration
from web.page_processes import PageProcesses, addresses_beside

__all__ = ["world"]

ENDS = ("", "agenda.ics", "directory")


class Beside:
    """The two processes beside this one, asked as the server of `app` asks them."""

    def __init__(self, app: Flask, processes: PageProcesses, patience: float) -> None:
        self.layer = app.extensions["passerelle.revalidation"]
        self.alone = self.layer.further
        self.asked_here: list[str] = []
        self.counts = ServerCounts()
        self.processes = processes
        processes.further, processes.counted, processes.patience = self._here, self.counts.answer, patience
        # Connections to one that was killed for another test would have its form answered here.
        processes._thread = threading.local()
        self.client = Client(self.processes)

    def _here(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        self.asked_here.append(environ["PATH_INFO"])
        return self.alone(environ, start_response)

    def pids(self) -> list[int]:
        return [keeper.process.pid for keeper in self.processes._keepers if keeper.process is not None]

    def wait(self, *paths: str) -> None:
        """Until they answer at all these addresses."""
        end = time.monotonic() + 120
        for path in paths:
            while self.processes._made_elsewhere(create_environ(path)) is None:
                assert time.monotonic() < end, "no process has answered"
                time.sleep(0.1)

    def wait_for_each(self, path: str) -> None:
        """Until each of them answers there."""
        end = time.monotonic() + 120
        asked = {name: value for name, value in create_environ(path).items() if isinstance(value, (str, tuple))}
        for one in range(2):
            while self.processes._ask(one, asked, b"") is None:
                assert time.monotonic() < end, "a process has not answered"
                time.sleep(0.1)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Where the processes beside look: they live for all tests, for each takes seconds to start."""
    var = tmp_path_factory.mktemp("beside")
    return Settings(
        var=var,
        database_url=f"sqlite:///{var / 'test.db'}",
        secret_key="a secret for tests only",
        testing=True,
        rate_limits=False,
    )


@pytest.fixture
def settings(place: Settings, _migrated_file: Path) -> Settings:
    """The same for each test, with a database in which no other test's row is left."""
    with closing(sqlite3.connect(_migrated_file)) as empty, closing(sqlite3.connect(place.var / "test.db")) as goal:
        empty.backup(goal)
    return place


@pytest.fixture(scope="module")
def processes(place: Settings) -> Iterator[PageProcesses]:
    app = create_app(place)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "PASSERELLE_VAR": str(place.var),
            "DATABASE_URL": place.database_url,
            "SECRET_KEY": place.secret_key,
        }.items():
            patch.setenv(name, value)
        note_address(place.var, place.address)
        layer = app.extensions["passerelle.revalidation"]
        made = PageProcesses(layer.further, layer.ends, addresses_beside(app), ServerCounts().answer, 2)
        made.start()
        yield made
        made.stop()
    assert not made._folder.exists()


@pytest.fixture
def beside(app: Flask, processes: PageProcesses, request: pytest.FixtureRequest) -> Beside:
    return Beside(app, processes, getattr(request, "param", 60.0))


def links(world: World) -> list[str]:
    """Personal links, some for each process."""
    return [world.base, *(f"/p/{world.make.personal_link(one)}" for one in (world.one, world.two)), *more(world)]


def number_for(link: str) -> int:
    """Which of the two makes the pages of that link."""
    return crc32(link.removeprefix("/p/").encode()) % 2


def more(world: World) -> list[str]:
    people = [world.make.registration(world.event, name=f"Association {number}") for number in range(5)]
    return [f"/p/{world.make.personal_link(one)}" for one in people]


def without_token(text: str) -> str:
    return re.sub(r'(X-CSRFToken": |name="csrf_token" value=)"[^"]*"', "", text)


def header_names(answer: TestResponse) -> set[str]:
    """All but that of the session: who is given a page from memory has less of one."""
    return set(answer.headers.keys()) - {"Set-Cookie"}


def test_pages_made_beside_the_server_are_those_that_it_makes(app: Flask, world: World, beside: Beside) -> None:
    found = links(world)
    beside.wait(*(f"{link}/" for link in found))
    alone = Client(beside.alone)
    for link in found:
        for end in ENDS:
            path = f"{link}/{end}"
            theirs, ours = beside.client.get(path), alone.get(path)
            # The stranger among them has no agenda: a 404 is the server's own.
            assert theirs.status_code == ours.status_code, path
            assert without_token(theirs.text) == without_token(ours.text), path
            assert header_names(theirs) == header_names(ours), path
    assert {path for path in beside.asked_here if not path.endswith(".ics")} == set()
    assert world.one.name in beside.client.get(f"{world.base}/").text

    # What one of them has given is what the server knows by its mark.
    given = beside.client.get(f"{world.base}/agenda.ics")
    again = Client(app.wsgi_app).get(f"{world.base}/agenda.ics", headers={"If-None-Match": given.headers["ETag"]})
    assert (given.status_code, again.status_code) == (200, 304)


def test_page_made_beside_the_server_shows_a_change_at_once(world: World, beside: Beside) -> None:
    beside.wait(f"{world.base}/")
    assert "Halle aux grains" not in beside.client.get(f"{world.base}/").text
    world.event.place = "Halle aux grains"
    world.make.session.commit()
    assert "Halle aux grains" in beside.client.get(f"{world.base}/").text
    assert beside.asked_here == []


def test_unknown_link_is_answered_and_counted_by_the_server(beside: Beside, world: World) -> None:
    beside.wait(f"{world.base}/")
    path = f"/p/{'x' * 43}/"
    assert beside.client.get(path).status_code == 404
    assert beside.asked_here == [path]


def test_form_and_what_is_signed_in_stay_with_the_server(beside: Beside, world: World) -> None:
    beside.wait(f"{world.base}/")
    for method, path in (("POST", f"{world.base}/"), ("GET", f"{world.base}/data"), ("GET", "/")):
        beside.client.open(path, method=method)
        assert beside.asked_here.pop() == path


@pytest.mark.parametrize(
    ("beside", "blow"), [(60.0, signal.SIGKILL), (1.0, signal.SIGSTOP)], ids=["killed", "hangs"], indirect=["beside"]
)
def test_page_of_a_process_that_is_not_there_is_made_by_the_server_until_there_is_another(
    beside: Beside, world: World, blow: signal.Signals
) -> None:
    """One that hangs is ended by whoever has waited for it long enough."""
    found = links(world)
    beside.wait(*(f"{link}/" for link in found))
    before, one = beside.pids(), number_for(found[0])
    os.kill(before[one], blow)
    for link in found:
        assert beside.client.get(f"{link}/").status_code == 200
    assert f"{found[0]}/" in beside.asked_here
    beside.wait(*(f"{link}/" for link in found))
    now = beside.pids()
    assert (now[one] != before[one], now[1 - one]) == (True, before[1 - one])


def test_connecting_to_a_process_that_hangs_is_given_up(beside: Beside, world: World) -> None:
    """As the thread does that has not asked it before."""
    beside.wait(f"{world.base}/")
    one = number_for(world.base)
    beside.processes.patience = 0.5
    os.kill(beside.pids()[one], signal.SIGSTOP)
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(beside.client.get, f"{world.base}/").result(timeout=30).status_code == 200
        assert thread.submit(beside.processes._ask, one, {}, b"").result(timeout=30) is None
    assert beside.asked_here == [f"{world.base}/"]


def test_process_without_a_key_lets_nobody_in(beside: Beside, world: World) -> None:
    beside.wait(f"{world.base}/")
    stranger = PageProcesses(beside.alone, ENDS, {}, beside.counts.answer, 2)
    stranger._addresses = beside.processes._addresses
    assert stranger._made_elsewhere(create_environ(f"{world.base}/")) is None
    stranger.stop()
    assert beside.client.get(f"{world.base}/").status_code == 200
    assert beside.asked_here == []


class Newcomer:
    """Who opens the form of an event that takes registrations, in a browser of their own, and sends it."""

    def __init__(self, beside: Beside, world: World) -> None:
        self.client, self.world = Client(beside.processes), world
        self.path = f"/e/{world.event.slug}/register"

    def fills_in(self, name: str) -> dict[str, Any]:
        text = self.client.get(self.path).text
        hidden = dict(re.findall(r'name="(csrf_token|submission)"[^>]*value="([^"]*)"', text))
        return hidden | {
            "kind": "association",
            "name": name,
            "contact_name": "Ada Exemple",
            "email": "ada@example.org",
            "project": "Nous cherchons un graphiste pour deux jours en mai.",
            "needs": "skills.communication",
            "presence": re.findall(r'name="presence"[^>]*value="([^"]*)"', text),
            "zone": "",
            "delegates": "1",
            "attendance": "onsite",
            "language": "fr",
            "consent": "y",
        }

    def sends(self, form: dict[str, Any]) -> TestResponse:
        return self.client.post(self.path, data=form)

    def registered(self, name: str) -> int:
        """How many of this name there are."""
        session = self.world.make.session
        session.rollback()
        found = session.scalar(select(func.count()).where(Registration.name == name))
        assert found is not None
        return found


@pytest.fixture
def newcomer(beside: Beside, world: World) -> Newcomer:
    world.event.status = EventStatus.OPEN
    world.make.session.commit()
    one = Newcomer(beside, world)
    beside.wait_for_each(one.path)
    return one


def test_registering_is_answered_beside_and_counted_in_one_place(beside: Beside, newcomer: Newcomer) -> None:
    """Sent one after the other they are answered by both processes by turns: five mails to one address, and no ten."""
    names = [f"Association {number}" for number in range(6)]
    forms = [newcomer.fills_in(name) for name in names]
    answers = [newcomer.sends(form) for form in forms]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert [newcomer.registered(name) for name in names] == [1] * 5 + [0]
    assert beside.asked_here == []


def test_faults_of_a_form_are_told_by_whoever_answers_it(beside: Beside, newcomer: Newcomer) -> None:
    answer = newcomer.sends(newcomer.fills_in("Association sans adresse") | {"email": "ada"})
    assert answer.status_code == 422 and "Association sans adresse" in answer.text
    assert beside.asked_here == []


def test_form_too_large_to_be_handed_on_is_read_by_the_server(beside: Beside, newcomer: Newcomer) -> None:
    answer = newcomer.sends(newcomer.fills_in("Association bavarde") | {"project": "x" * 300_000})
    assert answer.status_code == 422
    assert beside.asked_here == [newcomer.path]


@pytest.mark.parametrize(
    ("beside", "blow"), [(60.0, signal.SIGKILL), (1.0, signal.SIGSTOP)], ids=["killed", "hangs"], indirect=["beside"]
)
def test_form_of_a_process_that_is_not_there_is_answered_once_by_the_server(
    beside: Beside, newcomer: Newcomer, blow: signal.Signals
) -> None:
    form = newcomer.fills_in("Association patiente")
    assert newcomer.sends(form).status_code == 303
    for pid in beside.pids():
        os.kill(pid, blow)
    # Sent again, by hand or because no answer came, it is still that one registration.
    answer = newcomer.sends(form)
    assert answer.status_code == 303 and "/p/" in answer.headers["Location"]
    assert newcomer.registered("Association patiente") == 1
    assert beside.asked_here[-1] == newcomer.path
