"""Figures as SVG text: axes, lines, legends and grids of cells, legible on light and dark pages, small and diffable."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

Point = tuple[float, float]

# Colours that remain apart for the colour-blind (Okabe and Ito, 2008); each figure brings its own ground.
_STYLE = """
svg { --ground: #fff; --ink: #24292f; --faint: #d0d7de; --blue: #0072b2; --orange: #d55e00; --green: #00805c; }
@media (prefers-color-scheme: dark) {
svg { --ground: #161b22; --ink: #e6edf3; --faint: #3d444d; --blue: #56b4e9; --orange: #e69f00; --green: #3fc79a; }
}
text { font: 12px system-ui, "Liberation Sans", sans-serif; fill: var(--ink); }
.head { font-weight: 600; font-size: 13px; }
.end { text-anchor: end; } .middle { text-anchor: middle; }
.ground { fill: var(--ground); stroke: var(--faint); }
.axis { stroke: var(--ink); fill: none; } .rule { stroke: var(--faint); fill: none; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; } .dashed { stroke-dasharray: 5 3; }
.blue { stroke: var(--blue); } .orange { stroke: var(--orange); } .green { stroke: var(--green); }
.faint { stroke: var(--faint); }
.dots { stroke-width: 7; stroke-linecap: round; fill: none; }
"""
_WIDTH, _HEIGHT = 400, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 18, 34, 44
_LEGEND_ROW = 17


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart. ``stepped``: each value holds until the next; ``dots``: points and nothing between."""

    label: str
    points: Sequence[Point]
    colour: str
    dashed: bool = False
    stepped: bool = True
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over two axes; ``logarithmic`` is said of the horizontal one."""

    title: str
    across: str
    up: str
    lines: Sequence[Line]
    x: tuple[float, float]
    y: tuple[float, float]
    logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class Cells:
    """A grid of coloured cells, ``cells`` being (label, colour, positions as (column, row)) in the order drawn."""

    title: str
    across: str
    up: str
    size: tuple[int, int]
    cells: Sequence[tuple[str, str, Sequence[tuple[int, int]]]]
    # Above these rows a line is drawn.
    rules: Sequence[int] = ()


def figure(title: str, description: str, panels: Sequence[Chart | Cells]) -> str:
    """Return an SVG with ``panels`` side by side; title and description are for those who do not see it."""
    rows = max(len(panel.lines) if isinstance(panel, Chart) else len(panel.cells) for panel in panels)
    height = max(_HEIGHT if isinstance(panel, Chart) else _cells_height(panel) for panel in panels)
    width, total = _WIDTH * len(panels), height + rows * _LEGEND_ROW + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {total}" width="{width}" height="{total}" '
        'role="img" aria-labelledby="title desc">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(description)}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" x="0.5" y="0.5" width="{width - 1}" height="{total - 1}" rx="6"/>',
    ]
    for k, panel in enumerate(panels):
        parts.append(f'<g transform="translate({k * _WIDTH} 0)">')
        parts += _chart(panel) if isinstance(panel, Chart) else _grid(panel)
        parts += _legend(panel, height)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _chart(chart: Chart) -> Iterator[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def across(x: float) -> float:
        low, high = chart.x
        x = min(max(x, low), high)
        share = math.log(x / low, high / low) if chart.logarithmic else (x - low) / (high - low)
        return _LEFT + share * (right - _LEFT)

    def up(y: float) -> float:
        low, high = chart.y
        return bottom - (y - low) / (high - low) * (bottom - _TOP)

    yield f'<text class="head" x="{_LEFT}" y="20">{escape(chart.title)}</text>'
    for y in _ticks(*chart.y):
        yield f'<path class="rule" d="M{_LEFT} {up(y):.1f}H{right}"/>'
        yield f'<text class="end" x="{_LEFT - 7}" y="{up(y) + 4:.1f}">{_number(y)}</text>'
    for x in _decades(*chart.x) if chart.logarithmic else _ticks(*chart.x):
        yield f'<path class="axis" d="M{across(x):.1f} {bottom}v4"/>'
        yield f'<text class="middle" x="{across(x):.1f}" y="{bottom + 17}">{_number(x)}</text>'
    yield f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
    yield from _names(chart.across, chart.up, right, bottom)
    for line in chart.lines:
        points = [(across(x), up(y)) for x, y in line.points]
        shape = " dashed" if line.dashed else ""
        kind = "dots" if line.dots else "line"
        yield f'<path class="{kind} {line.colour}{shape}" d="{_path(points, line)}"/>'


def _grid(grid: Cells) -> Iterator[str]:
    columns, rows = grid.size
    right, bottom = _WIDTH - _RIGHT, _cells_height(grid) - _BOTTOM
    wide, high = (right - _LEFT) / columns, (bottom - _TOP) / rows
    yield f'<text class="head" x="{_LEFT}" y="20">{escape(grid.title)}</text>'
    for column in sorted({0, *range(4, columns, 5)}):
        yield f'<text class="middle" x="{_LEFT + (column + 0.5) * wide:.1f}" y="{bottom + 16}">{column + 1}</text>'
    for _, colour, positions in grid.cells:
        # A dash of a thick stroke is the shortest way to write a cell.
        dashes = "".join(
            f"M{_LEFT + x * wide + 1:.1f} {_TOP + (y + 0.5) * high:.1f}h{wide - 2:.1f}" for x, y in sorted(positions)
        )
        yield f'<path class="{colour}" stroke-width="{high - 1.5:.1f}" d="{dashes}"/>'
    for row in grid.rules:
        yield f'<path class="axis" d="M{_LEFT} {_TOP + row * high:.1f}H{right}"/>'
    yield f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
    yield from _names(grid.across, grid.up, right, bottom)


def _names(across: str, up: str, right: int, bottom: int) -> Iterator[str]:
    yield f'<text class="middle" x="{(_LEFT + right) / 2}" y="{bottom + 35}">{escape(across)}</text>'
    middle = (_TOP + bottom) / 2
    yield f'<text class="middle" transform="translate(12 {middle}) rotate(-90)">{escape(up)}</text>'


def _legend(panel: Chart | Cells, top: int) -> Iterator[str]:
    rows = (
        [(line.label, line.colour, line) for line in panel.lines]
        if isinstance(panel, Chart)
        else [(label, colour, None) for label, colour, _ in panel.cells]
    )
    for k, (label, colour, line) in enumerate(rows):
        y = top + 8 + k * _LEGEND_ROW
        if line is None:
            yield f'<path class="{colour}" stroke-width="10" d="M{_LEFT + 6} {y}h16"/>'
        elif line.dots:
            yield f'<path class="dots {colour}" d="M{_LEFT + 14} {y}h0"/>'
        else:
            yield f'<path class="line {colour}{" dashed" if line.dashed else ""}" d="M{_LEFT} {y}h28"/>'
        yield f'<text x="{_LEFT + 36}" y="{y + 4}">{escape(label)}</text>'


def _path(points: Sequence[Point], line: Line) -> str:
    if line.dots:
        return "".join(f"M{x:.1f} {y:.1f}h0" for x, y in points)
    (x, y), *_ = points
    d = f"M{x:.1f} {y:.1f}"
    for (_, before), (x, y) in pairwise(points):
        if line.stepped:
            d += f"H{x:.1f}" + (f"V{y:.1f}" if y != before else "")
        else:
            d += f"L{x:.1f} {y:.1f}"
    return d


def _cells_height(grid: Cells) -> int:
    return _TOP + _BOTTOM + 7 * grid.size[1]


def _ticks(low: float, high: float) -> Iterable[float]:
    """Return some round numbers from ``low`` to ``high``."""
    rough = (high - low) / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step + 1e-9) + 1)]


def _decades(low: float, high: float) -> Iterable[float]:
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    return [x for k in powers for x in (10.0**k, 2 * 10.0**k, 5 * 10.0**k) if 0.999 * low <= x <= 1.001 * high]


def _number(x: float) -> str:
    return f"{x:,.0f}" if x >= 10 or float(x).is_integer() else f"{x:g}"
