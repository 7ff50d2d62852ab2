"""How the pages of personal links are now: read by one thread for all, and by none before the last commit."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.support.published import World
from tests.support.unchanged import change
from tests.web.conftest import on_both_databases, on_sqlite
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.tokens import hash_token
from web.models import Veto
from web.views import states as module
from web.views.states import Found, States

KINDS = ("page", "file", "directory")


class Looking:
    """Two participants' links, and threads that look at their pages."""

    def __init__(self, app: Flask, threads: ExitStack) -> None:
        self.states: States = app.extensions["passerelle.states"]
        session = get_session()
        self.world = World(session, Factory(session))
        self.world.publish(self.world.first)
        links = [self.world.make.personal_link(who) for who in (self.world.a, self.world.b)]
        self.one, self.other = (hash_token(link) for link in links)
        self.threads = [threads.enter_context(ThreadPoolExecutor(1)) for _ in range(3)]

    def look(self, thread: int, kind: str = "page", token_hash: str | None = None) -> Found:
        found = self.threads[thread].submit(self.states.of, kind, token_hash or self.one).result(10)
        assert found is not None
        return found

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """What the database is asked for meanwhile."""
        asked: list[str] = []
        listener = (self.states.lookups._engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        event.listen(*listener)
        try:
            yield asked
        finally:
            event.remove(*listener)


@pytest.fixture
def looking(app: Flask) -> Iterable[Looking]:
    with app.app_context(), ExitStack() as threads:
        yield Looking(app, threads)


@on_sqlite
def test_what_one_thread_has_read_no_other_reads_again(looking: Looking) -> None:
    for thread in range(3):
        # Each learns by itself at which commit its connection began.
        looking.look(thread)
    first = {kind: looking.look(0, kind) for kind in KINDS}
    other = {kind: looking.look(1, kind, looking.other) for kind in KINDS}
    with looking.statements() as asked:
        for thread in range(3):
            assert {kind: looking.look(thread, kind) for kind in KINDS} == first
            assert {kind: looking.look(thread, kind, looking.other) for kind in KINDS} == other
    assert asked == []


@on_both_databases
def test_after_a_commit_no_thread_is_given_what_was_read_before(looking: Looking) -> None:
    for turn in range(6):
        before = [looking.look(thread, "directory").all for thread in range(3)]
        assert before == [before[0]] * 3
        change(looking.world, looking.world.a, name=f"Name {turn}")
        # Who looks first is another each time.
        order = [(turn + step) % 3 for step in range(3)]
        after = [looking.look(thread, "directory").all for thread in order]
        assert after == [after[0]] * 3
        assert after[0] != before[0]


@on_both_databases
@pytest.mark.parametrize("asked", ["page_row", "choices_state", "people_state"])
def test_what_a_thread_was_still_reading_at_a_commit_is_no_others(
    looking: Looking, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    """The slow one has its answer from before the commit, and only puts it down when others have looked since."""
    has_read, may_go_on = Event(), Event()
    read = getattr(module, asked)

    def slow(*args: Any) -> Any:
        found = read(*args)
        has_read.set()
        assert may_go_on.wait(10)
        return found

    for thread in range(3):
        looking.look(thread)
    monkeypatch.setattr(module, asked, slow)
    late = looking.threads[2].submit(looking.states.of, "directory", looking.other)
    assert has_read.wait(10)
    monkeypatch.setattr(module, asked, read)
    world = looking.world
    with write(world.session):
        world.session.add(Veto(registration_id=world.b.id, target_id=world.c.id))
    change(world, world.a, name="Another name")
    change(world, world.b, name="Yet another")
    now = looking.look(0, "directory", looking.other)
    may_go_on.set()
    stale = late.result(10)
    assert stale is not None
    assert stale.all != now.all
    for thread in (0, 1, 2):
        assert looking.look(thread, "directory", looking.other).all == now.all


@on_sqlite
def test_new_connection_knows_nothing_of_what_another_has_seen(looking: Looking) -> None:
    """A connection begins to count anew, and may lie where the former one lay."""
    tides = set()
    for _ in range(20):
        tides.add(looking.threads[0].submit(looking.states.lookups.tide).result(10))
        looking.threads[0].submit(looking.states.lookups.forget).result(10)
    assert len(tides) == 20
