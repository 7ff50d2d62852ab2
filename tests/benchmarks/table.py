"""Printing tables row by row, as they become known: for a terminal, or in Markdown for the README."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from tests.benchmarks.bars import gap, percent
from tests.benchmarks.runs import Result
from tests.benchmarks.summary import Summary

HEADS = (
    *(
        "family",
        "solver",
        "events",
        "legal",
        "in 1 s / 2 s",
        "at bound",
        "proven",
        "checked",
        "widest gap",
        "short",
        "breaks",
    ),
    *("wishes", "first legal (s)", "end (s)", "memory", "bar"),
)
_WIDTHS = (52, 27, 6, 11, 12, 8, 6, 7, 10, 5, 8, 6, 15, 13, 9, 4)


@dataclass
class Table:
    """Rows of cells under ``heads``; ``widths`` only matter on a terminal."""

    stream: TextIO
    markdown: bool
    heads: Sequence[str] = HEADS
    widths: Sequence[int] = _WIDTHS

    def start(self) -> None:
        self.row(self.heads)
        self.row(["---" if self.markdown else "─" * width for width in self.widths])

    def row(self, cells: Sequence[str]) -> None:
        if self.markdown:
            line = "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
        else:
            line = " ".join(cell.ljust(width) for cell, width in zip(cells, self.widths, strict=True)).rstrip()
        print(line, file=self.stream, flush=True)

    def say(self, text: str = "") -> None:
        """Print a line between tables."""
        print(text, file=self.stream, flush=True)


def cells_of(words: str, solver: str, summary: Summary, bar: str) -> list[str]:
    """Return the cells of a family under ``HEADS``; seconds are "median / worst", ``bar`` stands in the last."""
    legal = f"{len(summary.held)}" + (f" + {summary.impossible} imp." if summary.impossible else "")
    return [
        *(words, solver, str(len(summary.results)), legal),
        *(f"{summary.legal_within(1.0)} / {summary.legal_within(2.0)}", str(summary.at_bound), str(summary.proven)),
        *(
            str(summary.rechecked),
            summary.worst_gap,
            f"{summary.sum_of('shortfall'):,}",
            f"{summary.sum_of('breaks'):,}",
            summary.wishes,
        ),
        *(summary.spread(lambda result: result.first), summary.spread(lambda result: result.run.seconds)),
        *(memory(summary.memory), bar),
    ]


def line_of(result: Result) -> str:
    """Return what came of one event, in a line."""
    verdict, name = result.verdict, f"{result.case.name}, {result.solver}"
    if verdict is None:
        why = "proven impossible" if result.infeasible else result.remark
        return f"  {name}: {why}, {result.run.seconds:.2f} s"
    tiers = " · ".join(f"{tier} {value}{_limit(value, verdict.bounds[tier])}" for tier, value in verdict.tiers.items())
    below = f", {percent(gap(result))} below the bound" if gap(result) else ""
    if verdict.bounds["value"] is None:
        below = ", no bound on the value"
    work = "" if result.work is None else f" ({result.work:.2f} s of work)"
    return f"  {name}: {tiers}{below}; legal {result.first:.2f} s{work}, end {result.run.seconds:.2f} s"


def memory(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"


def _limit(value: int, bound: int | None) -> str:
    return "" if bound is None else " =" if bound == value else f" [{bound}]"
