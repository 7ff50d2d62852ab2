"""The events that are measured, and their files.

They are made by a process of their own (``python -m tests.benchmarks.events``): a child process counts the memory of
the one that started it as its own peak, so the one that measures must stay small and loads nothing of the solver.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
B2B = SHARED / "b2b"
# How often breaks may differ in the published runs that the files stand for.
_PUBLISHED_VARIANT = "d=2"
_INFEASIBLE = "-"


@dataclass(frozen=True)
class Case:
    """One event: ``group`` is its name for ``--only``, ``made`` what it is made from (or ``source``, its file).

    ``time_limit`` is what the solver is told. With ``fresh`` it finds nothing compiled, as after an installation.
    """

    group: str
    name: str
    time_limit: float
    made: Mapping[str, object] = field(default_factory=dict)
    source: Path | None = None
    fresh: bool = False


def plain(
    group: str, time_limit: float, sizes: tuple[int, int, int, int], name: str | None = None, **more: object
) -> Case:
    associations, companies, slots, tables = sizes
    made = {"associations": associations, "companies": companies, "slots": slots, "tables": tables, **more}
    name = name or " × ".join(f"{size:,}" for size in sizes)
    return Case(group, name, time_limit, {"maker": "plain", **made})


def described(case: Case) -> dict[str, object]:
    """Return what ``families.making`` makes the event of ``case`` from."""
    return {"maker": "file", "path": str(case.source)} if case.source else dict(case.made)


# Everybody is done with it long before any limit, even on a busy machine.
TINY = plain("tiny", 30.0, (3, 3, 3, 2))


def b2b_cases(folder: Path = B2B) -> list[Case]:
    """Return the B2BSP files of ``folder``, by name; none where it is absent."""
    return [Case("b2b", path.stem, 30.0, source=path) for path in sorted(folder.glob("*.dzn"))]


@dataclass(frozen=True)
class Published:
    """What is published of one B2BSP file: ``breaks`` (``None``: infeasible) and the fastest proof, in seconds."""

    breaks: int | None
    seconds: float


def published(folder: Path = B2B) -> dict[str, Published]:
    """Return the published results by the name of the file without its ending.

    Source: Bofill, Coll, Garcia, Giráldez-Cru, Pesant, Suy, Villaret, *Constraint solving approaches to the
    business-to-business meeting scheduling problem*, JAIR (2022). Runs that met their time limit prove nothing.
    """
    found: dict[str, Published] = {}
    path = folder / "published_results.csv"
    if not path.exists():
        return found
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            variant, _, difference = row["variant"].rpartition(" ")
            if difference != _PUBLISHED_VARIANT or row["seconds"] == "TO":
                continue
            name, seconds = f"{row['instance']}.{variant}", float(row["seconds"])
            breaks = None if row["breaks"] == _INFEASIBLE else int(row["breaks"])
            if name not in found or seconds < found[name].seconds:
                found[name] = Published(breaks, seconds)
    return found


if __name__ == "__main__":
    from tests.benchmarks.families.making import write_event

    parser = argparse.ArgumentParser(description="Write event files: pairs of a description (JSON) and a path.")
    parser.add_argument("pairs", nargs="+")
    words = parser.parse_args().pairs
    for described, to in zip(words[::2], words[1::2], strict=True):
        write_event(json.loads(described), Path(to))
