"""Which events each family has, by seeds that nobody chose. Nothing of the solver is loaded here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.benchmarks.events import TINY, Case, b2b_cases, plain

_VARIANTS = ("forb0003", "forb0007", "fixed020", "fixed040", "prec15", "prec25")
_SAMPLE_SIDES = {"a": 32, "c": 22}
# Of events of others; what is not named here has 30 s.
_REAL_LIMITS = {"open_house": 10.0, "visit_day": 10.0}


@dataclass(frozen=True)
class Folders:
    """Where files are that others made; what is not there is passed over."""

    b2b: Path
    real: Path


@dataclass(frozen=True)
class Family:
    """``name`` for ``--only``, ``words`` for the table, ``events`` of the folders at hand."""

    name: str
    words: str
    events: Callable[[Folders], list[Case]]


def chosen(cases: list[Case], count: int | None) -> list[Case]:
    """Return ``count`` of ``cases`` at random, always the same, each choice within any larger; all for ``None``."""
    order = list(range(len(cases)))
    Random("chosen").shuffle(order)
    return [cases[k] for k in sorted(order[:count])]


def _seeds(_: Folders) -> list[Case]:
    return [
        Case("sample", f"sample seed {seed}", 5.0, {"maker": "sample", "change": "none", "seed": seed})
        for seed in range(1, 41)
    ]


def _fresh(_: Folders) -> list[Case]:
    made = {"maker": "sample", "change": "none"}
    return [Case("fresh", f"sample, first run {k}", 10.0, made, fresh=True) for k in (1, 2, 3)]


def _morning(_: Folders) -> list[Case]:
    gone = [f"{side}{k + 1}" for side, count in _SAMPLE_SIDES.items() for k in range(count)]
    named = [(f"sample without {id}", id) for id in gone]
    named += [("sample with a guest", "guest"), ("sample with a table less", "table")]
    return [Case("morning", name, 5.0, {"maker": "sample", "change": change}) for name, change in named]


def _rules(name: str, seeds: range, least: int, most: int, limit: float) -> Callable[[Folders], list[Case]]:
    """Return events with a random handful of rules; every tenth has all of them."""

    def events(_: Folders) -> list[Case]:
        found = []
        for seed in seeds:
            random = Random(f"sizes {seed}")
            sides = [round(least * (most / least) ** random.random()) for _ in range(2)]
            made = {"maker": "rules", "associations": sides[0], "companies": sides[1], "seed": seed}
            words = f"rules {sides[0]} × {sides[1]} seed {seed}"
            if seed % 10 == 0:
                made["every"], words = True, f"all {words}"
            found.append(Case(name, words, limit, made))
        return found

    return events


def _plain(
    name: str, words: str, limits: tuple[float, ...], sizes: tuple[int, int, int, int], seeds: range, **more: object
) -> Family:
    """Return a family of plain events of one size."""
    size = " × ".join(f"{size:,}" for size in sizes)

    def events(_: Folders) -> list[Case]:
        return [
            plain(name, limit, sizes, f"{size}, {words}, seed {seed}, {limit:g} s", seed=seed, **more)
            for seed in seeds
            for limit in limits
        ]

    return Family(name, f"{size}, {words}", events)


def _files(folders: Folders) -> list[Case]:
    return b2b_cases(folders.b2b)


def _derived(folders: Folders) -> list[Case]:
    return [
        Case(
            "b2b-derived",
            f"{path.name.split('.')[0]}.{variant} seed {seed}",
            30.0,
            {"maker": "variant", "original": str(path), "variant": variant, "seed": seed},
        )
        for seed in (1, 2)
        for path in sorted(folders.b2b.glob("*.original.dzn"))
        for variant in _VARIANTS
    ]


def _real(folders: Folders) -> list[Case]:
    files = sorted(folders.real.glob("*.json"))
    return [Case("real", path.stem, _REAL_LIMITS.get(path.stem, 30.0), source=path) for path in files]


def _rotations(_: Folders) -> list[Case]:
    sizes = [(k, k) for k in (5, 8, 10, 12, 15, 18, 20, 25, 30, 35, 40)]
    sizes += [(k, k + more) for k in (6, 10, 14, 18, 20) for more in (1, 2, 3)]
    return [
        Case(
            "rotation",
            f"rotation {a} × {c}{', scored' if seed else ''}",
            10.0,
            {"maker": "rotation", "associations": a, "companies": c, "seed": seed},
        )
        for a, c in sizes
        for seed in (0, 1)
    ]


FAMILIES = (
    Family("fresh", "the sample, first run after an installation", _fresh),
    Family("sample", "the sample, seeds 1–40", _seeds),
    Family("morning", "the sample without one, with a guest, with a table less", _morning),
    Family("rules", "random rules, 12–80 a side", _rules("rules", range(1, 61), 12, 80, 10.0)),
    Family("rules-large", "random rules, 100–200 a side", _rules("rules-large", range(101, 113), 100, 200, 30.0)),
    _plain("60", "full", (20.0,), (60, 60, 20, 50), range(1, 5), capacities=(14, 20)),
    _plain("200", "room to spare", (30.0,), (200, 200, 30, 150), range(1, 3), capacities=(10, 17)),
    _plain("1000-full", "full", (30.0,), (1000, 1000, 40, 800), range(1, 3), partners=45, capacities=(29, 36)),
    _plain("1000", "room to spare", (30.0,), (1000, 1000, 40, 800), range(1, 3), partners=30),
    _plain("5000", "short visits", (20.0, 40.0), (5000, 5000, 40, 4000), range(1, 2), partners=24, short_visits=0.05),
    Family("b2b", "B2BSP, the files", _files),
    Family("b2b-derived", "B2BSP, derived", _derived),
    Family("real", "events of others", _real),
    Family("rotation", "everybody meets everybody", _rotations),
)
# So small that a test can run it with every solver.
TINY_FAMILY = Family("tiny", "a tiny event", lambda _: [TINY])
