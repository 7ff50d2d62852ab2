"""Further B2BSP events: the ten original files with forbidden slots, fixed meetings and orders drawn anew.

The sizes of these sets follow those of the files: ``forb0003`` forbids 0.3 % of all slots of all participants (and
drops what the original forbids), ``fixed020`` fixes a fifth of the meetings where one timetable has them, ``prec15``
puts, for each participant with n meetings, 0.15 n pairs of these in order (rounded down).
"""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from scheduler.format.event import Event, event_json, parse_event
from scheduler.format.interchange import read_any

Raw = dict[str, Any]
VARIANTS = ("forb0003", "forb0007", "fixed020", "fixed040", "prec15", "prec25")
_SEARCH_SECONDS = 60.0
_MOST_BREAKS = 2


def b2b_variant(original: Path, variant: str, seed: int) -> Event:
    """Return the event of the file ``original`` with other sets of the kind of ``variant``.

    Those with fixed meetings have a schedule, of the others some have none. Cost: seconds where meetings are fixed.
    """
    event = read_any(original.read_bytes(), original.name)
    raw: Raw = json.loads(event_json(event))
    random = Random(f"{original.stem} {variant} {seed}")
    kind, size = variant.rstrip("0123456789"), variant.lstrip("abcdefghijklmnopqrstuvwxyz")
    if kind == "forb":
        _forbid(raw, int(size) / 1000, random)
    elif kind == "fixed":
        _fix(raw, int(size) / 100, random)
    else:
        _order(raw, int(size), random)
    return parse_event(raw)


def _forbid(raw: Raw, share: float, random: Random) -> None:
    cells = [(p, slot["id"]) for p in range(len(raw["participants"])) for slot in raw["slots"]]
    for person in raw["participants"]:
        person["unavailable"] = []
    for p, slot in random.sample(cells, int(share * len(cells) + 1e-9)):
        raw["participants"][p]["unavailable"].append(slot)


def _order(raw: Raw, percent: int, random: Random) -> None:
    """Orders follow one random order of all meetings, so that they make no circle."""
    meetings = random.sample(raw["meetings"], len(raw["meetings"]))
    own: dict[str, list[Raw]] = defaultdict(list)
    for meeting in meetings:
        for id in meeting["between"]:
            own[id].append(meeting)
    for held in own.values():
        pairs = [(sooner, later) for k, sooner in enumerate(held) for later in held[k + 1 :]]
        for sooner, later in random.sample(pairs, min(len(pairs), percent * len(held) // 100)):
            later["after"].append(sooner["between"])


def _fix(raw: Raw, share: float, random: Random) -> None:
    where = _timetable(raw, random)
    chosen = random.sample(range(len(where)), int(share * len(where) + 1e-9))
    for m in chosen:
        raw["meetings"][m]["slot"] = raw["slots"][where[m]]["id"]


def _timetable(raw: Raw, random: Random) -> list[int]:
    """Return a slot for each meeting such that nobody has more than two breaks, by a CP-SAT search from a random start.

    Raises ``RuntimeError`` where none is found in a minute.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    slots, meetings = raw["slots"], raw["meetings"]
    away = {person["id"]: set(person["unavailable"]) for person in raw["participants"]}
    held = [[model.new_bool_var("") for _ in slots] for _ in meetings]
    own: dict[str, list[int]] = defaultdict(list)
    for m, meeting in enumerate(meetings):
        model.add_exactly_one(held[m])
        for s, slot in enumerate(slots):
            barred = any(slot["id"] in away[id] for id in meeting["between"])
            if barred or meeting["session"] not in (None, slot["session"]):
                model.add(held[m][s] == 0)
        for id in meeting["between"]:
            own[id].append(m)
        model.add_hint(held[m][random.randrange(len(slots))], 1)
    for s in range(len(slots)):
        model.add(sum(row[s] for row in held) <= len(raw["tables"]))
    for those in own.values():
        busy = [model.new_bool_var("") for _ in slots]
        starts = [model.new_bool_var("") for _ in slots]
        for s in range(len(slots)):
            model.add(sum(held[m][s] for m in those) == busy[s])
        for s, (before, now) in enumerate(pairwise([None, *busy])):
            model.add(starts[s] >= (now if before is None else now - before))
        model.add(sum(starts) <= 1 + _MOST_BREAKS)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = random.randrange(2**31)
    solver.parameters.randomize_search = True
    solver.parameters.max_time_in_seconds = _SEARCH_SECONDS
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise RuntimeError(f"no timetable of {raw['title']} found in {_SEARCH_SECONDS:g} s")
    return [next(s for s, var in enumerate(row) if solver.boolean_value(var)) for row in held]
