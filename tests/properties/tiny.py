"""Events of a few people drawn from a seed, thick with what makes bounds on breaks hard: absences, fixed slots, ties.

Hypothesis looks for the plainest event that fails; here the same events are drawn each time, and counted.
"""

from itertools import combinations
from random import Random
from typing import Any

from scheduler.format.event import Event, parse_event

Raw = dict[str, Any]


def tiny_event(random: Random, people: tuple[int, int] = (4, 6), slots: tuple[int, int] = (3, 5), **more: Any) -> Event:
    """Return an event of ``people`` and ``slots`` (fewest, most); ``more`` as in ``Drawn``."""
    return Drawn(random, random.randint(*people), random.randint(*slots), **more).event()


class Drawn:
    """One event as it is drawn: ``single`` gives everybody one delegate, ``sides`` settles whether there are two.

    With ``rules`` some are one person, some stay seated, and rows of meetings are short.
    """

    def __init__(
        self,
        random: Random,
        people: int,
        slots: int,
        *,
        single: bool = False,
        sides: bool | None = None,
        density: float = 0.6,
        rules: bool = False,
    ) -> None:
        self.random = random
        self.rules = rules
        self.single = single
        self.sides = random.random() < 0.5 if sides is None else sides
        self.density = density
        self.people = [f"p{k}" for k in range(people)]
        self.slots = self._slots(slots)
        self.tables = self._tables()
        self.pairs = [
            (a, b)
            for i, j in combinations(range(people), 2)
            for a, b in [(self.people[i], self.people[j])]
            if not self.sides or (i - j) % 2
        ]

    def event(self) -> Event:
        chosen = [pair for pair in self.pairs if self.chance(self.density)] or self.pairs[:1]
        flat = self.chance(0.5)
        event: Raw = {
            "format": "passerelle-event/1",
            "slots": self.slots,
            "tables": self.tables,
            "facilitators": [{"id": "f0", "unavailable": self.few_slots(0.2)}] if self.chance(0.3) else [],
            "may_meet": [["x", "x"]],
            "participants": [self._participant(id) for id in self.people],
            "meetings": self._meetings(chosen),
            # Scores that are alike make many best selections, and those of 0 meetings that need not be held.
            "affinities": [
                {"between": list(pair), "score": self.random.choice((2, 2, 0) if flat else (0, 1, 2, 3, 5))}
                for pair in chosen
            ],
            "rules": {
                "coverage": self.random.choice(([], [], [4], [3, 1], [2, 2, 1])),
                "max_break_difference": self.random.choice((0, 1)) if self.chance(0.08) else None,
            },
        }
        return parse_event({**event, **(self._rules(event["participants"]) if self.rules else {})})

    def _rules(self, participants: list[Raw]) -> Raw:
        """Return what ``event`` is to say of the people in the room; some of ``participants`` become of a kind y."""
        seated = [p for p in participants if self.chance(0.4)][: len(self.tables) or None]
        for participant in seated if self.chance(0.6) else ():
            participant["kind"] = "y"
        single = [p["id"] for p in participants if p["delegates"] == 1]
        group = self.random.sample(single, min(len(single), self.random.choice((0, 2, 2, 3))))
        return {
            "may_meet": [["x", "x"], ["x", "y"]],
            "same_person": [group] if group else [],
            "rules": {
                "coverage": self.random.choice(([], [4], [3, 1])),
                "max_in_a_row": self.random.choice((None, 1, 2, 2)),
                "seated": ["y"],
            },
        }

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def few_slots(self, share: float) -> list[str]:
        return [slot["id"] for slot in self.slots if self.chance(share)]

    def _slots(self, count: int) -> list[Raw]:
        days, sessions = self.chance(0.25), self.chance(0.4)
        cut = self.random.randint(1, count)
        found = []
        for s in range(count):
            day = 18 + (days and s >= cut)
            start, end = (f"2027-03-{day}T09:{minute:02}" for minute in (6 * s, 6 * s + 5))
            session = self.random.choice(("am", "pm")) if sessions else None
            found.append({"id": f"s{s}", "start": start, "end": end, "session": session})
        return found

    def _tables(self) -> list[Raw]:
        count = self.random.choice((0, 0, 1, 2, 2, 3))
        return [{"id": f"t{t}", "features": ["quiet"] if self.chance(0.4) else []} for t in range(count)]

    def _participant(self, id: str) -> Raw:
        least = self.random.choice((0, 0, 0, 1, 2))
        quiet = any(table["features"] for table in self.tables)
        return {
            "id": id,
            "kind": "x",
            "min_meetings": least,
            "max_meetings": max(least, self.random.choice((1, 2, 2, 3))) if self.chance(0.25) else None,
            "delegates": 1 if self.single or self.chance(0.85) else self.random.choice((2, 3)),
            "unavailable": self.few_slots(0.4) if self.chance(0.5) else [],
            "remote": self.chance(0.1),
            "requires": ["quiet"] if quiet and self.chance(0.2) else [],
            "home_table": self.random.choice(self.tables)["id"] if self.tables and self.chance(0.1) else None,
            "needs_facilitator": self.chance(0.08),
        }

    def _meetings(self, chosen: list[tuple[str, str]]) -> list[Raw]:
        found: list[Raw] = []
        everything = self.chance(0.25)
        sessions = sorted({slot["session"] for slot in self.slots} - {None})
        for pair in chosen:
            if not everything and not self.chance(0.3):
                continue
            status = "required" if everything or self.chance(0.5) else "allowed"
            rule = {
                "between": list(pair),
                "status": status,
                "slot": self.random.choice(self.slots)["id"] if self.chance(0.15) else None,
                "session": self.random.choice(sessions) if sessions and self.chance(0.4) else None,
                "after": [list(self.random.choice(chosen))] if self.chance(0.15) else [],
            }
            if rule["session"] is not None:
                rule["slot"] = None
            rule["after"] = [other for other in rule["after"] if other != list(pair)]
            found += [rule] * (2 if status == "required" and self.chance(0.1) else 1)
        return found
