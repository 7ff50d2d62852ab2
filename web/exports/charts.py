"""Small charts as numbers for an SVG: where the points and bars stand. The template draws them, beside a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 400.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 12.0, 12.0, 30.0


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and the number beside it."""

    at: float
    number: float


@dataclass(frozen=True)
class Curve:
    """A value and its proven bound over time, as the ``points`` of two polylines of an SVG of WIDTH × HEIGHT."""

    value: str
    bound: str
    end: tuple[float, float]
    across: list[Tick]
    up: list[Tick]
    rows: list[dict[str, Any]]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    floor: float = HEIGHT - BOTTOM


def curve(rows: Sequence[Mapping[str, Any]], name: str, seconds: float) -> Curve | None:
    """The curve of tier `name` over a job's rows of progress, to `seconds` or the last row; ``None`` without a value.

    `Curve.rows` holds what the table beside it shows: ``seconds``, ``value`` and ``bound``, where one of them changed.
    """
    told = _changes(rows, name)
    if not told:
        return None
    last = max(seconds, rows[-1]["seconds"], 0.1)
    numbers = [row["value"] for row in told] + [row["bound"] for row in told if row["bound"] is not None]
    low, high = min(numbers), max(numbers)
    spread = max(high - low, 1)
    # Room above and below, so that a line at its bound is seen to lie on it; a count does not go below 0.
    low, high = max(low - 0.15 * spread, 0.0 if low >= 0 else low), high + 0.15 * spread

    def x(second: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * second / last, 1)

    def y(number: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (number - low) / (high - low), 1)

    return Curve(
        value=_steps([(x(row["seconds"]), y(row["value"])) for row in told], x(last)),
        bound=_steps([(x(row["seconds"]), y(row["bound"])) for row in told if row["bound"] is not None], x(last)),
        end=(x(last), y(told[-1]["value"])),
        across=[Tick(x(second), second) for second in _round_numbers(0, last, 4)],
        up=[Tick(y(number), number) for number in _round_numbers(low, high, 4) if number == int(number)],
        rows=told,
    )


def _changes(rows: Sequence[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for row in rows:
        tier = next((tier for tier in row["tiers"] if tier["name"] == name), None)
        if tier is None:
            continue
        if found and (found[-1]["value"], found[-1]["bound"]) == (tier["value"], tier["bound"]):
            continue
        found.append({"seconds": row["seconds"], "value": tier["value"], "bound": tier["bound"]})
    return found


def _steps(points: Sequence[tuple[float, float]], end: float) -> str:
    """A staircase through `points`, level until `end`: a value holds until the next one is found."""
    if not points:
        return ""
    drawn = [points[0]]
    for at, height in points[1:]:
        drawn += [(at, drawn[-1][1]), (at, height)]
    drawn.append((end, drawn[-1][1]))
    return " ".join(f"{at:g},{height:g}" for at, height in drawn)


def _round_numbers(low: float, high: float, wanted: int) -> list[float]:
    """About `wanted` round numbers from `low` to `high`: multiples of 1, 2 or 5 times a power of ten."""
    raw = (high - low) / wanted
    power = 10.0 ** _floor_log10(raw)
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= raw * 0.999)
    # Rounding up gives -0.0 for 0.
    number = -(-low // step) * step + 0.0
    found = []
    while number <= high + 1e-9:
        found.append(round(number, 6))
        number += step
    return found


def _floor_log10(number: float) -> int:
    power = 0
    while number >= 10:
        number, power = number / 10, power + 1
    while number < 1:
        number, power = number * 10, power - 1
    return power


@dataclass(frozen=True)
class Bar:
    """One bar: its place and size, what stands under it and the number on it."""

    x: float
    y: float
    width: float
    height: float
    label: str
    number: int
    part: float = 0.0


@dataclass(frozen=True)
class Bars:
    bars: list[Bar]
    width: float
    height: float
    floor: float


def bars(entries: Sequence[tuple[str, int]], height: float = 150.0) -> Bars:
    """A bar for each (label, number), as tall as its number; at most 400 wide."""
    pitch = min(44.0, WIDTH / max(len(entries), 1))
    most = max((number for _, number in entries), default=1) or 1
    room = height - 44.0
    found = []
    for place, (label, number) in enumerate(entries):
        tall = round(room * number / most, 1)
        found.append(
            Bar(
                round(place * pitch + pitch * 0.14, 1),
                round(20 + room - tall, 1),
                round(pitch * 0.72, 1),
                tall,
                label,
                number,
            )
        )
    return Bars(found, round(pitch * max(len(entries), 1), 1), height, 20 + room)
