"""What was made of a state is made once, however many ask for it at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from web.domain.memory import Memory


def test_memory_makes_a_value_once_for_all_who_ask_at_once():
    memory: Memory[object] = Memory(most=2)
    made, others_asked = [], threading.Event()

    def make() -> object:
        made.append(object())
        # Whoever would make a second one has time to.
        others_asked.wait(0.3)
        return made[-1]

    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda _one: memory.get("key", make), range(6)))

    assert len(made) == 1
    assert all(one is made[0] for one in found)


def test_memory_is_asked_anew_where_a_value_could_not_be_made():
    memory: Memory[int] = Memory(most=2)

    with pytest.raises(ZeroDivisionError):
        memory.get("key", lambda: 1 // 0)

    assert memory.get("key", lambda: 1) == 1


def test_memory_lets_those_go_that_nobody_asks_for():
    memory: Memory[int] = Memory(most=2)
    for key in ("first", "second", "first", "third"):
        memory.get(key, lambda: 1)

    assert memory.get("first", lambda: 2) == 1
    assert memory.get("second", lambda: 2) == 2


def test_memory_makes_different_values_beside_each_other():
    memory: Memory[str] = Memory(most=2)
    both = threading.Barrier(2, timeout=10)

    def make(key: str) -> str:
        both.wait()
        return key

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda key: memory.get(key, lambda: make(key)), ["a", "b"])) == ["a", "b"]
