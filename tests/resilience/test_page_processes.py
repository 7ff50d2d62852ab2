"""The pages of the room are made by processes of their own, and by the server where one of those is not there."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse, create_environ

from tests.support.personal import World, world
from web.config import Settings
from web.hosts import note_address
from web.page_processes import PageProcesses

__all__ = ["world"]

ENDS = ("", "agenda.ics", "directory")


class Beside:
    """Two processes beside this one, asked as the server asks them."""

    def __init__(self, app: Flask, patience: float) -> None:
        self.layer = app.extensions["passerelle.revalidation"]
        self.alone = self.layer.further
        self.asked_here: list[str] = []
        self.processes = PageProcesses(self._here, self.layer.ends, 2, patience)
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


@pytest.fixture
def beside(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Beside]:
    for name, value in {
        "PASSERELLE_VAR": str(settings.var),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
    }.items():
        monkeypatch.setenv(name, value)
    note_address(settings.var, settings.address)
    beside = Beside(app, getattr(request, "param", 60.0))
    beside.processes.start()
    yield beside
    beside.processes.stop()
    assert not beside.processes._folder.exists()


def links(world: World) -> list[str]:
    """Personal links, some for each process."""
    return [world.base, *(f"/p/{world.make.personal_link(one)}" for one in (world.one, world.two)), *more(world)]


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
    struck = beside.pids()
    for pid in struck:
        os.kill(pid, blow)
    for link in found:
        assert beside.client.get(f"{link}/").status_code == 200
    assert beside.asked_here
    beside.wait(*(f"{link}/" for link in found))
    assert not set(struck) & set(beside.pids())


def test_process_without_a_key_lets_nobody_in(beside: Beside, world: World) -> None:
    beside.wait(f"{world.base}/")
    stranger = PageProcesses(beside.alone, ENDS, 2)
    stranger._addresses = beside.processes._addresses
    assert stranger._made_elsewhere(create_environ(f"{world.base}/")) is None
    stranger.stop()
    assert beside.client.get(f"{world.base}/").status_code == 200
    assert beside.asked_here == []
