"""Replanning measured: whole processes for each thing that can happen, and a chain of fifty of them.

``print_replanning`` is what ``python -m tests.benchmarks --only replan`` prints.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

from tests.benchmarks.events import Case, plain
from tests.benchmarks.families.catalogue import FAMILIES, Folders, chosen
from tests.benchmarks.processes import ROOT, Run, measure
from tests.benchmarks.replan_files import Disturbed, Judged
from tests.benchmarks.runs import event_path, run_passerelle, schedule_path, write_events
from tests.benchmarks.table import Table, memory

HEADS = ("event", "what happened", "disruptions", "value", "breaks (bound)", "told", "seconds", "memory", "bar")
_WIDTHS = (24, 19, 12, 20, 15, 6, 8, 9, 8)
# What is announced and then disturbed, and the seconds in which the whole process must be done.
_CASES = (
    plain("60", 18.0, (60, 60, 20, 50), capacities=(14, 20)),
    plain("1000", 30.0, (1000, 1000, 40, 800), partners=30),
)
BARS = {"60": 1.0, "1000": 5.0}
_SEEDS = (1, 2, 3, 4)
# So many events with random rules are disturbed too; a process that lasts longer than that is ended.
_RULED, _RULED_SECONDS = 8, 15.0


def print_replanning(table: Table, folder: Path) -> None:
    """Print seconds and disruptions of each disturbance at each size, then what the chains of disturbances keep.

    Schedules to disturb are taken from ``folder`` where another part of the benchmark has left them. Cost: two
    minutes, and those of solving the two events.
    """
    shown = replace(table, heads=HEADS, widths=_WIDTHS)
    table.say()
    table.say("Replanning an announced schedule (whole process; “=”: as few as can be, or as much, proven):")
    table.say()
    shown.start()
    for case in _CASES:
        _print_case(shown, case, folder)
    table.say()
    bars = ", ".join(f"{seconds:g} s at {name} × {name}" for name, seconds in BARS.items())
    table.say(f"- bars: {bars}, legal, as few disruptions as can be")
    _print_ruled(table, folder)
    _print_chains(table)


def _print_case(table: Table, case: Case, folder: Path) -> None:
    announced = schedule_path(case, folder)
    if not announced.exists():
        write_events([case], folder)
        run_passerelle(case, folder)
    words = ["make", str(event_path(case, folder)), str(announced), str(folder)]
    for k, disturbed in enumerate(_disturbed(words)):
        run = _replanned(disturbed, 20 * BARS[case.group])
        table.row([case.name if k == 0 else "", disturbed.what, *_cells(disturbed, run, BARS[case.group])])


def _replanned(disturbed: Disturbed, kill_after: float) -> Run:
    program = [sys.executable, "-m", "scheduler.command.main", "replan"]
    return measure(
        [*program, disturbed.event, disturbed.announced, "-o", disturbed.output, *disturbed.flags], kill_after
    )


def _disturbed(words: list[str]) -> list[Disturbed]:
    lines = _helper(words, "").splitlines()
    return [Disturbed(**{**raw, "flags": tuple(raw["flags"])}) for raw in map(json.loads, lines)]


def _cells(disturbed: Disturbed, run: Run, bar: float) -> list[str]:
    last = [f"{run.seconds:.2f}", memory(run.peak)]
    if run.status != 0:
        return ["–", "–", "–", "–", *last, f"no ({run.last_line[:40] or 'ended'})"]
    judged = _judged(disturbed)
    fewest = judged.tiers["disruptions"] == judged.bounds["disruptions"] or "--allow-disruptions" in disturbed.flags
    cleared = run.seconds <= bar and not judged.faults and fewest
    tiers = [_with_bound(judged, name) for name in ("disruptions", "value", "breaks")]
    verdict = "yes" if cleared else f"no ({judged.faults[0]})" if judged.faults else "no"
    return [*tiers, str(judged.told), *last, verdict]


def _judged(disturbed: Disturbed) -> Judged:
    return Judged(**json.loads(_helper(["judge"], json.dumps(asdict(disturbed)) + "\n")))


def _with_bound(judged: Judged, name: str) -> str:
    value, bound = judged.tiers[name], judged.bounds[name]
    return f"{value:,} =" if value == bound else f"{value:,}" if bound is None else f"{value:,} ({bound:,})"


def _helper(words: list[str], said: str) -> str:
    command = [sys.executable, "-m", "tests.benchmarks.replan_files", *words]
    return subprocess.run(command, cwd=ROOT, input=said, capture_output=True, text=True, check=True).stdout


def _print_ruled(table: Table, folder: Path) -> None:
    """Print how many disturbances of events with random rules are replanned legally, and how long the slowest took."""
    family = next(family for family in FAMILIES if family.name == "rules")
    legal, seconds, failed, announced = 0, [0.0], [], 0
    for case in chosen(family.events(Folders(folder, folder)), _RULED):
        write_events([case], folder)
        if run_passerelle(case, folder).verdict is None:
            continue
        announced += 1
        words = ["make-ruled", str(event_path(case, folder)), str(schedule_path(case, folder)), str(folder)]
        for disturbed in _disturbed(words):
            run = _replanned(disturbed, _RULED_SECONDS)
            seconds.append(run.seconds)
            if run.status == 0:
                faults = _judged(disturbed).faults
            else:
                faults = ["nothing in the time" if run.status is None else run.last_line or "no answer"]
            legal += not faults
            failed += [f"{case.name}, {disturbed.what} ({faults[0][:70]})"] if faults else []
    table.say(
        f"- {announced} of {_RULED} events with random rules announced: {legal} of {len(seconds) - 1} disturbances "
        f"replanned legally, slowest {max(seconds):.1f} s{'; not: ' if failed else ''}{'; '.join(failed)}"
    )


def _print_chains(table: Table) -> None:
    """Print what chains of random disturbances keep of a full re-solve, with and without one more that may go."""
    for allowed in (0, 1):
        words = ["--json", "--seeds", ",".join(map(str, _SEEDS)), "--allow-disruptions", str(allowed)]
        command = [sys.executable, "-m", "tests.benchmarks.replan_chain", *words]
        # Its exit status says whether every chain keeps its share, which the figures say better.
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        chains = [json.loads(line) for line in done.stdout.splitlines()]
        steps, legal = (sum(chain[name] for chain in chains) for name in ("steps", "legal"))
        worst = ", ".join(f"{chain['worst']:.2%}" for chain in chains)
        mean = sum(chain["mean"] for chain in chains) / max(1, len(chains))
        free = f"{allowed} more may go at each" if allowed else "nobody disturbed who need not be"
        table.say(
            f"- chains of 50 disturbances of the sample event ({free}): {legal} of {steps} steps legal, value at worst "
            f"{worst} of a full re-solve of the rest (seeds {', '.join(map(str, _SEEDS))}), {mean:.2%} on average"
        )
