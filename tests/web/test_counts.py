"""What limits count stands in the server, whichever process counts."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from web.counts import Question, ServerCounts, asking


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
