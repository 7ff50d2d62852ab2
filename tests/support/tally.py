"""What `make torture` found, as a table: each test that counts something says so, and the last lines show all."""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

Told = Callable[..., None]
_NAME = "tally"


class Row(NamedTuple):
    """What was tried how often; what was acknowledged and lost; answers of ours that were errors; the worst time."""

    what: str
    rounds: int
    lost: int | None
    errors: int | None
    worst: float | None

    def cells(self) -> list[str]:
        numbers = ["–" if one is None else f"{one:,}" for one in (self.rounds, self.lost, self.errors)]
        return [self.what, *numbers, "–" if self.worst is None else f"{self.worst:.2f}"]


@pytest.fixture
def tally(record_property: Callable[[str, Any], None]) -> Told:
    """Call it with `what` and `rounds`, and with `lost`, `errors`, `worst` (seconds) where they were looked at."""

    def tell(
        what: str, rounds: int, *, lost: int | None = None, errors: int | None = None, worst: float | None = None
    ) -> None:
        record_property(_NAME, list(Row(what, rounds, lost, errors, worst)))

    return tell


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The table, in Markdown, where ``PASSERELLE_TORTURE`` is set."""
    rows = [
        Row(*value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == _NAME
    ]
    if not rows or not os.environ.get("PASSERELLE_TORTURE"):
        return
    terminalreporter.write_sep("=", "what was tried")
    heads = ["what", "rounds", "lost", "answers 500", "worst (s)"]
    for cells in [heads, ["---"] * len(heads), *(row.cells() for row in sorted(rows))]:
        terminalreporter.write_line(f"| {' | '.join(cells)} |")
