"""What is published of the B2BSP files: a row to set beside the results, and results that cannot be if it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from tests.benchmarks.events import Case, Published
from tests.benchmarks.runs import Result

PUBLISHED = "published (2022)"


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


def published_cells(words: str, cases: Sequence[Case], known: Mapping[str, Published]) -> list[str] | None:
    """Return the cells of what is published of ``cases`` under the heads of the families' table, if anything is."""
    found = [known[case.name] for case in cases if case.name in known]
    if not found:
        return None
    impossible = sum(result.breaks is None for result in found)
    seconds = [result.seconds for result in found]
    breaks = sum(result.breaks or 0 for result in found)
    size = str(len(found))
    return [
        *(words, PUBLISHED, size, f"{len(found) - impossible} + {impossible} imp.", "–", size, size, "–", "0.00 %"),
        *("0", f"{breaks:,}", "–", "–", f"{median(seconds):.1f} / {max(seconds):.1f}", "–", "–"),
    ]
