"""The B2BSP files: which solver proves the published optimum of how many of them, and how fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tests.benchmarks.bars import B2B_ALL, B2B_EACH
from tests.benchmarks.events import Case, Published
from tests.benchmarks.runs import Result
from tests.benchmarks.table import Table, memory

HEADS = ("solver", "files", "proven", "unproven", "none", "breaks", "slowest", "all", "memory", "bar")
_WIDTHS = (44, 5, 6, 8, 4, 7, 8, 9, 9, 4)


def proven(result: Result, known: Mapping[str, Published]) -> bool:
    """Return whether ``result`` proves what is published of its file (or anything, where nothing is)."""
    expected = known.get(result.case.name)
    if result.infeasible:
        return expected is None or expected.breaks is None
    if result.verdict is None or not result.verdict.optimal:
        return False
    return expected is None or expected.breaks == result.verdict.tiers["breaks"]


def contradicts(result: Result, known: Mapping[str, Published]) -> bool:
    """Return whether ``result`` claims a proof, or has a schedule, that cannot be if the published one is right."""
    expected = known.get(result.case.name)
    if expected is None:
        return False
    if result.infeasible:
        return expected.breaks is not None
    if result.verdict is None:
        return False
    breaks = result.verdict.tiers["breaks"]
    return expected.breaks is None or breaks < expected.breaks or (result.verdict.optimal and not proven(result, known))


def originals(cases: Sequence[Case]) -> list[Case]:
    """Return the files as they came from the fairs, without those that were made from them."""
    return [case for case in cases if case.name.endswith(".original")]


def print_b2b(
    table: Table,
    cases: Sequence[Case],
    known: Mapping[str, Published],
    ours: Callable[[Case], Result],
    others: Sequence[tuple[str, Callable[[Case], Result]]],
    compared: Sequence[Case],
) -> None:
    """Measure and print: ``ours`` on all ``cases``, then everybody on those that are ``compared``."""
    table.heads, table.widths = HEADS, _WIDTHS
    table.start()
    results = [ours(case) for case in cases]
    table.row(_cells(f"passerelle, all {len(cases)} files", results, known))
    table.row(_published_cells(f"published (2022), all {len(cases)} files", cases, known))
    if others and len(compared) < len(cases):
        names = {case.name for case in compared}
        same = [result for result in results if result.case.name in names]
        table.row(_cells(f"passerelle, {len(compared)} files", same, known))
        table.row(_published_cells(f"published (2022), {len(compared)} files", compared, known))
    for label, run in others:
        found = [run(case) for case in compared]
        table.row(_cells(f"{label}, {len(compared)} files", found, known))
        results += [result for result in found if contradicts(result, known)]
    table.say()
    for result in results:
        told = "contradicts the published result" if contradicts(result, known) else "not proven"
        if not proven(result, known) or result.run.seconds > B2B_EACH:
            late = f", {result.run.seconds:.1f} s"
            table.say(f"- {result.case.name}, {result.solver}: {told}{late}{', ' * bool(result.remark)}{result.remark}")


def _cells(label: str, results: Sequence[Result], known: Mapping[str, Published]) -> list[str]:
    done = [result for result in results if proven(result, known)]
    open_ones = [result for result in results if result.verdict is not None and not proven(result, known)]
    slowest, total = max(r.run.seconds for r in results), sum(r.run.seconds for r in results)
    cleared = len(done) == len(results) and slowest <= B2B_EACH and total <= B2B_ALL
    return [
        label,
        str(len(results)),
        str(len(done)),
        str(len(open_ones)),
        str(len(results) - len(done) - len(open_ones)),
        str(sum(result.verdict.tiers["breaks"] for result in results if result.verdict is not None)),
        f"{slowest:.1f} s",
        f"{total:.0f} s",
        memory(max(result.run.peak for result in results)),
        "yes" if cleared else "no",
    ]


def _published_cells(label: str, cases: Sequence[Case], known: Mapping[str, Published]) -> list[str]:
    found = [known[case.name] for case in cases if case.name in known]
    if not found:
        return [label, "0", *["–"] * 8]
    slowest, total = max(result.seconds for result in found), sum(result.seconds for result in found)
    breaks = sum(result.breaks or 0 for result in found)
    size = str(len(found))
    return [label, size, size, "0", "0", str(breaks), f"{slowest:.1f} s", f"{total:.0f} s", "–", "–"]
