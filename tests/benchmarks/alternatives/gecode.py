"""A MiniZinc model (``meetings.mzn``) solved by Gecode, as one would write it in the handbook's words."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from scheduler.problem.problem import Problem
from tests.benchmarks.alternatives.answers import Answer, in_order, only_required

_MODEL = Path(__file__).with_name("meetings.mzn")
_NO_LIMIT = -1


def answer(problem: Problem, seconds: float) -> Answer:
    """Return the best found in ``seconds``. Raises ``ValueError`` where an event has more than the model knows."""
    only_required(problem)
    if (problem.delegates > 1).any() or problem.facilitated.any() or problem.day.any() or len(problem.table_types) > 1:
        raise ValueError("delegates, facilitators, several days and features of tables are not in the model")
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "event.json")
        data.write_text(json.dumps(_data(problem)))
        milliseconds = max(100, int((end - time.monotonic()) * 1000))
        command = ["minizinc", "--solver", "Gecode", "--time-limit", str(milliseconds), "-a", str(_MODEL), str(data)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "=====UNSATISFIABLE=====" in done.stdout:
        return Answer(None, infeasible=True)
    found = re.findall(r"^\[(.*)\] (\d+)$", done.stdout, re.MULTILINE)
    if not found:
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return Answer(None)
    words, breaks = found[-1]
    placement = in_order(range(problem.units), [int(word) - 1 for word in words.split(",")])
    bounds = {"shortfall": problem.shortfall_of(placement.units), "value": problem.value_of(placement.units)}
    if "==========" in done.stdout:
        bounds["breaks"] = int(breaks)
    return Answer(placement, bounds)


def _data(problem: Problem) -> dict[str, object]:
    return {
        "people": problem.participants,
        "slots": problem.slots,
        "meetings": problem.units,
        "tables": problem.tables or problem.units,
        "difference": _NO_LIMIT if problem.break_difference is None else problem.break_difference,
        "one": (problem.a + 1).tolist(),
        "other": (problem.b + 1).tolist(),
        "possible": [{"set": (np.flatnonzero(row) + 1).tolist()} for row in problem.allowed],
        "orders": len(problem.after),
        "sooner": [sooner + 1 for _, sooner in problem.after],
        "later": [later + 1 for later, _ in problem.after],
    }
