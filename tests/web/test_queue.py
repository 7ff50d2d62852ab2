"""What is queued, and what is not queued twice."""

from dataclasses import replace

import pytest

from web import queue
from web.config import Settings
from web.queue import Bell, make_huey, queued_call


@pytest.fixture
def real(settings: Settings) -> Settings:
    """Settings with a queue on the disk."""
    return replace(settings, testing=False)


def test_looks_asked_for_within_a_moment_are_one_call(real: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "ECHO", 60.0)
    bell = Bell(real)
    for _turn in range(30):
        bell.ring("mail.send", [])
    assert make_huey(real).pending_count() == 1
    monkeypatch.setattr(queue, "ECHO", 0.0)
    bell.ring("mail.send", [])
    assert make_huey(real).pending_count() == 2


def test_calls_with_arguments_are_each_queued(real: Settings) -> None:
    bell = Bell(real)
    for job in (1, 2, 2):
        bell.ring("schedule.run", [job])
    assert make_huey(real).pending_count() == 3


def test_what_is_rung_is_understood_by_who_listens(real: Settings) -> None:
    heard: list[tuple[str, list[object]]] = []

    def wake(name: str, arguments: list[object]) -> None:
        heard.append((name, arguments))

    listening = make_huey(real)
    queued_call(listening, wake)
    Bell(real).ring("schedule.run", [7])

    task = listening.dequeue()
    assert task is not None
    listening.execute(task)
    assert heard == [("schedule.run", [7])]
