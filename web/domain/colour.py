"""A colour of the organisers' own, and what can be read on it and in it.

Contrast is that of WCAG 2.2: (L₁ + 0.05) ÷ (L₂ + 0.05) of the relative luminances; for text AA asks for 4.5.
"""

import colorsys
import re
from dataclasses import dataclass
from functools import lru_cache

USUAL = "#0f5a56"
# WCAG AA for text, and AAA for what is said with more weight.
AA, AAA = 4.5, 7.0
WHITE, DARK = "#ffffff", "#10201e"
# What writing stands on by day and by night, as `static/tokens.css` has it: paper, surface, sunken.
DAY, NIGHT = ("#faf6ef", "#fffdf9", "#f2ece1"), ("#15191a", "#1d2324", "#262d2e")
_HEX = re.compile(r"#[0-9a-f]{6}")

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Shades:
    """For one light: `brand` and `strong` to write with, `soft` to write on, `on_brand` to write on `brand` with."""

    brand: str
    strong: str
    soft: str
    on_brand: str


@dataclass(frozen=True)
class Palette:
    """`band` is the colour itself, `on_band` what is written on it; `day` and `night` are what is made of it."""

    band: str
    on_band: str
    day: Shades
    night: Shades


def is_colour(text: str) -> bool:
    """Whether `text` is a colour as this module has them: ``#rrggbb``, small letters."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def writing_on(colour: str) -> str:
    """White or dark, whichever is read more easily on `colour`; black where neither reaches AA, since that does."""
    best = max((WHITE, DARK), key=lambda one: contrast(one, colour))
    return best if contrast(best, colour) >= AA else "#000000"


def nearest_readable(colour: str, backgrounds: tuple[str, ...], least: float = AA) -> str:
    """The colour of the same hue, nearest in lightness to `colour`, that reaches `least` on all `backgrounds`.

    These are all light or all dark. Black or white where no other does.
    """
    if all(contrast(colour, one) >= least for one in backgrounds):
        return colour
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    darker = _luminance(backgrounds[0]) > 0.18
    # In steps that cannot be told apart: the first that is enough is the nearest.
    for step in range(1, 257):
        tried = max(0.0, lightness - step / 256) if darker else min(1.0, lightness + step / 256)
        found = _hex(colorsys.hls_to_rgb(hue, tried, saturation))
        if all(contrast(found, one) >= least for one in backgrounds):
            return found
    return "#000000" if darker else WHITE


def readable(colour: str) -> str:
    """`colour` itself where links and buttons can be of it by day; the nearest that can be read otherwise."""
    return nearest_readable(colour, (*DAY, _mixed(colour, DAY[1], 0.13)))


# Asked for with each page and each mail of an event that has a colour of its own; steps to it are tried one by one.
@lru_cache(maxsize=256)
def palette(colour: str) -> Palette:
    """All that pages need of `colour`, by day and by night; every pair that is read reaches AA."""
    return Palette(colour, writing_on(colour), _shades(colour, DAY, 0.13), _shades(colour, NIGHT, 0.3))


def _shades(colour: str, papers: tuple[str, ...], share: float) -> Shades:
    soft = _mixed(colour, papers[0 if share > 0.2 else 1], share)
    if share > 0.2 and _luminance(soft) > 0.06:
        # By night what is soft stays dark, however bright the colour is.
        soft = _mixed(colour, papers[0], 0.15)
    backgrounds = (*papers, soft)
    brand = nearest_readable(colour, backgrounds)
    strong = nearest_readable(colour, backgrounds, AAA)
    return Shades(brand, strong, soft, writing_on(brand))


def _luminance(colour: str) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> Colour:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def _hex(parts: Colour) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def _mixed(colour: str, paper: str, share: float) -> str:
    red, green, blue = (
        share * one + (1 - share) * other for one, other in zip(_parts(colour), _parts(paper), strict=True)
    )
    return _hex((red, green, blue))
