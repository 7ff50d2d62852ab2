"""A timetable grown beside a random event, so that what the event requires can be held together.

Whatever is required of an event is first entered here, by the rules of the format: as long as the event only requires
what stands here, where it stands here, there is a legal schedule. Nothing is moved again and nothing is optimised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

Raw = dict[str, Any]
# A gap as long as that interrupts a row of meetings.
_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True)
class Entry:
    """One meeting of the witness; ``table`` and ``facilitator`` as in a schedule file."""

    a: str
    b: str
    slot: int
    table: str | None
    facilitator: str | None


class Witness:
    """Meetings entered so far in the timetable of the event ``raw``, whose people and rooms are settled."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.entries: list[Entry] = []
        self._people = {person["id"]: person for person in raw["participants"]}
        self._busy: dict[str, list[int]] = defaultdict(list)
        self._at: dict[tuple[str, int], int] = defaultdict(int)
        self._tables_taken: set[tuple[str, int]] = set()
        self._helping: set[tuple[str, int]] = set()
        self._row, self._day = _rows_and_days(raw["slots"])
        self._group = {id: group for group in raw.get("same_person", ()) for id in group}
        self._seat = self._seats()

    def enter(self, a: str, b: str, slots: Iterator[int]) -> Entry | None:
        """Enter a meeting of ``a`` and ``b`` in the first of ``slots`` where it is legal; ``None`` where none is."""
        for slot in slots:
            if not (self._free(a, slot) and self._free(b, slot)) or self._meet(a, b, slot):
                continue
            table, helper = self._table(a, b, slot), self._helper(a, b, slot)
            if table is False or helper is False:
                continue
            entry = Entry(a, b, slot, table or None, helper or None)
            self.entries.append(entry)
            self._at[a, slot] += 1
            self._at[b, slot] += 1
            self._busy[a].append(slot)
            self._busy[b].append(slot)
            self._tables_taken.add((str(table), slot))
            self._helping.add((str(helper), slot))
            return entry
        return None

    def most_breaks(self) -> int:
        """Return the most breaks that anybody has in it (somebody always has none, or at most that many)."""
        return max((self._breaks(id) for id in self._busy), default=0)

    def meetings_of(self, id: str) -> int:
        return len(self._busy[id])

    def schedule(self) -> list[Raw]:
        """Return the meetings as in a schedule file, all of score 0."""
        slots = self.raw["slots"]
        return [
            {
                "between": [entry.a, entry.b],
                "slot": slots[entry.slot]["id"],
                "table": entry.table,
                "facilitator": entry.facilitator,
                "score": 0,
            }
            for entry in self.entries
        ]

    def _free(self, id: str, slot: int) -> bool:
        person = self._people[id]
        if self.raw["slots"][slot]["id"] in person.get("unavailable", ()):
            return False
        if self.meetings_of(id) >= (person.get("max_meetings") or 10**6):
            return False
        together = sum(self._at[other, slot] for other in self._group.get(id, [id]))
        return together < person.get("delegates", 1) and self._row_with(id, slot) <= self._longest_row

    @property
    def _longest_row(self) -> int:
        return self.raw["rules"].get("max_in_a_row") or 10**6

    def _row_with(self, id: str, slot: int) -> int:
        """Return how long a row of meetings would be with one more in ``slot``."""
        busy, length = {*self._busy[id], slot}, 1
        for step in (-1, 1):
            at = slot + step
            while at in busy and self._row[at] == self._row[slot]:
                length, at = length + 1, at + step
        return length

    def _meet(self, a: str, b: str, slot: int) -> bool:
        return any(entry.slot == slot and {entry.a, entry.b} == {a, b} for entry in self.entries)

    def _breaks(self, id: str) -> int:
        busy = sorted(set(self._busy[id]))
        return sum(later - sooner > 1 and self._day[sooner] == self._day[later] for sooner, later in pairwise(busy))

    def _table(self, a: str, b: str, slot: int) -> str | bool:
        """Return a table for the meeting, ``""`` where it needs none, ``False`` where there is none."""
        one, other = self._people[a], self._people[b]
        if one.get("remote") or other.get("remote") or not self.raw["tables"]:
            return ""
        needed = {*one.get("requires", ()), *other.get("requires", ())}
        wanted = {person["home_table"] for person in (one, other) if person.get("home_table")}
        wanted |= {self._seat[id] for id in (a, b) if id in self._seat}
        for table in self.raw["tables"]:
            id = table["id"]
            if (id, slot) in self._tables_taken or not needed <= set(table.get("features", ())):
                continue
            # A table that somebody is seated at, or at home, is left to them.
            if wanted == {id} or (not wanted and id not in self._kept):
                return str(id)
        return False

    def _helper(self, a: str, b: str, slot: int) -> str | bool:
        """Likewise a facilitator."""
        if not any(self._people[id].get("needs_facilitator") for id in (a, b)):
            return ""
        for facilitator in self.raw["facilitators"]:
            id = facilitator["id"]
            if self.raw["slots"][slot]["id"] not in facilitator["unavailable"] and (id, slot) not in self._helping:
                return str(id)
        return False

    def _seats(self) -> dict[str, str]:
        """Return a table for each of those who stay seated: their home, else the plainest that has what they need."""
        kinds = self.raw["rules"].get("seated") or ()
        people = [p for p in self.raw["participants"] if p["kind"] in kinds and not p.get("remote")]
        homes = {p["home_table"] for p in self.raw["participants"] if p.get("home_table")}
        self._kept = set(homes)
        found: dict[str, str] = {}
        for person in sorted(people, key=lambda p: (not p.get("home_table"), -len(p.get("requires", ())))):
            home = person.get("home_table")
            fitting = [
                table
                for table in self.raw["tables"]
                if table["id"] not in self._kept and set(person.get("requires", ())) <= set(table.get("features", ()))
            ]
            if home is None and not fitting:
                continue
            found[person["id"]] = home or min(fitting, key=lambda table: len(table.get("features", ())))["id"]
            self._kept.add(found[person["id"]])
        # Those who find no table hold nothing here.
        found.update({p["id"]: "" for p in people if p["id"] not in found})
        return found


def _rows_and_days(slots: list[Raw]) -> tuple[list[int], list[str]]:
    """Return for each slot which run of slots without a pause it belongs to, and its day."""
    rows, row = [0], 0
    for before, slot in pairwise(slots):
        gap = datetime.fromisoformat(slot["start"]) - datetime.fromisoformat(before["end"])
        row += gap >= _PAUSE or before["start"][:10] != slot["start"][:10]
        rows.append(row)
    return rows, [slot["start"][:10] for slot in slots]
