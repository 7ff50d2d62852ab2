"""What limits count stands in the server, whichever process counts."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from web.counts import FEW, Question, ServerCounts, asking


def test_counts_of_one_who_asks_stand_where_it_asks() -> None:
    server, beside = ServerCounts(), ServerCounts()
    asked: list[str] = []

    def ask(question: Question) -> object:
        asked.append(question.name)
        return elsewhere.submit(server.answer, question).result()

    assert server.incr("room", 60) == 1
    with ThreadPoolExecutor(1) as elsewhere, asking(ask):
        assert beside.incr("room", 60, amount=2) == 3
        assert beside.get("room") == 3
        assert time.time() + 50 < beside.get_expiry("room") < time.time() + 70
    assert asked == ["incr", "get", "get_expiry"]
    assert (server.get("room"), beside.get("room")) == (3, 0)


def test_nobody_asks_for_anything_else() -> None:
    with pytest.raises(KeyError):
        ServerCounts().answer(Question("reset", ()))


def test_what_is_over_is_forgotten_and_counted_anew() -> None:
    counts = ServerCounts()
    assert counts.incr("a moment", 0.05) == 1
    assert counts.incr("an hour", 3600) == 1
    time.sleep(0.06)
    assert counts.get("a moment") == 0
    assert counts.get_expiry("a moment") <= time.time()
    assert (counts.incr("a moment", 0.05), counts.incr("an hour", 3600)) == (1, 2)


def test_memory_holds_what_is_open_and_no_thread_is_started_for_it() -> None:
    counts, threads = ServerCounts(), threading.active_count()
    for number in range(3 * FEW):
        counts.incr(f"address {number}", 0.0)
    assert threading.active_count() == threads
    assert counts.reset() <= FEW + 1
    # What is open is kept, however much it is.
    for number in range(3 * FEW):
        counts.incr(f"address {number}", 60)
    assert {counts.get(f"address {number}") for number in range(3 * FEW)} == {1}


def test_one_count_is_forgotten_by_its_name() -> None:
    counts = ServerCounts()
    counts.incr("a", 60)
    counts.incr("b", 60)
    counts.clear("a")
    assert (counts.get("a"), counts.get("b")) == (0, 1)
