"""A colour of the organisers' own: what is written on it and in it can be read."""

import itertools

import pytest

from web.domain.colour import AA, DAY, NIGHT, USUAL, contrast, is_colour, nearest_readable, palette, readable
from web.domain.colour import writing_on as ink

EVERY = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in itertools.product(range(0, 256, 51), repeat=3)]


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffffff", "#ffffff") == 1


@pytest.mark.parametrize("colour", EVERY)
def test_every_pair_of_a_palette_can_be_read(colour: str) -> None:
    found = palette(colour)
    assert contrast(found.band, found.on_band) >= AA
    for shades, papers in ((found.day, DAY), (found.night, NIGHT)):
        assert contrast(shades.brand, shades.on_brand) >= AA
        for paper in (*papers, shades.soft):
            assert contrast(shades.brand, paper) >= AA
            assert contrast(shades.strong, paper) >= AA


def test_colour_that_can_be_read_stays_as_it_is() -> None:
    assert readable(USUAL) == USUAL
    assert palette(USUAL).day.brand == USUAL


def test_nearest_colour_is_the_first_that_is_enough() -> None:
    found = nearest_readable("#ffd500", ("#ffffff",))
    assert AA <= contrast(found, "#ffffff") < AA + 0.3
    assert ink("#ffd500") == "#10201e"
    assert ink("#0f5a56") == "#ffffff"


@pytest.mark.parametrize("text", ["", "red", "#fff", "#GGGGGG", "#0F5A56", "#0f5a56\n", "#0f5a56;}"])
def test_what_is_no_colour_is_known(text: str) -> None:
    assert not is_colour(text)
