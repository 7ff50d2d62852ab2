"""The clock of a run: its limit, its patience, and who is stopped by it."""

import threading
import time
from collections.abc import Callable

import pytest

from scheduler.format.schedule import Tier
from scheduler.problem.watch import PATIENCE, Progress, SolveOptions, Watch, default_limit
from scheduler.samples.sample import benchmark_event
from tests.scheduler.builders import event


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def tiers(breaks: int) -> tuple[Tier, ...]:
    return (Tier(name="breaks", value=breaks, bound=None),)


def test_watch_is_over_at_its_limit():
    clock = Clock()
    watch = Watch(SolveOptions(time_limit=10.0), clock=clock)
    clock.now += 9.5
    assert (watch.seconds, watch.remaining(), watch.over()) == (9.5, 0.5, False)
    clock.now += 1.0
    assert (watch.remaining(), watch.over()) == (0.0, True)


def test_watch_without_limit_nor_patience_is_never_over():
    clock = Clock()
    watch = Watch(SolveOptions(), clock=clock)
    clock.now += 1e6
    assert watch.remaining() == float("inf")
    assert not watch.over()


def test_watch_is_over_as_soon_as_somebody_wishes_to_stop():
    wishes: list[bool] = []
    watch = Watch(SolveOptions(), stop=lambda: bool(wishes))
    assert not watch.over()
    wishes.append(True)
    assert watch.over()


def test_watch_loses_patience_after_the_last_gain():
    clock = Clock()
    watch = Watch(SolveOptions(patience=5.0), clock=clock)
    clock.now += 4
    watch.tell("improved", tiers(3))
    clock.now += 4
    assert watch.remaining() == 1
    # The same again is no gain, another stage is none either.
    watch.tell("improved", tiers(3))
    watch.tell("plan")
    assert watch.remaining() == 1
    watch.tell("improved", tiers(2))
    assert watch.remaining() == 5
    clock.now += 5
    assert watch.over()


def test_watch_ends_by_its_limit_or_its_patience_whichever_comes_first():
    clock = Clock()
    assert Watch(SolveOptions(time_limit=3.0, patience=5.0), clock=clock).remaining() == 3
    assert Watch(SolveOptions(time_limit=7.0, patience=5.0), clock=clock).remaining() == 5


def test_watch_tells_stages_with_the_tiers_so_far():
    clock, heard = Clock(), list[Progress]()
    watch = Watch(SolveOptions(), heard.append, clock=clock)
    watch.tell("selection")
    clock.now += 2
    watch.tell("improved", tiers(3))
    watch.tell("plan")
    assert heard == [
        Progress(0.0, "selection", ()),
        Progress(2.0, "improved", tiers(3)),
        Progress(2.0, "plan", tiers(3)),
    ]


def test_default_limit_is_a_minute_and_grows_with_the_event():
    small, larger = default_limit(event()), default_limit(benchmark_event(500, 500, 20, 100))
    assert small == 60
    assert larger == 60 + 1000 * 20 / 2000
    assert PATIENCE == 60


def test_unless_over_returns_what_comes_in_time_and_nothing_else():
    watch = Watch(SolveOptions(time_limit=0.2))
    assert watch.unless_over(lambda: 7) == 7
    ended = threading.Event()
    began = time.monotonic()
    assert watch.unless_over(lambda: ended.wait(60)) is None
    assert time.monotonic() - began < 30
    ended.set()


def test_unless_over_raises_what_the_work_raises():
    with pytest.raises(ZeroDivisionError):
        Watch(SolveOptions()).unless_over(lambda: 1 // 0)


class Search:
    """A search that ends when it is asked to, and not before it has begun."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def stop_search(self) -> None:
        self.asked.set()


@pytest.mark.parametrize(
    ("options", "moot"), [(SolveOptions(time_limit=0.05), lambda: False), (SolveOptions(), lambda: True)]
)
def test_guarding_stops_a_search_that_is_over_or_moot(options: SolveOptions, moot: Callable[[], bool]):
    search = Search()
    with Watch(options).guarding(search, moot):
        assert search.asked.wait(20)


def test_guarding_leaves_a_search_alone_that_may_go_on_and_ends_with_it():
    search, before = Search(), threading.active_count()
    with Watch(SolveOptions()).guarding(search):
        assert not search.asked.wait(0.1)
    assert threading.active_count() == before


@pytest.mark.parametrize(("kept", "left"), [(0.4, 9.6), (5.0, 9.0)])
def test_watch_keeps_time_for_tables_a_tenth_at_most(kept: float, left: float):
    watch = Watch(SolveOptions(time_limit=10.0), clock=Clock())
    watch.keep(kept)
    assert watch.remaining() == pytest.approx(left)


def test_watch_without_limit_has_nothing_to_keep():
    watch = Watch(SolveOptions(), clock=Clock())
    watch.keep(5.0)
    assert watch.remaining() == float("inf")
