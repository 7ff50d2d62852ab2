"""Events with a random handful of the format's rules, of any size; the same seed gives the same event.

Each rule is a function that puts it into an unfinished event. What is required is taken from a ``Witness``, so that
every event has a legal schedule, whatever its rules. No seed was chosen for what a solver makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from scheduler.format.event import Event, Rules, parse_event
from scheduler.samples.sample import COVERAGE, sample_event
from tests.benchmarks.families.witness import Entry, Witness

Raw = dict[str, Any]
_FEATURES = ("accessible", "quiet", "screen")
_MEETING, _CHANGE_OVER, _COFFEE, _LUNCH = (timedelta(minutes=m) for m in (6, 2, 18, 58))
_FIRST_DAY = datetime(2027, 3, 18, 9)


@dataclass
class Draft:
    """An event being made: ``raw`` as in its file, ``random`` the source of all choices."""

    random: Random
    raw: Raw
    chosen: frozenset[str]
    witness: Witness | None = None
    promised: list[Entry] = field(default_factory=list)

    @property
    def people(self) -> list[Raw]:
        return list(self.raw["participants"])

    @property
    def slots(self) -> list[str]:
        return [slot["id"] for slot in self.raw["slots"]]

    def of_kind(self, kind: str) -> list[Raw]:
        return [person for person in self.people if person["kind"] == kind]

    def some(self, among: Sequence[Raw], least: float, most: float) -> list[Raw]:
        """Return a random share of ``among`` between the two, at least one."""
        count = round(len(among) * self.random.uniform(least, most))
        return self.random.sample(among, min(len(among), max(1, count)))


def random_event(associations: int, companies: int, seed: int, rules: Iterable[str] | None = None) -> Event:
    """Return an event of that size with the rules named, or with a random handful of ``RULES``.

    Cost: milliseconds; a second for 200 x 200 with computed scores.
    """
    return random_event_and_witness(associations, companies, seed, rules)[0]


def random_event_and_witness(
    associations: int, companies: int, seed: int, rules: Iterable[str] | None = None
) -> tuple[Event, list[Raw]]:
    """Return the event with the meetings of a legal schedule of it (those that are required, and no others)."""
    random = Random(f"rules {associations} {companies} {seed}")
    handful = frozenset(random.sample(list(RULES), random.randint(3, 9)))
    chosen = handful if rules is None else frozenset(rules)
    draft = Draft(random, _plain(associations, companies, random), chosen)
    draft.raw["title"] = f"Règles au hasard : {', '.join(name for name in RULES if name in chosen)}"
    for name, put in RULES.items():
        if name in chosen:
            put(draft)
    draft.witness = Witness(draft.raw)
    _put_meetings(draft)
    if "break_difference" in chosen:
        allowed = max(draft.witness.most_breaks(), random.randint(1, 4))
        draft.raw["rules"]["max_break_difference"] = allowed
    return parse_event(draft.raw), draft.witness.schedule()


def _plain(associations: int, companies: int, random: Random) -> Raw:
    """Return the event before any rule: people, slots of one day, tables that may be scarce, given scores."""
    smaller = min(associations, companies)
    people = [{"id": f"a{i + 1}", "kind": "association"} for i in range(associations)]
    people += [{"id": f"c{j + 1}", "kind": "company"} for j in range(companies)]
    tables = max(2, round(smaller * random.uniform(0.6, 1.2)))
    return {
        "format": "passerelle-event/1",
        "slots": _slots(random.randint(8, 26), 1),
        "tables": [{"id": f"t{k + 1}", "features": []} for k in range(tables)],
        "facilitators": [],
        "may_meet": [["association", "company"]],
        "participants": people,
        "meetings": [],
        "affinities": _affinities(people, random),
        "rules": {},
    }


def _slots(count: int, days: int) -> list[Raw]:
    """Return rounds of six minutes from nine o'clock, with coffee in the middle of each half day and lunch between."""
    found: list[Raw] = []
    for i in range(count):
        day, of_day = divmod(i, -(-count // days))
        quarter = 4 * of_day // -(-count // days)
        pauses = _COFFEE * (quarter // 2 + quarter % 2) + _LUNCH * (quarter // 2)
        start = _FIRST_DAY + timedelta(days=day) + (_MEETING + _CHANGE_OVER) * of_day + pauses
        times = {"start": start.isoformat(), "end": (start + _MEETING).isoformat()}
        found.append({"id": f"s{i + 1}", **times, "session": "matin" if quarter < 2 else "après-midi"})
    return found


def _affinities(people: Sequence[Raw], random: Random) -> list[Raw]:
    sides = [[p["id"] for p in people if p["kind"] == kind] for kind in ("association", "company")]
    density = random.uniform(0.3, 1.0)
    appeal = {id: random.random() ** 2 for id in sides[1]}
    return [
        {"between": [a, c], "score": 1 + int(60 * random.random() ** 1.5 + 30 * appeal[c])}
        for a in sides[0]
        for c in sides[1]
        if random.random() < density
    ]


# The rules, in the order in which they are put in: what a later one builds on comes first.


def _days(draft: Draft) -> None:
    days = draft.random.randint(2, 3)
    draft.raw["slots"] = _slots(max(len(draft.raw["slots"]), 5 * days), days)


def _computed_scores(draft: Draft) -> None:
    """Needs, offers, themes, zones and wishes instead of given scores."""
    sides = [draft.of_kind(kind) for kind in ("association", "company")]
    sample = sample_event(*map(len, sides), 8, 8, seed=draft.random.randint(1, 10**6))
    for person, like in zip([*sides[0], *sides[1]], sample.participants, strict=True):
        for name in ("name", "zone"):
            person[name] = getattr(like, name)
        for name in ("needs", "offers", "themes", "wishes"):
            person[name] = list(getattr(like, name))
    del draft.raw["affinities"]


def _boost(draft: Draft) -> None:
    for person in draft.some(draft.people, 0.02, 0.1):
        person["boost"] = draft.random.choice([-3, 3, 5])


def _third_kind(draft: Draft) -> None:
    """A few companies are public bodies, who may meet both others."""
    for person in draft.some(draft.of_kind("company")[1:], 0.05, 0.2):
        person["kind"] = "public"
    draft.raw["may_meet"] += [["association", "public"], ["company", "public"]]
    if "affinities" in draft.raw:
        known = {frozenset(affinity["between"]) for affinity in draft.raw["affinities"]}
        for person in draft.of_kind("public"):
            for other in draft.some(draft.of_kind("company"), 0.1, 0.5):
                pair = [other["id"], person["id"]]
                if frozenset(pair) not in known:
                    draft.raw["affinities"].append({"between": pair, "score": draft.random.randint(1, 40)})


def _among_themselves(draft: Draft) -> None:
    """Companies may meet each other too."""
    draft.raw["may_meet"].append(["company", "company"])
    companies = [person["id"] for person in draft.of_kind("company")]
    if "affinities" in draft.raw and len(companies) > 1:
        pairs = [[a, b] for i, a in enumerate(companies) for b in companies[i + 1 :]]
        for pair in draft.random.sample(pairs, min(len(pairs), 2 * len(companies))):
            draft.raw["affinities"].append({"between": pair, "score": draft.random.randint(1, 40)})


def _no_tables(draft: Draft) -> None:
    """Room for everybody, unless another rule speaks of tables."""
    if not draft.chosen & {"home_tables", "features", "seated"}:
        draft.raw["tables"] = []


def _part_time(draft: Draft) -> None:
    slots = draft.raw["slots"]
    count = len(slots)
    for person in draft.some(draft.people, 0.08, 0.35):
        missed = draft.random.randint(1, max(1, count // 2))
        first = draft.random.choice([0, count - missed, draft.random.randint(0, count - missed)])
        away = [slot["id"] for slot in slots[first : first + missed]]
        days = sorted({slot["start"][:10] for slot in slots})
        if len(days) > 1 and draft.random.random() < 0.5:
            kept = draft.random.choice(days)
            away = [slot["id"] for slot in slots if slot["start"][:10] != kept]
        person["unavailable"] = away


def _remote(draft: Draft) -> None:
    for person in draft.some(draft.people, 0.01, 0.1):
        person["remote"] = True


def _seated(draft: Draft) -> None:
    """Companies stay at their table and the others move; there are tables for all of them, and a few more."""
    if ["company", "company"] in draft.raw["may_meet"]:
        draft.raw["may_meet"].remove(["company", "company"])
        if "affinities" in draft.raw:
            kind = {person["id"]: person["kind"] for person in draft.people}
            draft.raw["affinities"] = [
                affinity
                for affinity in draft.raw["affinities"]
                if {kind[id] for id in affinity["between"]} != {"company"}
            ]
    draft.raw["rules"]["seated"] = ["company"]
    spare = draft.random.randint(0, 4) + len(draft.of_kind("public"))
    missing = len(draft.of_kind("company")) + spare - len(draft.raw["tables"])
    first = len(draft.raw["tables"]) + 1
    draft.raw["tables"] += [{"id": f"t{first + k}", "features": []} for k in range(missing)]


def _delegates(draft: Draft) -> None:
    movers = [person for person in draft.people if person["kind"] not in draft.raw["rules"].get("seated", ())]
    for person in draft.some(movers, 0.04, 0.2):
        person["delegates"] = draft.random.choice([2, 2, 3])


def _same_person(draft: Draft) -> None:
    single = [person for person in draft.of_kind("association") if person.get("delegates", 1) == 1]
    members = [person["id"] for person in draft.some(single, 0.05, 0.2)] if single else []
    groups = [members[k : k + 2] for k in range(0, len(members) - 1, 2)]
    if groups:
        draft.raw["same_person"] = groups


def _features(draft: Draft) -> None:
    for name in _FEATURES:
        for table in draft.some(draft.raw["tables"], 0.08, 0.4):
            table["features"].append(name)
    for person in draft.some(draft.people, 0.03, 0.12):
        person["requires"] = [draft.random.choice(_FEATURES)]


def _home_tables(draft: Draft) -> None:
    """A few companies stay at home; now and then two of them share one table."""
    shared = "seated" not in draft.raw["rules"] and draft.random.random() < 0.3
    tables = draft.random.sample(draft.raw["tables"], len(draft.raw["tables"]))
    for person in draft.some(draft.of_kind("company"), 0.03, 0.2):
        fitting = [table for table in tables if set(person.get("requires", ())) <= set(table["features"])]
        if not fitting:
            continue
        person["home_table"] = fitting[0]["id"]
        if not shared or draft.random.random() < 0.5:
            tables.remove(fitting[0])


def _facilitators(draft: Draft) -> None:
    """A few need one; there are too few of them, and half of these are there for a part of the time only."""
    asking = draft.some(draft.people, 0.02, 0.12)
    for person in asking:
        person["needs_facilitator"] = True
    slots = draft.slots
    for k in range(draft.random.randint(1, max(1, (len(asking) + 1) // 2))):
        missed = draft.random.randint(1, len(slots) // 2) if draft.random.random() < 0.5 else 0
        first = draft.random.choice([0, len(slots) - missed])
        draft.raw["facilitators"].append({"id": f"f{k + 1}", "unavailable": slots[first : first + missed]})


def _maximum(draft: Draft) -> None:
    low = draft.random.randint(2, 8)
    for person in draft.some(draft.people, 0.5, 1.0):
        person["max_meetings"] = draft.random.randint(low, low + 6) * person.get("delegates", 1)


def _minimum(draft: Draft) -> None:
    """Mostly what can be kept; one time in six more than there can be."""
    seats = len(draft.raw["slots"]) * min(
        len(draft.raw["tables"]) or 10**6, len(draft.of_kind("association")), len(draft.of_kind("company"))
    )
    larger = max(len(draft.of_kind("association")), len(draft.of_kind("company")))
    share = 1.3 if draft.random.random() < 1 / 6 else 0.5
    most = max(1, min(int(share * seats / larger), len(draft.raw["slots"]) // 2))
    for person in draft.some(draft.people, 0.3, 1.0):
        person["min_meetings"] = min(draft.random.randint(1, most), person.get("max_meetings", most))


def _vetoes(draft: Draft) -> None:
    people = draft.people
    for person in draft.some(people, 0.03, 0.15):
        others = [other["id"] for other in people if other["kind"] != person["kind"]]
        person["vetoes"] = draft.random.sample(others, min(len(others), draft.random.randint(1, 3)))


def _coverage(draft: Draft) -> None:
    draft.raw["rules"]["coverage"] = draft.random.choice([list(COVERAGE), [100], [30, 30, 30], [50, 20, 10, 5, 5, 1]])


def _max_in_a_row(draft: Draft) -> None:
    draft.raw["rules"]["max_in_a_row"] = draft.random.randint(2, 5)


def _later(draft: Draft) -> None:
    """Put in with the meetings, once all else is settled."""


RULES: dict[str, Callable[[Draft], None]] = {
    "days": _days,
    "computed_scores": _computed_scores,
    "boost": _boost,
    "third_kind": _third_kind,
    "among_themselves": _among_themselves,
    "no_tables": _no_tables,
    "part_time": _part_time,
    "remote": _remote,
    "seated": _seated,
    "delegates": _delegates,
    "same_person": _same_person,
    "features": _features,
    "home_tables": _home_tables,
    "facilitators": _facilitators,
    "maximum": _maximum,
    "minimum": _minimum,
    "vetoes": _vetoes,
    "coverage": _coverage,
    "max_in_a_row": _max_in_a_row,
    "required": _later,
    "slot": _later,
    "session": _later,
    "after": _later,
    "repeated": _later,
    "forbidden": _later,
    "allowed": _later,
    "break_difference": _later,
}
# Rules that the event file does not know yet are left out until it does.
for _name, _known in (
    ("same_person", Event.model_fields),
    ("seated", Rules.model_fields),
    ("max_in_a_row", Rules.model_fields),
):
    if _name not in _known:
        del RULES[_name]


def _put_meetings(draft: Draft) -> None:
    """Require a few meetings of the witness, each in a way that the witness bears out; forbid and allow others."""
    chosen, random, slots = draft.chosen, draft.random, draft.raw["slots"]
    ways = [name for name in ("required", "slot", "session", "after") if name in chosen]
    count = random.randint(2, 3 + len(draft.people) // 16)
    pairs = _pairs(draft, 8 * count)
    listed: dict[frozenset[str], Raw] = {}
    for pair in pairs:
        if len(draft.promised) >= count or not ways:
            break
        entry = _entered(draft, pair)
        if entry is not None:
            way = ways[len(draft.promised) % len(ways)]
            draft.promised.append(entry)
            listed[frozenset(pair)] = _asked(draft, entry, way, listed)
            draft.raw["meetings"].append(listed[frozenset(pair)])
    if "repeated" in chosen:
        _repeat(draft, pairs, listed)
    for status, number in (("forbidden", count), ("allowed", count)):
        if status in chosen:
            for pair in _strangers(draft, number) if status == "allowed" else _pairs(draft, number):
                if frozenset(pair) not in listed:
                    listed[frozenset(pair)] = {"between": list(pair), "status": status}
                    draft.raw["meetings"].append(listed[frozenset(pair)])
    assert len(slots) >= 5


def _asked(draft: Draft, entry: Entry, way: str, listed: dict[frozenset[str], Raw]) -> Raw:
    slot = draft.raw["slots"][entry.slot]
    asked: Raw = {"between": [entry.a, entry.b], "status": "required"}
    if way == "slot":
        asked["slot"] = slot["id"]
    if way == "session":
        asked["session"] = slot["session"]
    if way == "after":
        sooner = [other for other in draft.promised if other.slot < entry.slot]
        later = [other for other in draft.promised if other.slot > entry.slot]
        if sooner:
            other = draft.random.choice(sooner)
            asked["after"] = [[other.a, other.b]]
        elif later:
            first = draft.random.choice(later)
            listed[frozenset((first.a, first.b))].setdefault("after", []).append([entry.a, entry.b])
    return asked


def _repeat(draft: Draft, pairs: Sequence[tuple[str, str]], listed: dict[frozenset[str], Raw]) -> None:
    """Require one pair twice, one that no other rule speaks of."""
    for pair in pairs:
        if frozenset(pair) in listed:
            continue
        first = _entered(draft, pair)
        second = first and _entered(draft, pair)
        entries = [entry for entry in (first, second) if entry]
        draft.raw["meetings"] += [{"between": list(pair), "status": "required"} for _ in entries]
        if entries:
            listed[frozenset(pair)] = draft.raw["meetings"][-1]
        if second:
            return


def _entered(draft: Draft, pair: tuple[str, str]) -> Entry | None:
    assert draft.witness is not None
    order = list(range(len(draft.raw["slots"])))
    draft.random.shuffle(order)
    return draft.witness.enter(*pair, iter(order))


def _pairs(draft: Draft, count: int) -> list[tuple[str, str]]:
    """Return different pairs of an association and a company, none against a veto or of one person with itself."""
    refused = {frozenset((person["id"], id)) for person in draft.people for id in person.get("vetoes", ())}
    sides = [[person["id"] for person in draft.of_kind(kind)] for kind in ("association", "company")]
    drawn = (tuple(draft.random.choice(side) for side in sides) for _ in range(count))
    return [(a, c) for a, c in dict.fromkeys(drawn) if frozenset((a, c)) not in refused]


def _strangers(draft: Draft, count: int) -> list[tuple[str, str]]:
    """Return different pairs of two associations, who would not meet by themselves."""
    groups = [set(group) for group in draft.raw.get("same_person", ())]
    ids = [person["id"] for person in draft.of_kind("association")]
    drawn = {frozenset(draft.random.sample(ids, 2)): None for _ in range(min(count, len(ids) // 2))}
    pairs = [tuple(sorted(pair)) for pair in drawn]
    return [(a, b) for a, b in pairs if not any({a, b} <= group for group in groups)]
