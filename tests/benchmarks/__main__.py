"""``make bench``: the benchmark events, each solver as a process of its own, one table.

Events are made anew each time from fixed seeds; the B2BSP files stand beside the project or are passed over.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from tests.benchmarks.alternatives import ALTERNATIVES, Alternative
from tests.benchmarks.b2b import originals, print_b2b
from tests.benchmarks.bars import B2B_WORDS, BARS
from tests.benchmarks.events import B2B, CASES, GROUPS, TINY, Case, b2b_cases, published
from tests.benchmarks.replanning import print_replanning
from tests.benchmarks.runs import Result, run_alternative, run_passerelle, write_events
from tests.benchmarks.table import Table, cells_of


def main(arguments: Sequence[str] | None = None, stream: TextIO | None = None) -> int:
    """Measure what ``arguments`` ask for and print it to ``stream`` (standard output)."""
    options = _parser().parse_args(arguments)
    table = Table(stream or sys.stdout, options.markdown)
    others = [] if options.without_alternatives else _those_there(table)
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        _measure(options, table, others, options.keep)
    else:
        with tempfile.TemporaryDirectory() as folder:
            _measure(options, table, others, Path(folder))
    return 0


def _measure(options: argparse.Namespace, table: Table, others: Sequence[Alternative], folder: Path) -> None:
    table.say(
        f"{os.cpu_count()} cores, Python {platform.python_version()}; alternatives stop after {options.limit:g} s."
    )
    table.say()
    cases = [case for case in (TINY, *CASES) if case.group in options.only]
    files = b2b_cases(options.b2b) if "b2b" in options.only else []
    if files or cases not in ([], [TINY]):
        # The first run after an installation compiles what later runs find ready.
        _tell("getting ready")
        write_events([TINY], folder)
        run_passerelle(TINY, folder)
    if cases:
        table.start()
    for case in cases:
        write_events([case], folder)
        _print_case(table, case, [other for other in others if not other.all_required], folder, options.limit)
    if cases:
        table.say()
        for group in dict.fromkeys(case.group for case in cases):
            names = ", ".join(case.name for case in cases if case.group == group)
            table.say(f"- bar of {names}: {BARS[group].words}")
        table.say("- “=”: the fewest at the best value, proven; “of bound”: of the proven limit on the value")
    if "b2b" in options.only:
        _print_b2b(table, files, others, folder, options)
    if "replan" in options.only:
        _tell("replanning")
        print_replanning(table, folder)


def _print_case(table: Table, case: Case, others: Sequence[Alternative], folder: Path, limit: float) -> None:
    _tell(f"{case.name}: passerelle")
    first = run_passerelle(case, folder)
    bound = first.verdict.bounds["value"] if first.verdict else None
    table.row(cells_of(first, bound, named=True))
    for other in others:
        table.row(cells_of(_alternative(other, folder, limit, case), bound, named=False))


def _print_b2b(
    table: Table, cases: list[Case], others: Sequence[Alternative], folder: Path, options: argparse.Namespace
) -> None:
    table.say()
    if not cases:
        table.say(f"B2BSP: passed over, no .dzn file in the folder {options.b2b.name}.")
        return
    write_events(cases, folder)
    table.say(f"B2BSP ({B2B_WORDS}):")
    table.say()
    running = [(other.label, partial(_alternative, other, folder, options.limit)) for other in others]
    compared = cases if options.all_files else originals(cases)
    print_b2b(table, cases, published(options.b2b), partial(_ours, folder), running if compared else [], compared)


def _ours(folder: Path, case: Case) -> Result:
    _tell(f"{case.name}: passerelle")
    return run_passerelle(case, folder)


def _alternative(other: Alternative, folder: Path, limit: float, case: Case) -> Result:
    _tell(f"{case.name}: {other.label}")
    return run_alternative(other, case, folder, limit)


def _those_there(table: Table) -> list[Alternative]:
    for other in ALTERNATIVES:
        if other.missing:
            table.say(f"{other.label}: passed over for want of {other.missing}.")
    return [other for other in ALTERNATIVES if not other.missing]


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        print(f"… {text}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure the solver.")
    parser.add_argument("--only", type=_groups, default=GROUPS, metavar="A,B", help=f"some of {', '.join(GROUPS)}")
    parser.add_argument("--limit", type=float, default=60.0, metavar="S", help="seconds for each alternative (60)")
    parser.add_argument("--markdown", action="store_true", help="print the tables for the README")
    parser.add_argument("--without-alternatives", action="store_true", help="measure only this solver")
    parser.add_argument("--all-files", action="store_true", help="alternatives on all B2BSP files, not the originals")
    parser.add_argument("--b2b", type=Path, default=B2B, metavar="FOLDER", help="where the B2BSP files are")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep events and schedules there")
    return parser


def _groups(text: str) -> tuple[str, ...]:
    found = tuple(text.split(","))
    unknown = sorted(set(found) - {*GROUPS, TINY.group})
    if unknown:
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(GROUPS)}, found {', '.join(unknown)}")
    return found


if __name__ == "__main__":
    sys.exit(main())
