"""Printing tables row by row, as they become known: for a terminal, or in Markdown for the README."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from tests.benchmarks.bars import BARS, Measured
from tests.benchmarks.runs import Result

HEADS = ("event", "solver", "value", "of bound", "breaks (bound)", "wishes", "seconds", "memory", "bar")
_WIDTHS = (26, 24, 9, 9, 15, 13, 8, 9, 8)


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


def cells_of(result: Result, value_bound: int | None, *, named: bool) -> list[str]:
    """Return the cells of one result under ``HEADS``; the name of the event only where ``named``."""
    first = [result.case.name if named else "", result.solver]
    last = [f"{result.run.seconds:.1f}", memory(result.run.peak)]
    verdict = result.verdict
    if verdict is None:
        why = "proven infeasible" if result.infeasible else result.remark
        return [*first, "–", "–", "–", "–", *last, f"no ({why})"]
    value, breaks = verdict.tiers["value"], verdict.tiers["breaks"]
    share = f"{_floor(100 * value, value_bound)} %" if value_bound else "–"
    if short := verdict.tiers["shortfall"]:
        # Value bought by letting somebody down is no like for like.
        share += f", {short} short"
    limit = verdict.bounds["breaks"]
    # Few breaks are no feat where little is held, so only those of a best choice count as proven.
    proof = "" if limit is None else " =" if verdict.optimal else f" ({limit})"
    honoured = f"{verdict.honoured}/{verdict.wishes}" if verdict.wishes else "–"
    cleared = BARS[result.case.group].cleared(Measured(result.run, verdict, value_bound))
    return [*first, f"{value:,}", share, f"{breaks:,}{proof}", honoured, *last, "yes" if cleared else "no"]


def memory(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"


def _floor(hundredfold: int, bound: int) -> str:
    """Return a percentage with two decimals, rounded down so that only what is at the bound shows 100."""
    hundredths = hundredfold * 100 // bound
    return f"{hundredths / 100:.2f}".removesuffix(".00")
