"""Realistic events in French, and plain large ones for measuring; the same seed gives the same event.

Nobody in them exists. A sample has something of everything that a real event has: part-time presence, two people in
one booth, somebody online, a wheelchair, a veto, a few meetings that the organiser insists on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from scheduler.format.event import (
    Affinity,
    Event,
    Facilitator,
    MeetingRule,
    Participant,
    Rules,
    Slot,
    Table,
    Weights,
)
from scheduler.format.score import score_pair
from scheduler.samples.words import ASSOCIATIONS, COMPANIES, FAMILIES, FIRST_NAMES, PLACES, ZONES, Trade

COVERAGE = (40, 25, 15, 10)
# After so many meetings everybody has a pause, where the sample asks for pauses.
IN_A_ROW = 4

_DAY = datetime(2027, 3, 18)
_MEETING, _CHANGE_OVER = timedelta(minutes=6), timedelta(minutes=2)
_COFFEE, _LUNCH = timedelta(minutes=18), timedelta(minutes=58)
_AFTERNOON, _FULL_DAY = 28, 56
# Nobody reads a directory of hundreds to the end: wishes are then chosen among that many.
_DIRECTORY, _READ = 300, 20


def sample_event(
    associations: int = 32, companies: int = 22, slots: int = 17, tables: int = 22, seed: int = 1
) -> Event:
    """Return a realistic event of that size, valid and feasible. Cost: below a millisecond a participant."""
    random = Random(f"sample {seed}")
    grid = _slots(slots)
    people = _organisations("a", "association", ASSOCIATIONS, PLACES, associations, random)
    people += _organisations("c", "company", COMPANIES, FAMILIES, companies, random)
    seats = _tables(tables)
    people = _with_limits(people, slots, tables, random)
    people = _with_presence(people, grid, random)
    people = _with_special_cases(people, seats, random)
    people = _with_wishes(people, random)
    return Event(
        format="passerelle-event/1",
        title="Speed-dating associations – entreprises",
        slots=grid,
        tables=seats,
        facilitators=_facilitators(people, grid, random),
        participants=tuple(people),
        meetings=_requirements(people, grid, random),
        rules=Rules(coverage=COVERAGE),
    )


def seated_event(
    associations: int = 32, companies: int = 22, slots: int = 17, tables: int = 22, seed: int = 1
) -> Event:
    """Return a sample in its usual form in a room: companies stay at their tables and associations move.

    Nobody has more than ``IN_A_ROW`` meetings in a row, and one volunteer speaks for two associations. There are tables
    for all companies, however many are asked for. Cost: that of ``sample_event``.
    """
    event = sample_event(associations, companies, slots, max(tables, companies), seed)
    # Whoever stays seated has one table, so one of its people is enough.
    people = tuple(
        one.model_copy(update={"delegates": 1} if one.kind == "company" else {"home_table": None})
        for one in event.participants
    )
    # A room without steps: who is in a wheelchair can go to every table.
    rooms = tuple(
        table.model_copy(update={"features": tuple(dict.fromkeys(("accessible", *table.features)))})
        for table in event.tables
    )
    settled = {id for rule in event.meetings if rule.status == "required" for id in rule.between}
    free = [one.id for one in people if one.kind == "association" and one.id not in settled and not one.remote]
    rules = event.rules.model_copy(update={"seated": ("company",), "max_in_a_row": IN_A_ROW})
    shared = (tuple(free[-2:]),) if len(free) > 1 else ()
    parts = {"tables": rooms, "participants": people, "same_person": shared, "rules": rules}
    return Event(**{**dict(event), **parts})


def benchmark_event(
    associations: int,
    companies: int,
    slots: int,
    tables: int,
    partners: int | None = None,
    seed: int = 1,
    capacities: tuple[int, int] = (6, 10),
) -> Event:
    """Return a plain event with given affinities: ``partners`` companies for each association (``None``: all).

    Each participant has a maximum of meetings between the two ``capacities``; one in ten misses the beginning or the
    end. Cost: O(associations x partners), 2 s for 5,000 x 40.
    """
    random = Random(f"benchmark {seed}")
    grid = _slots(slots)
    named = [(f"a{i + 1}", "association", f"Association {i + 1}") for i in range(associations)]
    named += [(f"c{j + 1}", "company", f"Entreprise {j + 1}") for j in range(companies)]
    people = [
        Participant(id=id, kind=kind, name=name, max_meetings=random.randint(*capacities)) for id, kind, name in named
    ]
    people = _with_presence(people, grid, random)
    offered = [participant.id for participant in people[associations:]]
    appeal = [random.random() ** 2 for _ in offered]
    known = len(offered) if partners is None else min(partners, len(offered))
    affinities = tuple(
        Affinity(between=(participant.id, offered[j]), score=1 + int(60 * random.random() ** 1.5 + 30 * appeal[j]))
        for participant in people[:associations]
        for j in sorted(random.sample(range(len(offered)), known))
    )
    return Event(
        format="passerelle-event/1",
        title=f"Banc d’essai {associations} × {companies}",
        slots=grid,
        tables=tuple(Table(id=f"t{k + 1}", name=f"Table {k + 1}") for k in range(tables)),
        participants=tuple(people),
        affinities=affinities,
        rules=Rules(coverage=COVERAGE),
    )


def _slots(count: int) -> tuple[Slot, ...]:
    """Return rounds of six minutes with a coffee break in the middle; a long event fills days from nine o'clock."""
    found: list[Slot] = []
    for i in range(count):
        day, of_day = (0, i) if count <= _AFTERNOON else divmod(i, _FULL_DAY)
        if count <= _AFTERNOON:
            first, second = timedelta(hours=14), i >= (count + 1) // 2
            pauses = _COFFEE * second
        else:
            quarter = of_day // (_FULL_DAY // 4)
            first, second = timedelta(hours=9), quarter >= 2
            pauses = _COFFEE * (quarter // 2 + quarter % 2) + _LUNCH * second
        start = _DAY + timedelta(days=day) + first + (_MEETING + _CHANGE_OVER) * of_day + pauses
        session = "Avant la pause" if not second else "Après la pause"
        found.append(Slot(id=f"s{i + 1}", start=start, end=start + _MEETING, session=session))
    return tuple(found)


def _tables(count: int) -> tuple[Table, ...]:
    """Return tables in rows; the first stands by the entrance and has everything, a few others something."""
    features = {0: ("accessible", "quiet", "screen"), 1: ("accessible",), 2: ("accessible",), 3: ("quiet",)}
    return tuple(Table(id=f"t{k + 1}", name=f"Table {k + 1}", features=features.get(k % 12, ())) for k in range(count))


def _organisations(
    prefix: str, kind: str, trades: Sequence[Trade], tails: Sequence[str], count: int, random: Random
) -> list[Participant]:
    trades, tails = random.sample(trades, len(trades)), random.sample(tails, len(tails))
    taken: set[str] = set()
    found = []
    for i in range(count):
        trade = trades[i % len(trades)]
        name = _name(trade.heads[i // len(trades) % len(trade.heads)], tails, i, taken)
        taken.add(name)
        found.append(
            Participant(
                id=f"{prefix}{i + 1}",
                kind=kind,
                name=name,
                needs=_some(trade.needs, 2, 4, random),
                offers=_some(trade.offers, 2, 3, random),
                themes=_some(trade.themes, 1, 3, random),
                zone=random.choice(ZONES),
            )
        )
    return found


def _name(head: str, tails: Sequence[str], i: int, taken: set[str]) -> str:
    for step in range(len(tails)):
        name = f"{head} {tails[(i + step) % len(tails)]}"
        if name not in taken:
            return name
    return f"{head} {tails[i % len(tails)]} {i + 1}"


def _some(likely: Sequence[str], least: int, most: int, random: Random) -> tuple[str, ...]:
    """Return a few of ``likely``, those at its head more often, in its order."""
    count = min(len(likely), random.randint(least, most))
    keen = sorted(likely, key=lambda item: likely.index(item) + random.uniform(0, 3))[:count]
    return tuple(item for item in likely if item in keen)


def _with_limits(people: Sequence[Participant], slots: int, tables: int, random: Random) -> list[Participant]:
    """Give each a minimum that the event can hold and a maximum of 6 to 10 meetings."""
    sides = {kind: sum(p.kind == kind for p in people) for kind in ("association", "company")}
    scarce = min(sides.values())
    meetings = min(slots * (tables or scarce), min(slots, 9) * scarce)
    found = []
    for participant in people:
        fair = int(0.6 * meetings / sides[participant.kind])
        most = random.randint(6, 10)
        found.append(participant.model_copy(update={"min_meetings": min(fair, 6, slots // 2), "max_meetings": most}))
    return found


def _with_presence(people: Sequence[Participant], grid: Sequence[Slot], random: Random) -> list[Participant]:
    """Let one in ten come late or leave early."""
    found = []
    for participant in people:
        if random.random() < 0.1 and len(grid) > 3:
            missed = random.randint(1, max(1, len(grid) // 3))
            away = grid[:missed] if random.random() < 0.5 else grid[len(grid) - missed :]
            participant = participant.model_copy(update={"unavailable": tuple(slot.id for slot in away)})
        found.append(participant)
    return found


def _with_special_cases(people: Sequence[Participant], seats: Sequence[Table], random: Random) -> list[Participant]:
    """Give a few participants each thing that a real event has a few of."""
    found = list(people)

    def update(chosen: Sequence[int], **fields: object) -> None:
        for i in chosen:
            found[i] = found[i].model_copy(update=fields)

    for kind in ("association", "company"):
        side = [i for i, participant in enumerate(people) if participant.kind == kind]
        free = random.sample(side, len(side))
        if len(side) < 4:
            continue
        share = max(1, len(side) // 16)
        update([free.pop()], remote=True)
        update([free.pop() for _ in range(share) if free], needs_facilitator=True)
        if any("accessible" in table.features for table in seats):
            update([free.pop() for _ in range(share) if free], requires=("accessible",))
        if kind == "company":
            update([free.pop() for _ in range(2 * share) if free], delegates=2)
            if seats and free:
                update([free.pop()], home_table=seats[0].id)
        elif free:
            update([free.pop()], boost=3)
    return found


def _with_wishes(people: Sequence[Participant], random: Random) -> list[Participant]:
    """Let each wish for those who suit and those whom everybody wants; a few wish for nobody, a few refuse one."""
    weights = Weights()
    appeal = {participant.id: 12 * random.random() ** 3 for participant in people}
    sides = {kind: [p for p in people if p.kind == kind] for kind in ("association", "company")}
    found = []
    for participant in people:
        others = sides["company" if participant.kind == "association" else "association"]
        read = others if len(others) <= _DIRECTORY else random.sample(others, _READ)
        liking = {
            other.id: score_pair(participant, other, weights).points + appeal[other.id] + random.uniform(0, 12)
            for other in read
        }
        order = sorted(liking, key=lambda id: -liking[id])
        wishes = tuple(order[: random.randint(3, 8)]) if random.random() < 0.88 else ()
        vetoes = (order[-1],) if random.random() < 0.06 and len(order) > 10 else ()
        found.append(participant.model_copy(update={"wishes": wishes, "vetoes": vetoes}))
    return found


def _facilitators(people: Sequence[Participant], grid: Sequence[Slot], random: Random) -> tuple[Facilitator, ...]:
    """Return enough facilitators for those who asked, the last of whom leaves early."""
    asked = sum(participant.needs_facilitator for participant in people)
    count = 1 + (asked * 3 + 4) // 5 if asked else 0
    names = random.sample(FIRST_NAMES, len(FIRST_NAMES))
    found = []
    for k in range(count):
        leaves = k == count - 1 and len(grid) > 6
        away = tuple(slot.id for slot in grid[-2:]) if leaves else ()
        name = names[k] if k < len(names) else f"{names[k % len(names)]} {k // len(names) + 1}"
        found.append(Facilitator(id=f"f{k + 1}", name=f"Médiation – {name}", unavailable=away))
    return tuple(found)


def _requirements(people: Sequence[Participant], grid: Sequence[Slot], random: Random) -> tuple[MeetingRule, ...]:
    """Return a few meetings that the organiser insists on, between people who are there from first to last."""
    plain = [
        p
        for p in people
        if not (p.unavailable or p.vetoes or p.remote or p.needs_facilitator or p.home_table or p.requires)
    ]
    refused = {id for participant in people for id in participant.vetoes}
    sides = [[p.id for p in plain if p.kind == kind and p.id not in refused] for kind in ("association", "company")]
    if min(map(len, sides)) < 5 or len(grid) < 4:
        return ()
    pairs = list(zip(*(random.sample(side, 5) for side in sides), strict=True))
    opening, early, first, second, apart = pairs
    return (
        MeetingRule(between=opening, status="required", slot=grid[0].id),
        MeetingRule(between=early, status="required", session=grid[0].session),
        MeetingRule(between=first, status="required"),
        MeetingRule(between=(second[0], first[1]), status="required", after=(first,)),
        MeetingRule(between=apart, status="forbidden"),
    )
