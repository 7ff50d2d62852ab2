"""One solver on one event: started as a process, its schedule judged by another."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.alternatives import Alternative
from tests.benchmarks.events import Case, described
from tests.benchmarks.judging import Verdict
from tests.benchmarks.processes import ROOT, Run, measure

PASSERELLE = "passerelle"
_INFEASIBLE = 3


@dataclass(frozen=True)
class Result:
    """What came of it: a verdict on a legal schedule, or ``infeasible``, or neither and ``remark`` says why."""

    case: Case
    solver: str
    run: Run
    verdict: Verdict | None = None
    infeasible: bool = False
    remark: str = ""


def write_events(cases: list[Case], folder: Path) -> None:
    """Write the event file of each case into ``folder``, in a process of its own."""
    words = [sys.executable, "-m", "tests.benchmarks.events"]
    for case in cases:
        words += [json.dumps(described(case)), str(event_path(case, folder))]
    subprocess.run(words, cwd=ROOT, check=True)


def event_path(case: Case, folder: Path) -> Path:
    return folder / f"{_file_name(case.name)}.json"


def run_passerelle(case: Case, folder: Path) -> Result:
    """Run ``passerelle solve`` as a user would, on all cores."""
    output = folder / f"{_file_name(case.name)}.passerelle.json"
    program = Path(sys.executable).with_name(PASSERELLE)
    limits = ["--time-limit", str(case.time_limit), "--workers", str(os.cpu_count() or 1)]
    command = [program, "solve", event_path(case, folder), "-o", output, *limits]
    return _judged(case, PASSERELLE, measure(command, 60 + 2 * case.time_limit), folder, output)


def run_alternative(alternative: Alternative, case: Case, folder: Path, limit: float) -> Result:
    """Run an alternative with ``limit`` seconds in all; a quarter of that and ten seconds later it is ended."""
    output = folder / f"{_file_name(case.name)}.{alternative.name}.json"
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
