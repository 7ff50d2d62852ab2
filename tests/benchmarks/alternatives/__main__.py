"""Run one alternative on an event file: ``python -m tests.benchmarks.alternatives NAME EVENT -o SCHEDULE``.

Exit status as of ``passerelle solve``: 0 done, 3 no schedule is possible, 1 none was found.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

from scheduler.format.event import parse_event
from scheduler.format.schedule import schedule_json
from scheduler.problem.problem import build_problem
from tests.benchmarks.alternatives import ALTERNATIVES
from tests.benchmarks.alternatives.answers import schedule_of

_DONE, _NOTHING, _INFEASIBLE = 0, 1, 3


def main() -> int:
    started = time.monotonic()
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=[alternative.name for alternative in ALTERNATIVES])
    parser.add_argument("event", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds in all")
    parser.add_argument("--memory", type=float, default=8.0, help="GiB; a model that needs more is given up")
    options = parser.parse_args()
    most = int(options.memory * 2**30)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    try:
        problem = build_problem(parse_event(options.event.read_bytes()))
        module = import_module(f"tests.benchmarks.alternatives.{options.name}")
        answer = module.answer(problem, options.limit - (time.monotonic() - started))
    except MemoryError:
        print(f"more than {options.memory:g} GiB needed", file=sys.stderr)
        return _NOTHING
    except ValueError as unsuited:
        print(unsuited, file=sys.stderr)
        return _NOTHING
    if answer.infeasible and problem.any_table is None:
        return _INFEASIBLE
    if answer.placement is None:
        print("nothing found in the time", file=sys.stderr)
        return _NOTHING
    options.output.write_text(schedule_json(schedule_of(problem, answer, time.monotonic() - started)))
    return _DONE


if __name__ == "__main__":
    sys.exit(main())
