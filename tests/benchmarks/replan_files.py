"""What can happen to an announced event, as files; and the check of what came of it.

Run as processes of their own, so that the one that measures stays small:
``python -m tests.benchmarks.replan_files make EVENT SCHEDULE FOLDER`` writes the files and prints the disturbances
(``make-ruled``: those for events of any rules), ``… judge`` reads them back with the outputs and prints verdicts, one
line of JSON each.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.replan_ruled import ruled_disturbances, with_guest

Raw = dict[str, Any]
# The flags that the check needs too, by the name of its argument.
_CHECKED = {"--absent": "absent", "--late": "late", "--from-slot": "from_slot", "--allow-disruptions": "allow"}


@dataclass(frozen=True)
class Disturbed:
    """A disturbance: the files ``event`` (as it now is), ``announced`` and ``output``, and the ``flags`` of replan."""

    what: str
    event: str
    announced: str
    output: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """``faults`` found by the independent check, and the tiers and bounds of the file; ``told`` have changes."""

    faults: list[str]
    tiers: dict[str, int]
    bounds: dict[str, int | None]
    told: int


def disturbances(event: Raw, schedule: Raw) -> Iterator[tuple[str, Raw, Raw, tuple[str, ...]]]:
    """Yield what happens, the event as it then is, the announced schedule, and the flags of ``replan``."""
    slots, people = [slot["id"] for slot in event["slots"]], event["participants"]
    busiest = [id for id, _ in Counter(id for m in schedule["meetings"] for id in m["between"]).most_common()]
    quarter, middle, late = (slots[len(slots) * k // 4] for k in (1, 2, 3))
    somebody, other, third = busiest[:3]
    pinned = next(m for m in schedule["meetings"] if somebody in m["between"])
    fewer = {**event, "tables": event["tables"][:-1]}
    yield "absent", event, schedule, ("--absent", somebody)
    yield "late", event, schedule, ("--late", f"{other}={middle}")
    yield "early leaver", _with_person(event, third, unavailable=slots[slots.index(late) :]), schedule, ()
    yield "walk-in", with_guest(event, people[0]["id"]), schedule, ("--from-slot", quarter)
    yield "table lost", fewer, schedule, ()
    yield "ten tables lost", {**event, "tables": event["tables"][:-10]}, schedule, ("--from-slot", quarter)
    yield "facilitator lost", *_with_facilitators(event, schedule), ()
    yield "slot added", _with_slot(event), schedule, ("--from-slot", quarter)
    yield "slot cut", _without_slot(event, middle), schedule, ("--from-slot", quarter)
    yield "pinned, table lost", fewer, schedule, ("--pin", "=".join(pinned["between"]))
    yield "absent, 5 may go", event, schedule, ("--absent", somebody, "--allow-disruptions", "5")


def _with_person(event: Raw, id: str, **changes: Any) -> Raw:
    return {**event, "participants": [{**p, **changes} if p["id"] == id else p for p in event["participants"]]}


def _with_slot(event: Raw) -> Raw:
    last = event["slots"][-1]
    hour, minute = map(int, last["end"][11:16].split(":"))
    end = f"{last['end'][:11]}{hour + (minute + 6) // 60:02}:{(minute + 6) % 60:02}"
    return {**event, "slots": [*event["slots"], {**last, "id": "added", "start": last["end"], "end": end}]}


def _without_slot(event: Raw, cut: str) -> Raw:
    people = [{**p, "unavailable": [s for s in p.get("unavailable", []) if s != cut]} for p in event["participants"]]
    return {**event, "slots": [slot for slot in event["slots"] if slot["id"] != cut], "participants": people}


def _with_facilitators(event: Raw, schedule: Raw) -> tuple[Raw, Raw]:
    """Return the event in which one in twenty needs a facilitator and one of these is gone, and all had announced."""
    needing = {p["id"] for p in event["participants"][::20]}
    busy: Counter[str] = Counter()
    meetings = []
    for meeting in schedule["meetings"]:
        helped = not needing.isdisjoint(meeting["between"])
        busy[meeting["slot"]] += helped
        meetings.append({**meeting, "facilitator": f"f{busy[meeting['slot']]}" if helped else None})
    people = [{**p, "needs_facilitator": p["id"] in needing} for p in event["participants"]]
    left = [{"id": f"f{k}"} for k in range(2, max(busy.values()) + 1)]
    return {**event, "participants": people, "facilitators": left}, {**schedule, "meetings": meetings}


def make(event_path: Path, schedule_path: Path, folder: Path, *, ruled: bool = False) -> list[Disturbed]:
    """Write the files of each disturbance into ``folder`` and return them; ``ruled``: of an event of any rules."""
    event, schedule = (json.loads(path.read_text(encoding="utf-8")) for path in (event_path, schedule_path))
    found = []
    happening = ruled_disturbances if ruled else disturbances
    for k, (what, today, announced, flags) in enumerate(happening(event, schedule)):
        paths = [folder / f"{event_path.stem}.replan-{k}.{part}.json" for part in ("event", "announced", "new")]
        paths[0].write_text(json.dumps(today), encoding="utf-8")
        paths[1].write_text(json.dumps(announced), encoding="utf-8")
        found.append(Disturbed(what, *map(str, paths), flags))
    return found


def judge(disturbed: Disturbed) -> Judged:
    """Return the verdict on the output of a disturbance. Cost: linear in the files."""
    from scheduler.check.replan import verify_replan
    from scheduler.format.event import parse_event
    from scheduler.format.schedule import parse_schedule

    event = parse_event(Path(disturbed.event).read_bytes())
    announced, new = (parse_schedule(Path(path).read_bytes()) for path in (disturbed.announced, disturbed.output))
    said: Mapping[str, str] = {
        _CHECKED[flag]: value
        for flag, value in zip(disturbed.flags[::2], disturbed.flags[1::2], strict=True)
        if flag in _CHECKED
    }
    report = verify_replan(
        event,
        announced,
        new,
        said.get("from_slot"),
        absent=[said["absent"]] if "absent" in said else [],
        late=dict([said["late"].split("=")]) if "late" in said else {},
        allow_disruptions=int(said.get("allow", 0)),
    )
    return Judged(
        faults=report.faults,
        tiers=report.tiers,
        bounds={tier.name: tier.bound for tier in new.tiers},
        told=len(new.changes or ()),
    )


def main(words: list[str]) -> None:
    """Make the files, or judge what came of the disturbances read from standard input."""
    if words[0] != "judge":
        for disturbed in make(*map(Path, words[1:4]), ruled=words[0] == "make-ruled"):
            print(json.dumps(asdict(disturbed)))
        return
    for line in sys.stdin:
        raw = json.loads(line)
        print(json.dumps(asdict(judge(Disturbed(**{**raw, "flags": tuple(raw["flags"])})))))


if __name__ == "__main__":
    main(sys.argv[1:])
