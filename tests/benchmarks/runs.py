"""One solver on one event: started as a process, its schedule judged by another."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.benchmarks.alternatives import Alternative
from tests.benchmarks.events import Case, described
from tests.benchmarks.judging import Verdict
from tests.benchmarks.processes import ROOT, Run, measure

PASSERELLE = "passerelle"
_INFEASIBLE = 3
# After that many seconds beyond its limit (and the limit again) a process is ended by us.
_PATIENCE = 30.0


@dataclass(frozen=True)
class Told:
    """What a run said after ``seconds`` of its process, ``work`` of them of processors.

    That is the stage, and value and bound of each tier known by then.
    """

    seconds: float
    work: float
    stage: str
    tiers: Mapping[str, tuple[int, int | None]]


@dataclass(frozen=True)
class Result:
    """What came of it: a verdict on a legal schedule, or ``infeasible``, or neither and ``remark`` says why."""

    case: Case
    solver: str
    run: Run
    verdict: Verdict | None = None
    infeasible: bool = False
    remark: str = ""

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """What the run said of itself while it went on; nothing for alternatives."""
        found = []
        for seconds, line in self.run.lines:
            if line.startswith('{"stage"'):
                said = json.loads(line)
                tiers = {name: tuple(two) for name, two in said["tiers"].items()}
                found.append(Told(seconds, said["work"], said["stage"], tiers))
        return tuple(found)

    @property
    def reading(self) -> float:
        """Seconds until the event was read and the solver loaded; 0 where that was not told."""
        return self.told[0].seconds if self.told else 0.0

    @property
    def first(self) -> float | None:
        """Seconds until a legal schedule stood, from the start of the process; ``None`` where none ever did."""
        if self.verdict is None:
            return None
        return next((told.seconds for told in self.told if told.tiers), self.run.seconds)

    @property
    def work(self) -> float | None:
        """Processor seconds until then: what the machine does beside it counts less. ``None`` where not told."""
        return next((told.work for told in self.told if told.tiers), None)

    @property
    def value_proven(self) -> float | None:
        """Seconds until shortfall and value were at their bounds for good; ``None`` where they never were."""
        if self.verdict is None or not self.verdict.best_value:
            return None
        seconds = self.run.seconds
        for told in reversed(self.told):
            if told.tiers and not all(told.tiers[name][0] == told.tiers[name][1] for name in ("shortfall", "value")):
                break
            seconds = told.seconds if told.tiers else seconds
        return seconds

    @property
    def late(self) -> float:
        """Seconds that the whole process ended after its limit; negative where before."""
        return self.run.seconds - self.case.time_limit

    @property
    def settled(self) -> bool:
        """Whether tiers 1–3 are proven, or that there is no schedule."""
        return self.infeasible or (self.verdict is not None and self.verdict.optimal)


def write_events(cases: list[Case], folder: Path) -> None:
    """Write the event file of each case into ``folder``, in a process of its own."""
    words = [sys.executable, "-m", "tests.benchmarks.events"]
    for case in cases:
        words += [json.dumps(described(case)), str(event_path(case, folder))]
    subprocess.run(words, cwd=ROOT, check=True)


def event_path(case: Case, folder: Path) -> Path:
    return folder / f"{_file_name(case.name)}.json"


def schedule_path(case: Case, folder: Path, solver: str = PASSERELLE) -> Path:
    return folder / f"{_file_name(case.name)}.{solver}.json"


def run_passerelle(case: Case, folder: Path) -> Result:
    """Run what ``passerelle solve`` runs, on all cores, with the time limit of ``case``."""
    output = schedule_path(case, folder)
    limits = ["--time-limit", str(case.time_limit), "--workers", str(os.cpu_count() or 1)]
    command = [sys.executable, "-m", "tests.benchmarks.timed", event_path(case, folder), "-o", output, *limits]
    with tempfile.TemporaryDirectory() as nothing:
        run = measure(command, _PATIENCE + 2 * case.time_limit, {"NUMBA_CACHE_DIR": nothing} if case.fresh else None)
    return _judged(case, PASSERELLE, run, folder, output)


def run_alternative(alternative: Alternative, case: Case, folder: Path, limit: float) -> Result:
    """Run an alternative with ``limit`` seconds in all; a quarter of that and ten seconds later it is ended."""
    output = schedule_path(case, folder, alternative.name)
    program = [sys.executable, "-m", "tests.benchmarks.alternatives", alternative.name]
    run = measure([*program, event_path(case, folder), "-o", output, "--limit", str(limit)], 10 + 1.25 * limit)
    return _judged(case, alternative.label, run, folder, output)


def _judged(case: Case, solver: str, run: Run, folder: Path, output: Path) -> Result:
    if run.status == _INFEASIBLE:
        return Result(case, solver, run, infeasible=True)
    if run.status is None:
        return Result(case, solver, run, remark="nothing in the time")
    if run.status < 0:
        return Result(case, solver, run, remark=f"ended by signal {-run.status}")
    if run.status or not output.exists():
        return Result(case, solver, run, remark=run.last_line[:70] or f"status {run.status}")
    command = [sys.executable, "-m", "tests.benchmarks.judging", str(event_path(case, folder)), str(output)]
    judged = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    verdict = Verdict(**json.loads(judged.stdout))
    if verdict.faults:
        return Result(case, solver, run, remark=f"not legal: {len(verdict.faults)} faults, e.g. {verdict.faults[0]}")
    return Result(case, solver, run, verdict)


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name.replace("×", "x").replace(",", ""))
