"""The constants that decide the course of a search: sizes up to which a road is taken, efforts, shares, rounds, times.

Where a measurement was kept it is told. "By trial" means that the value was chosen while looking at runs, and that no
table of them was kept: take it as a start, not as the best.

Units: a *pair* is a unit in a slot that it may be held in; an *effort* is in CP-SAT's deterministic seconds, which do
not depend on the machine; a *share* is a part of the time that is left or limited, a *time* is in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes up to which a road is taken, or from which one is."""

    # Pairs up to which the exact model is asked for everything, where nothing else has found a timetable. By trial.
    everything: int = 400_000
    # Pairs left open by regret up to which the exact model finishes value. By trial.
    to_finish: int = 8_000
    # Units up to which the linear program over sums takes seconds. By trial.
    program: int = 150_000
    # Pairs up to which the linear program slot by slot takes a second or two. By trial.
    slotwise: int = 40_000
    # Meetings up to which those that matchings leave over are put in one by one. By trial.
    to_surround: int = 20_000
    # Meetings left over up to which chains are looked for one by one. By trial.
    chained: int = 300
    # Pairs up to which the exact model is asked about breaks; up to which it may choose among all units. Measured
    # (`make figures`): asked alone, 60 × 60 stays at its breaks for 10 s, 50 companies reach the fewest in 4 s.
    asked_breaks: int = 12_000
    free_breaks: int = 4_000
    # Meetings beyond which annealing comes before parts: they gain less than it does, and later. By trial.
    in_parts: int = 1_500
    # Meetings from which the bound on breaks takes long enough for a second core to anneal meanwhile. By trial.
    many: int = 2_000


@dataclass(frozen=True, slots=True)
class Efforts:
    """Bounds of one question to CP-SAT, in its deterministic seconds; a tuple has one for each turn."""

    # Slots for the required meetings alone; any timetable; to prove a good one best. By trial.
    required: float = 30.0
    any: float = 60.0
    finish: float = 6.0
    # One part of a large neighbourhood: tenths of a second of the clock. By trial.
    part: float = 0.4
    # Any placement of few breaks at all. By trial, as are the following.
    any_breaks: float = 5.0
    # A question from below: put plainly, and with sums counted. What is learnt about sums takes longer, and goes
    # further where tables are scarce.
    plain: tuple[float, ...] = (1.0, 2.0, 8.0, 16.0)
    counted: tuple[float, ...] = (0.0, 20.0, 60.0, 120.0)
    # A way down is worth more patience: it cannot be taken up again where it was left. But which way is short is luck.
    down: tuple[float, ...] = (40.0, 40.0, 80.0, 160.0)


@dataclass(frozen=True, slots=True)
class Shares:
    """Parts of the time."""

    # Of the time left, for chains in the first timetable: several seconds with 150 participants a side. Measured: 10 s
    # became 2.7 s there with a limit of 1 s.
    chains: float = 0.25
    # Of the time limit, kept for parts after all annealing. By trial.
    parts: float = 0.15
    # Of the time limit, for one search downwards by the exact model where annealing may gain more. Measured: 44 x 24
    # with 17 slots stood at 105 breaks after 10 s, most of them spent there.
    down: float = 0.15
    # Of the time left, to finish value exactly: breaks come after it.
    finish: float = 0.5
    # Of the time limit, after which without any gain parts are tired, as after `PARTS.patience` of them. By trial.
    tired: float = 0.15


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of the clock, on a machine that has nothing else to do."""

    # What each meeting takes after the search, for its table and the check, which the search leaves over. Measured:
    # 2.0 s of a processor for 32,000 meetings, 3.2 s for 39,000; twice that in the slowest hour of a shared machine.
    after_search: float = 1.3e-4


@dataclass(frozen=True, slots=True)
class Parts:
    """Large neighbourhoods: how wide, how many candidates, how patient. All by trial."""

    # Units that may be held in a part beside those that it frees.
    candidates: int = 100
    # Slots, or participants, that a part frees: at first, and at least.
    slots: tuple[float, int] = (3.0, 2)
    people: tuple[float, int] = (4.0, 2)
    most_people: int = 14
    # How often a part is chosen anywhere instead of around a trouble (a probability).
    anywhere: float = 0.15
    # Parts in a row without any gain after which the search for value is tired, and that for breaks, turn by turn.
    patience: int = 80
    patience_for_breaks: tuple[int, ...] = (20, 40, 80, 160)


@dataclass(frozen=True, slots=True)
class Rounds:
    """Rounds of annealing, in proposals. Some millions are tried a second. By trial but for `near_goal`."""

    # The first round: at least so many in all, and for each meeting.
    first: int = 1_000_000
    first_a_unit: int = 200
    # How much longer each round is; where the time left is known, the last one is made to fit it.
    growth: int = 2
    growth_to_fit: int = 4
    longest: int = 2**40
    # Proposals between two looks at the clock.
    chunk: int = 200_000
    # A start within this factor of its goal is lost in heat while a round has few proposals a meeting. Measured: 32,000
    # meetings with 600 each go from 1,217 breaks to 1,198 in the cold, and end above 1,217 otherwise.
    near_goal: float = 1.5
    few_a_unit: int = 1_000
    # Rounds for fewer idle slots, once there is nothing more to do about breaks.
    for_idle: int = 2


SIZES, EFFORTS, SHARES, TIMES, PARTS, ROUNDS = Sizes(), Efforts(), Shares(), Times(), Parts(), Rounds()
