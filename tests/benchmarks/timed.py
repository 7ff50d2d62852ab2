"""``passerelle solve`` that says when it knew what: ``python -m tests.benchmarks.timed EVENT -o SCHEDULE``.

Each line of standard error is a JSON object: ``{"stage": …, "work": …, "tiers": {name: [value, bound], …}}``, with the
seconds of processor time spent and the tiers of the legal schedule that stands at that moment, none before the first.
The one who reads the lines stamps them. Exit status as of the command.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduler.problem.watch import Progress

READ = "read"
_DONE, _NOTHING, _INFEASIBLE = 0, 1, 3
# As the command does: hardly anything that a run makes is ever garbage.
_RARELY = 100_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.timed", description=__doc__)
    parser.add_argument("event", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--time-limit", type=float)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    gc.set_threshold(_RARELY)

    from scheduler.format.errors import Infeasible, NoScheduleFound
    from scheduler.format.event import parse_event
    from scheduler.format.schedule import schedule_json
    from scheduler.problem.watch import SolveOptions
    from scheduler.solve import solve

    event = parse_event(options.event.read_bytes())
    _say(READ, {})
    wanted = SolveOptions(options.time_limit, options.workers, options.seed)
    try:
        schedule = solve(event, wanted, listener=_tell)
    except Infeasible:
        return _INFEASIBLE
    except NoScheduleFound as nothing:
        print(nothing, file=sys.stderr)
        return _NOTHING
    options.output.write_text(schedule_json(schedule), encoding="utf-8")
    gc.freeze()
    return _DONE


def _tell(progress: Progress) -> None:
    _say(progress.stage, {tier.name: (tier.value, tier.bound) for tier in progress.tiers})


def _say(stage: str, tiers: dict[str, tuple[int, int | None]]) -> None:
    # One write a line: threads may tell at once.
    sys.stderr.write(json.dumps({"stage": stage, "work": round(time.process_time(), 3), "tiers": tiers}) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
