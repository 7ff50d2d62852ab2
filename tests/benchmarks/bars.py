"""The bars: what must be reached on each family of events, as data; and what a set of results lacks of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.runs import Result

_GIB = 1 << 30


@dataclass(frozen=True)
class Bar:
    """What all events of a family must reach. Seconds are those of the whole process; ``None`` asks for nothing.

    Attributes
    ----------
    first : seconds to a legal schedule, of every event; ``after_reading``: not counting what reading the file takes.
    proven : share of the events with tiers 1–3 proven, or told to have no schedule.
    proven_in : seconds in which each of these ended; ``impossible_in``: likewise those without a schedule.
    value_in : seconds in which the value of each event was proven.
    gap : the most that the value of any event may lack of its bound, as a share of it.
    breaks, breaks_factor : the most breaks; the most breaks for each that the bound says, which must be above 0.
    bound_above : what the bound on breaks must be above.
    late, late_share : seconds, and share of the limit, by which a process may end after its limit.
    memory : bytes.
    impossible : whether there may be events without a schedule in it.
    special : bars of those events in whose name a word begins with the key.
    """

    words: str = ""
    first: float | None = None
    after_reading: bool = False
    proven: float | None = None
    proven_in: float | None = None
    impossible_in: float | None = None
    value_in: float | None = None
    gap: float | None = None
    breaks: int | None = None
    breaks_factor: float | None = None
    bound_above: int | None = None
    late: float = 1.0
    late_share: float = 0.0
    memory: int | None = None
    impossible: bool = False
    special: Mapping[str, Bar] = field(default_factory=dict)


BARS: Mapping[str, Bar] = {
    "tiny": Bar("tiers 1–3 proven", proven=1.0),
    "fresh": Bar("proven in 2.5 s", proven=1.0, proven_in=2.5),
    "sample": Bar("all legal in 1 s, 95 % proven", first=1.0, proven=0.95),
    "morning": Bar("all legal in 1 s, 95 % proven", first=1.0, proven=0.95),
    "rules": Bar("all legal in 1 s, 90 % proven, the rest within 0.3 % of the bound", first=1.0, proven=0.9, gap=0.003),
    "rules-large": Bar("all legal in 2 s, within 0.5 % of the bound", first=2.0, gap=0.005),
    "60": Bar("breaks proven in 20 s", first=1.0, proven=1.0, proven_in=20.0),
    "200": Bar("value at the bound, ≤ 10 breaks in 30 s", first=2.0, gap=0.0, breaks=10),
    "1000-full": Bar("breaks ≤ 1.2 × their bound in 30 s", gap=0.0001, breaks_factor=1.2),
    "1000": Bar("≤ 5 breaks in 30 s", gap=0.0001, breaks=5, memory=2 * _GIB),
    "5000": Bar(
        "legal in 10 s after reading and with a limit of 20 s; 99.99 % of the bound in 40 s; ≤ 6 GiB",
        first=10.0,
        after_reading=True,
        late_share=0.1,
        memory=6 * _GIB,
        special={"40 s": Bar(gap=0.0001, late_share=0.1)},
    ),
    "b2b": Bar(
        "each proven in 30 s, the fixed ones in 5 s, infeasible ones told in 2 s",
        proven=1.0,
        proven_in=30.0,
        impossible_in=2.0,
        impossible=True,
        special={"fixed": Bar(proven_in=5.0, impossible=True)},
    ),
    "b2b-derived": Bar(
        "each proven in 30 s, the fixed ones in 5 s, infeasible ones told in 2 s",
        proven=1.0,
        proven_in=30.0,
        impossible_in=2.0,
        impossible=True,
        special={"fixed": Bar(proven_in=5.0, impossible=True)},
    ),
    "real": Bar(
        "value proven in 1 s; visit_day proven in 2 s, open_house ≤ 2 breaks in 10 s, phd_visit_days ≤ 8 in 30 s",
        value_in=1.0,
        special={
            "visit_day": Bar(proven=1.0, proven_in=2.0),
            "open_house": Bar(breaks=2),
            "phd_visit_days": Bar(breaks=8, bound_above=0),
        },
    ),
    "rotation": Bar("value proven in 1 s, all proven in 5 s", value_in=1.0, proven=1.0, proven_in=5.0),
}


def lacking(bar: Bar, results: Sequence[Result]) -> list[str]:
    """Return what ``results`` lack of ``bar``, one phrase for each demand with the worst event; empty: reached."""
    found = [*_found(bar, results)]
    for part, special in bar.special.items():
        those = [result for result in results if re.search(rf"\b{part}", result.case.name)]
        found += [f"{part}: {phrase}" for phrase in lacking(special, those)]
    return list(dict.fromkeys(found))


def _found(bar: Bar, results: Sequence[Result]) -> Iterator[str]:
    held = [result for result in results if result.verdict is not None]
    nothing = [result for result in results if result.verdict is None and not result.infeasible]
    if nothing:
        yield f"{len(nothing)} without a schedule, as {nothing[0].case.name} ({nothing[0].remark})"
    wrong = [result for result in results if result.infeasible and not bar.impossible]
    if wrong:
        yield f"{len(wrong)} told impossible though they are not, as {wrong[0].case.name}"
    refuted = [result for result in held if result.verdict and result.verdict.refuted]
    if refuted:
        yield f"{len(refuted)} with a proof that does not hold, as {refuted[0].case.name}"
    yield from _beyond("late", results, lambda r: r.late, lambda r: bar.late + bar.late_share * r.case.time_limit)
    if bar.first is not None:
        reading = 1.0 if bar.after_reading else 0.0
        yield from _beyond("legal after", held, lambda r: (r.first or 0) - reading * r.reading, bar.first)
    if bar.proven is not None and results:
        open_ones = [result for result in results if not result.settled]
        if len(open_ones) > (1 - bar.proven) * len(results) + 1e-9:
            yield f"{len(open_ones)} of {len(results)} not proven, as {open_ones[0].case.name}"
    ended = lambda r: r.run.seconds  # noqa: E731
    if bar.proven_in is not None:
        yield from _beyond("proven after", [r for r in held if r.settled], ended, bar.proven_in)
    if bar.impossible_in is not None:
        yield from _beyond("told impossible after", [r for r in results if r.infeasible], ended, bar.impossible_in)
    if bar.value_in is not None:
        unproven = [result for result in held if result.value_proven is None]
        if unproven:
            yield f"{len(unproven)} with the value not proven, as {unproven[0].case.name}"
        proven = [result for result in held if result.value_proven is not None]
        yield from _beyond("value proven after", proven, lambda r: r.value_proven or 0, bar.value_in)
    yield from _quality(bar, held)


def _quality(bar: Bar, held: Sequence[Result]) -> Iterator[str]:
    if bar.gap is not None:
        worst = max(held, key=gap, default=None)
        if worst is not None and gap(worst) > bar.gap:
            yield f"{percent(gap(worst))} below the bound in {worst.case.name}"
    for result in held:
        verdict = result.verdict
        assert verdict is not None
        breaks, bound = verdict.tiers["breaks"], verdict.bounds["breaks"] or 0
        if bar.breaks is not None and breaks > bar.breaks:
            yield f"{breaks:,} breaks in {result.case.name}"
        if bar.breaks_factor is not None and breaks > bar.breaks_factor * bound:
            yield f"{breaks:,} breaks [{bound:,}] in {result.case.name}"
        if bar.bound_above is not None and bound <= bar.bound_above:
            yield f"bound on breaks {bound} in {result.case.name}"
    if bar.memory is not None and held and max(result.run.peak for result in held) > bar.memory:
        yield f"memory {max(result.run.peak for result in held) / _GIB:.1f} GiB"


def _beyond(
    what: str,
    results: Sequence[Result],
    seconds: Callable[[Result], float],
    limit: float | Callable[[Result], float],
) -> Iterator[str]:
    most = limit if callable(limit) else lambda _: limit
    over = [result for result in results if seconds(result) > most(result)]
    if over:
        worst = max(over, key=lambda result: seconds(result) - most(result))
        more = f" and {len(over) - 1} more" if len(over) > 1 else ""
        yield f"{what} {seconds(worst):.1f} s in {worst.case.name}{more}"


def gap(result: Result, bound: int | None = None) -> float:
    """Return what the value lacks of ``bound`` (that of the result, where not given), as a share of it.

    0 where it is at the bound, 1 where no bound is known.
    """
    verdict = result.verdict
    assert verdict is not None
    limit = verdict.bounds["value"] if bound is None else bound
    if limit is None:
        return 1.0
    missing = limit - verdict.tiers["value"]
    return max(0.0, missing / limit) if limit > 0 else 0.0


def percent(share: float) -> str:
    """Return ``share`` in percent with two decimals, rounded up so that only what is at the bound shows 0."""
    hundredths = -int(-share * 10_000 // 1)
    return f"{hundredths / 100:.2f} %"
