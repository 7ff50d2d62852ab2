"""Progress: something is shown every second on a terminal, now and then elsewhere, and how to stop with the best."""

from __future__ import annotations

import io
import re
from pathlib import Path

from scheduler.command.progress import Console
from scheduler.format.schedule import Tier
from scheduler.problem.watch import Progress
from scheduler.wording.stages import STAGES, stage_words

SCHEDULER = Path(__file__).resolve().parents[3] / "scheduler"
TIERS = (Tier(name="shortfall", value=0, bound=0), Tier(name="value", value=7, bound=9))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_terminal_is_redrawn_every_second_though_nothing_is_told():
    stream, clock = Terminal(), Clock()
    console = Console(stream, 60, clock=clock)
    console(Progress(0.0, "breaks", TIERS))
    for _ in range(3):
        clock.now += 1
        console.tick()

    drawn = stream.getvalue().split("\r\x1b[2K")[1:]
    assert len(drawn) == 4
    assert [re.search(r"(\d+\.\d) s", line)[1] for line in drawn] == ["0.0", "1.0", "2.0", "3.0"]
    assert all("shortening the breaks" in line for line in drawn)


def test_a_terminal_says_that_ctrl_c_keeps_the_best(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    stream = Terminal()
    Console(stream, 60)(Progress(0.0, "breaks", TIERS))
    assert stream.getvalue().endswith("Ctrl-C keeps the best so far, at most 60 s")


def test_a_line_on_a_terminal_is_never_wrapped(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    Console(stream, None)(Progress(0.0, "breaks", TIERS))
    assert len(stream.getvalue().removeprefix("\r\x1b[2K")) == 39


def test_elsewhere_a_sign_of_life_comes_every_few_seconds():
    stream, clock = io.StringIO(), Clock()
    console = Console(stream, None, "fr", clock=clock)
    console(Progress(0.0, "selection", ()))
    for _ in range(11):
        clock.now += 1
        console.tick()

    assert stream.getvalue().splitlines() == [
        "    0,00 s  choix des rencontres… (Ctrl-C garde le meilleur)",
        "    5,00 s  choix des rencontres…",
        "   10,00 s  choix des rencontres…",
    ]


def test_nothing_is_shown_before_the_first_stage_or_after_the_end():
    stream, clock = io.StringIO(), Clock()
    console = Console(stream, None, clock=clock)
    console.tick()
    assert stream.getvalue() == ""
    console(Progress(0.0, "selection", ()))
    console.close()
    clock.now += 100
    console.tick()
    assert len(stream.getvalue().splitlines()) == 1


def test_a_console_ticks_by_itself_until_it_is_left():
    with Console(Terminal(), None) as console:
        assert console._ticker.is_alive()
    console._ticker.join(5)
    assert not console._ticker.is_alive()


def test_every_stage_that_the_search_tells_has_words():
    told = {
        code
        for path in SCHEDULER.rglob("*.py")
        for code in re.findall(r'\bwatch\.tell\(\s*"([^"]+)"', path.read_text("utf-8"))
    }
    assert told and told <= STAGES.keys()


def test_an_unknown_stage_is_shown_as_it_is():
    assert stage_words("something new", "fr") == stage_words("something new", "en") == "something new"
