"""The lines that people write beside what they tick, in their own words: kept in ``notes`` of a registration.

``{"needs": {code: line}, "offers": {code: line}}``; a line stands beside what is ticked, and goes with it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from web.models import Registration

SIDES = ("needs", "offers")
Lines = dict[str, dict[str, str]]


class Noted(Protocol):
    """Whatever holds such notes: a registration, or what the directory says of one."""

    @property
    def notes(self) -> Mapping[str, Any]: ...


def lines_of(one: Noted, side: str) -> dict[str, str]:
    """The lines of one side by code."""
    return lines_in(one.notes, side)


def lines_in(notes: Mapping[str, Any], side: str) -> dict[str, str]:
    """The same of the column alone; none where a row of before holds something else."""
    lines = notes.get(side)
    return dict(lines) if isinstance(lines, Mapping) else {}


def words_of(one: Noted) -> list[str]:
    """All lines of `one`, for a search."""
    return [line for side in SIDES for line in lines_of(one, side).values()]


def lines_said(said: Mapping[str, Any], known: Registration | None) -> Lines:
    """The lines beside what is ticked once the columns `said` are stored over those of `known`."""
    notes = said.get("notes", known.notes if known else {})
    ticked = {side: said[side] if side in said else getattr(known, side, ()) for side in SIDES}
    return _beside(notes, ticked)


def united_lines(kept: Registration, double: Registration) -> Lines:
    """The lines of two registrations that become one; `kept` has what both have ticked, and its line goes first."""
    notes = {side: lines_of(double, side) | lines_of(kept, side) for side in SIDES}
    return _beside(notes, {side: getattr(kept, side) for side in SIDES})


def _beside(notes: Mapping[str, Any], ticked: Mapping[str, Iterable[str]]) -> Lines:
    found = {}
    for side in SIDES:
        lines = notes.get(side)
        if isinstance(lines, Mapping) and (kept := {code: lines[code] for code in ticked[side] if lines.get(code)}):
            found[side] = kept
    return found
