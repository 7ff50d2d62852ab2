"""``make bench``: families of events, each event and each solver as a process of its own, a row a family.

Events are made anew each time from their seeds; files of others stand beside the project or are passed over.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from tests.benchmarks.alternatives import ALTERNATIVES, Alternative
from tests.benchmarks.b2b import contradicts, published_cells
from tests.benchmarks.bars import BARS, lacking
from tests.benchmarks.events import SHARED, TINY, Case, published
from tests.benchmarks.families.catalogue import FAMILIES, TINY_FAMILY, Family, Folders, chosen
from tests.benchmarks.replanning import print_replanning
from tests.benchmarks.runs import PASSERELLE, Result, run_alternative, run_passerelle, write_events
from tests.benchmarks.summary import Summary, contradictions, least_bounds
from tests.benchmarks.table import Table, cells_of, line_of
from tests.benchmarks.web.measures import print_web

_REPLAN = "replan"
_WEB = "web"
NAMES = (*(family.name for family in FAMILIES), _REPLAN, _WEB)


def main(arguments: Sequence[str] | None = None, stream: TextIO | None = None) -> int:
    """Measure what ``arguments`` ask for and print it to ``stream`` (standard output)."""
    options = _parser().parse_args(arguments)
    table = Table(stream or sys.stdout, options.markdown)
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        Bench(options, table, options.keep).run()
    else:
        with tempfile.TemporaryDirectory() as folder:
            Bench(options, table, Path(folder)).run()
    return 0


class Bench:
    """One go of the benchmarks: ``folder`` takes events and schedules."""

    def __init__(self, options: argparse.Namespace, table: Table, folder: Path) -> None:
        self.options = options
        self.table = table
        self.folder = folder
        self.files = Folders(options.b2b, options.real)
        self.others = [] if options.without_alternatives else _those_there(table)
        self.remarks: list[str] = []
        self._ready = False

    def run(self) -> None:
        """Measure the families asked for, print their rows, then what is to be said of each, then replanning."""
        self._print_machine()
        families = [family for family in (TINY_FAMILY, *FAMILIES) if family.name in self.options.only]
        if families:
            self.table.start()
            for family in families:
                self._family(family)
            self.table.say()
            for remark in self.remarks:
                self.table.say(remark)
            self.table.say(
                "- seconds are “median / worst” of whole processes; what is told to be impossible counts as proven"
            )
        if _REPLAN in self.options.only:
            _tell("replanning")
            print_replanning(self.table, self.folder)
        if _WEB in self.options.only:
            _tell("web pages")
            print_web(self.table)

    def _family(self, family: Family) -> None:
        cases = chosen(family.events(self.files), self.options.sample)
        if not cases:
            self.remarks.append(f"- {family.words}: passed over, no file in the folder.")
            return
        results = [self._ours(case) for case in cases]
        compared = chosen(cases, self.options.compare)
        names = {case.name for case in compared}
        others = {other: [self._other(other, case) for case in compared] for other in self._suited(family)}
        everything = [*results, *(result for found in others.values() for result in found)]
        bounds = least_bounds(everything)
        lacks = lacking(BARS[family.name], results) if family.name in BARS else []
        ours = Summary(results, bounds)
        self.table.row(cells_of(family.words, PASSERELLE, ours, "no" if lacks else "yes"))
        if family.name == "b2b":
            self._published(cases, everything)
        if others and len(compared) < len(cases):
            same = Summary([result for result in results if result.case.name in names], bounds)
            self.table.row(cells_of("", f"{PASSERELLE}, {len(compared)} of them", same, ""))
        for other, found in others.items():
            self.table.row(cells_of("", f"{other.label}, {len(compared)}", Summary(found, bounds), ""))
        self._remember(family, ours, lacks)
        self.remarks += [f"  - {words}" for words in contradictions(everything)]

    def _remember(self, family: Family, ours: Summary, lacks: Sequence[str]) -> None:
        if family.name in BARS:
            reached = f"not reached: {'; '.join(lacks)}" if lacks else "reached"
            self.remarks.append(f"- {family.words}: bar “{BARS[family.name].words}” {reached}.")
        self.remarks += [f"  - {phrase}" for phrase in ours.worst()]

    def _published(self, cases: Sequence[Case], results: Sequence[Result]) -> None:
        known = published(self.options.b2b)
        if cells := published_cells("", cases, known):
            self.table.row(cells)
        wrong = [result for result in results if contradicts(result, known)]
        self.remarks += [f"- {result.case.name}, {result.solver}: contradicts the published result" for result in wrong]

    def _ours(self, case: Case) -> Result:
        self._get_ready()
        _tell(f"{case.name}: {PASSERELLE}")
        write_events([case], self.folder)
        return self._told(run_passerelle(case, self.folder))

    def _get_ready(self) -> None:
        """Let the first run after an installation compile what later runs find ready."""
        if not self._ready:
            _tell("getting ready")
            write_events([TINY], self.folder)
            run_passerelle(TINY, self.folder)
        self._ready = True

    def _other(self, other: Alternative, case: Case) -> Result:
        _tell(f"{case.name}: {other.label}")
        return self._told(run_alternative(other, case, self.folder, self.options.limit))

    def _told(self, result: Result) -> Result:
        if self.options.each:
            self.table.say(line_of(result))
        return result

    def _suited(self, family: Family) -> list[Alternative]:
        return [other for other in self.others if not other.all_required or family.name.startswith("b2b")]

    def _print_machine(self) -> None:
        load = f"load {os.getloadavg()[0]:.1f}"
        stop = f"alternatives stop after {self.options.limit:g} s"
        self.table.say(f"{os.cpu_count()} cores ({load} at the start), Python {platform.python_version()}; {stop}.")
        self.table.say()


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
    parser.add_argument("--only", type=_names, default=NAMES, metavar="A,B", help=f"some of {', '.join(NAMES)}")
    parser.add_argument("--sample", type=int, metavar="N", help="so many events of each family (all)")
    parser.add_argument("--compare", type=int, default=2, metavar="N", help="so many of these by alternatives too (2)")
    parser.add_argument("--limit", type=float, default=20.0, metavar="S", help="seconds for each alternative (20)")
    parser.add_argument("--without-alternatives", action="store_true", help="measure only this solver")
    parser.add_argument("--each", action="store_true", help="a line for each event as well")
    parser.add_argument("--markdown", action="store_true", help="print the tables for the README")
    parser.add_argument("--b2b", type=Path, default=SHARED / "b2b", metavar="FOLDER", help="where the B2BSP files are")
    parser.add_argument("--real", type=Path, default=SHARED / "real", metavar="FOLDER", help="events of others")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep events and schedules there")
    return parser


def _names(text: str) -> tuple[str, ...]:
    found = tuple(text.split(","))
    unknown = sorted(set(found) - {*NAMES, TINY_FAMILY.name})
    if unknown:
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(NAMES)}, found {', '.join(unknown)}")
    return found


if __name__ == "__main__":
    sys.exit(main())
